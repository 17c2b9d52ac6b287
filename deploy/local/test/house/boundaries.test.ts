/** The boundary rules, each seen to fail: a planted violation in a house of its own is found by name. */
import { jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../../..');
/** The checker is a process of its own: a second on an idle machine, many on a busy one. */
jest.setTimeout(60_000);
let house: string;

beforeEach(async () => {
  house = await mkdtemp(join(tmpdir(), 'murmur-boundaries-'));
  for (const file of ['.dependency-cruiser.cjs', 'tsconfig.jest.json', 'tsconfig.base.json'])
    await cp(join(root, file), join(house, file));
  await symlink(join(root, 'node_modules'), join(house, 'node_modules'));
});

afterEach(() => rm(house, { recursive: true }));

async function plant(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(house, path)), { recursive: true });
    await writeFile(join(house, path), text);
  }
}

function violations(): Promise<string> {
  const args = [
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'err',
    'shared',
    'services',
    'deploy',
    'scripts',
  ];
  return new Promise((done) => {
    execFile(join(root, 'node_modules/.bin/depcruise'), args, { cwd: house }, (_error, stdout) =>
      done(stdout),
    );
  });
}

const clean = {
  'shared/model/src/index.ts': 'export const one = 1;\n',
  'services/a/src/index.ts': 'export const a = 1;\n',
  'deploy/local/src/index.ts': 'export const local = 1;\n',
  'scripts/load/src/index.ts': 'export const load = 1;\n',
  'shared/testkit/src/index.ts': 'export const testkit = 1;\n',
  'services/kestrel/src/memcache/line.ts': 'export const line = 1;\n',
};
const LINE = "export { line } from '../memcache/line.js';\n";

const planted: [rule: string, file: string, text: string][] = [
  ['no-service-imports-another', 'services/b/src/index.ts', "export { a } from '../../a/src/index.js';\n"],
  [
    'shared-imports-shared-only',
    'shared/cache/src/index.ts',
    "export { a } from '../../../services/a/src/index.js';\n",
  ],
  [
    'services-import-shared-only',
    'services/b/src/index.ts',
    "export { local } from '../../../deploy/local/src/index.js';\n",
  ],
  [
    'deploy-imports-no-service',
    'deploy/edge/src/index.ts',
    "export { a } from '../../../services/a/src/index.js';\n",
  ],
  [
    'platform-parts-meet-in-contracts',
    'deploy/cli/src/index.ts',
    "export { local } from '../../local/src/index.js';\n",
  ],
  ['entry-points-only', 'shared/cache/src/index.ts', "export { one } from '../../model/src/index.js';\n"],
  [
    'cores-do-no-io',
    'services/b/src/plan-core.ts',
    "import { readFileSync } from 'node:fs';\nexport const x = readFileSync;\n",
  ],
  [
    'cores-use-no-client-library',
    'services/b/src/plan-core.ts',
    "import express from 'express';\nexport const x = express;\n",
  ],
  [
    'model-is-the-ground-floor',
    'shared/model/src/io.ts',
    "import { join } from 'node:path';\nexport const x = join;\n",
  ],
  ['no-cycles', 'services/b/src/x.ts', "import { y } from './y.js';\nexport const x = (): unknown => y;\n"],
  [
    'scripts-import-shared-only',
    'scripts/load/src/index.ts',
    "export { a } from '../../../services/a/src/index.js';\n",
  ],
  [
    'sources-import-no-testkit',
    'services/b/src/index.ts',
    "export { testkit } from '../../../shared/testkit/src/index.js';\n",
  ],
  ['queues-know-no-files-and-no-protocol', 'services/kestrel/src/queue/queue.ts', LINE],
  ['journals-know-no-protocol', 'services/kestrel/src/journal/writer.ts', LINE],
  ['no-protocol-knows-another', 'services/kestrel/src/text/line.ts', LINE],
  ['nothing-unresolvable', 'services/b/src/index.ts', "export * from './nowhere.js';\n"],
];

describe('the boundary rules', () => {
  it('find nothing in a clean house', async () => {
    await plant(clean);
    expect(await violations()).toContain('no dependency violations found');
  });

  it.each(planted)('%s refuses %s', async (rule, file, text) => {
    await plant({
      ...clean,
      'services/b/src/y.ts': "import { x } from './x.js';\nexport const y = (): unknown => x;\n",
    });
    if (rule !== 'no-cycles') await plant({ 'services/b/src/y.ts': 'export const y = 1;\n' });
    await plant({ [file]: text });
    expect(await violations()).toContain(`error ${rule}: ${file}`);
  });
});
