/** The flags in the READMEs are the flags of the processes (built: `npm run build`). */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { documented, PROCESSES, root, sectionsAbout, sorted } from '../support/documents.js';

const FLAG = /^--[a-z][a-z-]*/;
const BUILT_IN = ['--help', '--print-config'];

function flagsOf(command: string, folder: string): string[] {
  const [name = '', ...subcommand] = command.split(' ');
  const args = [join(root, folder, 'bin', name), ...subcommand, '--help'];
  const help = execFileSync(process.execPath, args, { encoding: 'utf8' });
  return sorted([...help.matchAll(/^\s+(?:-\w, )?(--[a-z][a-z-]*)/gm)].map((m) => m[1] ?? '')).filter(
    (flag) => !BUILT_IN.includes(flag),
  );
}

describe('the flags in the documents', () => {
  it.each(Object.entries(PROCESSES))('of %s are those it has', (command, folder) => {
    const has = flagsOf(command, folder);
    const own = documented(folder, FLAG, command.split(' ')[1]);
    const common = documented('shared/service', FLAG);
    expect(has.length).toBeGreaterThan(0);
    expect(has.filter((flag) => !own.has(flag) && !common.has(flag))).toEqual([]);
    expect([...own].filter((flag) => !has.includes(flag) && !BUILT_IN.includes(flag))).toEqual([]);
  });
});

describe('the sections about a subcommand', () => {
  const readme =
    '# a\n\nabove\n\n## Master\n\none\n\n### Flags\n\ntwo\n\n## Agent\n\nthree\n\n## Flags of the master\n\nfour\n';

  it('are those whose heading names it, with what is below them', () => {
    const texts = sectionsAbout(readme, 'master').filter((line) => /^[a-z]/.test(line));
    expect(texts).toEqual(['one', 'two', 'four']);
  });
});
