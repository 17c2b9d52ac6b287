/** The documents name what there is. Each check is also run on a small house with one thing wrong. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../support/documents.js';
import { linkFaults, packagesOf, readmeFaults, textOf } from '../support/house.js';
import { nameFaults } from '../support/names.js';

let house: string;
beforeEach(() => {
  house = mkdtempSync(join(tmpdir(), 'murmur-house-'));
});
afterEach(() => {
  rmSync(house, { recursive: true });
});

const README =
  '# @murmur/a\n\nOne thing. It is not another.\n\n```sh\nscripts/up\n```\n\n## The parts\n\n`x.ts`\n';

/** A house with one package in which all is well, but for what `files` put into it. */
function plant(files: Record<string, string>): void {
  const good = {
    'package.json': '{"scripts":{"build":"tsc -b"}}',
    'ARCHITECTURE.md':
      'See [a](shared/a/README.md#the-parts). **A**: `shared/a/src/`: `x.ts`; `npm run build`.\n',
    'scripts/up': '',
    'shared/a/package.json': '{"name":"@murmur/a"}',
    'shared/a/README.md': README,
    'shared/a/src/x.ts': 'export const x = 1;\n',
  };
  for (const [path, text] of Object.entries({ ...good, ...files })) {
    mkdirSync(dirname(join(house, path)), { recursive: true });
    writeFileSync(join(house, path), text);
  }
}

describe('the documents of this house', () => {
  it('name files, folders and commands that there are', () => {
    expect(nameFaults(root)).toEqual([]);
  });

  it('have no link that leads nowhere', () => {
    expect(linkFaults(root)).toEqual([]);
  });

  it('say of each package what it is, what it is not, and how it is used', () => {
    expect(readmeFaults(root)).toEqual([]);
  });

  it('lead from the root README to every package', () => {
    const text = textOf(root, 'README.md');
    expect(packagesOf(root).filter((folder) => !text.includes(`(${folder}/README.md)`))).toEqual([]);
  });
});

describe('the checks', () => {
  it('find nothing where nothing is wrong', () => {
    plant({});
    expect([...nameFaults(house), ...linkFaults(house), ...readmeFaults(house)]).toEqual([]);
  });

  it.each([
    ['a file', 'See `shared/a/src/y.ts`.', 'shared/a/src/y.ts'],
    ['a file of the folder named before', 'In `shared/a/src/`: `y.ts`.', 'y.ts'],
    ['a file of a folder named in another paragraph', 'In `shared/a/src/`.\n\nAnd `x.ts`.', 'x.ts'],
    ['a core', 'See `y-core`.', 'y-core'],
    ['a folder', 'See `shared/b/`.', 'shared/b/'],
    ['a command', 'Run `scripts/down --erase`.', 'scripts/down'],
    ['a command in a fence', '```sh\nscripts/down\n```', 'scripts/down'],
    ['a script of npm', 'Run `npm run dance`.', 'npm script dance'],
  ])('find %s that is not there', (_what, text, name) => {
    plant({ 'ARCHITECTURE.md': `${text}\n` });
    expect(nameFaults(house)).toEqual([`ARCHITECTURE.md: there is no ${name}`]);
  });

  it('find a file that a README names and its package lacks', () => {
    plant({ 'shared/a/README.md': README.replace('x.ts', 'src/y.ts') });
    expect(nameFaults(house)).toEqual(['shared/a/README.md: there is no src/y.ts']);
  });

  it.each(['shared/b/README.md', 'shared/a/README.md#the-whole', '#nowhere'])(
    'find the broken link %s',
    (link) => {
      plant({ 'README.md': `See [it](${link}).\n` });
      expect(linkFaults(house)).toEqual([`README.md: the link ${link} leads nowhere`]);
    },
  );

  it.each([
    ['begins with another title than "# @murmur/a"', README.replace('/a', '/b')],
    ['does not begin with what it is', README.replace('One thing. It is not another.', '## It is not')],
    ['does not say what it is not', README.replace('It is not', 'Never')],
    ['has no example', README.replace(/```/g, '')],
  ])('find a README that %s', (complaint, text) => {
    plant({ 'shared/a/README.md': text });
    expect(readmeFaults(house)).toEqual([`shared/a/README.md: ${complaint}`]);
  });

  it('find a package without a README', () => {
    plant({ 'shared/b/package.json': '{"name":"@murmur/b"}' });
    expect(readmeFaults(house)).toEqual(['shared/b: no README.md']);
  });
});
