/** The README is held against the table of verbs, and that against what the program can do. */
import { readFileSync } from 'node:fs';
import { AUTH_MECHANISMS } from '../src/clusters-core.js';
import { EXIT } from '../src/exit-core.js';
import { HANDLED, run } from '../src/run.js';
import { COMMON_FLAGS, NOT_YET, VERBS, type FlagSpec } from '../src/spec-core.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** Cells of the rows of the table below a heading whose first column is called so. */
function rows(heading: string, first: string): string[][] {
  const section = readme.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const table = section.split('\n\n').find((text) => new RegExp(`^\\| *${first} *\\|`).test(text)) ?? '';
  return table
    .split('\n')
    .slice(2)
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    );
}

const names = (cell: string | undefined): string[] =>
  [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
const flagsOf = (flags: readonly FlagSpec[]): string[] => flags.map(({ long }) => long);

describe('the README', () => {
  const verbs = rows('Verbs', 'verb');

  it('has each verb, with its arguments and flags', () => {
    expect(verbs.map(([verb, args, flags]) => [names(verb)[0], names(args), names(flags)])).toEqual(
      VERBS.map(({ name, args, flags }) => [name, args.map((arg) => arg.name), flagsOf(flags)]),
    );
  });

  it('has each flag, with its default and what it does', () => {
    const flags = [...VERBS.flatMap((verb) => verb.flags), ...COMMON_FLAGS];
    const unique = new Map(flags.map((flag) => [flag.long, flag] as const));
    const table = rows('Verbs', 'flag');
    expect(table.map(([flag]) => names(flag)[0])).toEqual([...unique.keys()]);
    for (const [flag, value] of table) {
      const { short, default: wanted } = unique.get(names(flag)[0] ?? '')!;
      expect(names(flag).slice(1)).toEqual(short === undefined ? [] : [short]);
      expect(names(value)).toEqual(wanted === undefined ? [] : [String(wanted)]);
    }
  });

  it('has each exit code', () => {
    expect(rows('Exit codes', 'code').map(([code, name]) => [names(name)[0], Number(code)])).toEqual(
      Object.entries(EXIT),
    );
  });

  it('names what is not there yet, and the mechanisms of authentication', () => {
    for (const name of Object.keys(NOT_YET)) expect(readme).toContain(`\`${name}\``);
    const row = rows('clusters.json', 'field').find(([field]) => field === '`auth_mechanism`');
    expect(names(row?.[2]).filter((name) => /^[A-Z]+$/.test(name))).toEqual([...AUTH_MECHANISMS]);
  });

  it('names the variables that the sources read', () => {
    const files = ['clusters', 'credentials', 'browser', 'colours', 'configs', 'verbs/diff'];
    const sources = files
      .map((name) => readFileSync(new URL(`../src/${name}.ts`, import.meta.url), 'utf8'))
      .join('');
    const read = [...sources.matchAll(/env\['(\w+)'\]/g)].map(([, name = '']) => name);
    const table = rows('Environment', 'variable').flatMap(([name]) => names(name));
    expect(read.filter((name) => name !== 'TERM' && !table.includes(name))).toEqual([]);
    expect(read.length).toBeGreaterThan(5);
  });
});

describe('the table of verbs', () => {
  it('has exactly those that can be called', () => {
    expect(VERBS.map(({ name }) => name)).toEqual([...HANDLED]);
  });

  it.each(VERBS.map((verb) => [verb.name, verb] as const))('is what %s --help shows', async (name, verb) => {
    let stdout = '';
    const code = await run([...name.split(' '), '--help'], {
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: () => undefined },
      ...{ env: {}, cwd: '/', isTTY: false },
    });
    expect(code).toBe(0);
    const shown = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag = '']) => flag);
    expect(shown).toEqual([...flagsOf([...verb.flags, ...COMMON_FLAGS]), '--help']);
    expect(stdout).toContain(verb.example);
  });
});
