/** The flags in the READMEs are the flags of the processes (built: `npm run build`). */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { documented, PROCESSES, root, sorted } from '../support/documents.js';

const FLAG = /^--[a-z][a-z-]*/;
const BUILT_IN = ['--help', '--print-config'];

function flagsOf(name: string, folder: string): string[] {
  const help = execFileSync(process.execPath, [join(root, folder, 'bin', name), '--help'], {
    encoding: 'utf8',
  });
  return sorted([...help.matchAll(/^\s+(?:-\w, )?(--[a-z][a-z-]*)/gm)].map((m) => m[1] ?? '')).filter(
    (flag) => !BUILT_IN.includes(flag),
  );
}

describe('the flags in the documents', () => {
  it.each(Object.entries(PROCESSES))('of %s are those it has', (name, folder) => {
    const has = flagsOf(name, folder);
    const own = documented(folder, FLAG);
    const common = documented('shared/service', FLAG);
    expect(has.filter((flag) => !own.has(flag) && !common.has(flag))).toEqual([]);
    expect([...own].filter((flag) => !has.includes(flag) && !BUILT_IN.includes(flag))).toEqual([]);
  });
});
