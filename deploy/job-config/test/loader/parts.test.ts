/** The parts of the loader that need no Python. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { createLoader, formatLoadError, schema } from '@murmur/job-config';
import { FolderReader } from '../../src/loader/files.js';
import { faultError, judge } from '../../src/loader/judge-core.js';
import { jsonLines } from '../../src/loader/json-lines-core.js';
import { jsonErrorAt } from '../../src/loader/json-place-core.js';
import { FILE_BYTES_MAX, FILES_MAX } from '../../src/loader/limits-core.js';
import { Lines } from '../../src/loader/protocol-core.js';
import type { Evaluated } from '../../src/loader/protocol-core.js';
import { schemaJson } from '../../src/loader/schema-json-core.js';
import { selectionError } from '../../src/loader/select-core.js';
import { jobJson, taskJson } from '../jobs.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'murmur-parts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('lines', () => {
  it('are the same wherever the stream is cut', () => {
    const text = 'one\n\ntwo\nthr';
    for (let first = 0; first <= text.length; first += 1) {
      for (let second = first; second <= text.length; second += 1) {
        const lines = new Lines();
        const parts = [text.slice(0, first), text.slice(first, second), text.slice(second)];
        expect(parts.flatMap((part) => lines.push(part))).toEqual(['one', '', 'two']);
        expect(lines.pending).toBe(3);
      }
    }
  });
});

describe('a folder', () => {
  it('gives the files below it, also through links that stay below it', async () => {
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'sub', 'a'), 'text');
    symlinkSync('sub/a', join(folder, 'link'));
    const reader = new FolderReader(folder);
    for (const path of ['sub/a', './sub/../sub/a', 'link', join(folder, 'sub/a')]) {
      expect(await reader.read(path)).toEqual({ ok: true, bytes: Buffer.from('text') });
    }
  });

  it.each(['/etc/passwd', '..', '../x', 'out', '.', 'sub', 'a\0b', 'large', ''])(
    'refuses %j',
    async (path) => {
      mkdirSync(join(folder, 'sub'));
      symlinkSync('/etc/passwd', join(folder, 'out'));
      writeFileSync(join(folder, 'large'), '');
      truncateSync(join(folder, 'large'), FILE_BYTES_MAX + 1);
      expect(await new FolderReader(folder).read(path)).toMatchObject({ ok: false, refused: true });
    },
  );

  it('says what is not there', async () => {
    expect(await new FolderReader(folder).read('none')).toMatchObject({ ok: false, refused: false });
  });

  it('gives so many files and no more', async () => {
    const reader = new FolderReader(folder);
    for (let count = 0; count < FILES_MAX; count += 1) await reader.read('none');
    expect(await reader.read('none')).toMatchObject({ refused: true });
  });
});

describe('JSON jobs', () => {
  const load = async (text: string): Promise<unknown> => {
    const file = join(folder, 'jobs.json');
    writeFileSync(file, text);
    const loader = createLoader({ cacheFolder: null });
    const result = await loader.loadJson(file);
    await loader.close();
    return result.ok
      ? result.jobs.map(({ job }) => job.name)
      : result.errors.map((error) => formatLoadError(error).replace(`${folder}/`, ''));
  };

  it('load, in a list or bare', async () => {
    expect(await load(JSON.stringify(jobJson({ name: 'a' })))).toEqual(['a']);
    const jobs = [jobJson({ name: 'a' }), jobJson({ name: 'b' })];
    expect(await load(JSON.stringify({ jobs }))).toEqual(['a', 'b']);
  });

  it.each([
    ['{\n  "jobs": ]\n}', '2:11: not JSON: "]"'],
    ['{"jobs": [', '1:11: not JSON: the end'],
    ['{"jobs": [1,]}', '1:13: not JSON: "]"'],
    ['{"jobs" [1]}', '1:9: not JSON: "["'],
    ["{'jobs': 1}", '1:2: not JSON: "\'"'],
    ['{"a": 01}', '1:7: not JSON: "0"'],
    ['{"a": tru}', '1:7: not JSON: "t"'],
    ['{"a": "x\n"}', '1:7: not JSON: "\\""'],
    ['[1}', '1:3: not JSON: "}"'],
    ['{} {}', '1:4: not JSON: "{"'],
    ['', '1:1: not JSON: the end'],
  ])('are refused with line and column when they are not JSON: %j', async (text, error) => {
    expect(await load(text)).toEqual([`jobs.json:${error} is not expected here`]);
  });

  it('are looked through to their end by what finds errors, when there is none', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(jsonErrorAt(text)).toBe(text.length);
      }),
    );
  });

  it('are wrong where a letter is put in that belongs nowhere', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (text, place) => {
        const at = place % (text.length + 1);
        const wrong = `${text.slice(0, at)}\u0001${text.slice(at)}`;
        expect(jsonErrorAt(wrong)).toBeLessThanOrEqual(at);
      }),
    );
  });

  it('are refused for an unknown field, with its nearest neighbour', async () => {
    const [error] = (await load(JSON.stringify({ jobs: [jobJson({ instnces: 3 })] }))) as string[];
    expect(error).toMatch(
      /^jobs\.json:1: jobs\[0\]\.instnces: not a field of Job \(name, .*\); did you mean "instances"\?$/,
    );
  });

  it.each([
    [{ jobs: [jobJson({ name: 'a' }), jobJson({ name: 'b', instances: 0 })] }, '"instances": 0'],
    [jobJson({ constraints: { 'x[1].{y': '', '"z"': 'limit:0' } }), '"limit:0"'],
    [
      jobJson({ task: taskJson({ processes: [{ name: 'a\n"{', cmdline: 'x', max_failures: -1 }] }) }),
      '"max_failures": -1',
    ],
  ])('are refused with the line that is wrong: %j', async (json, wrong) => {
    const text = JSON.stringify(json, null, 1);
    const line = text.slice(0, text.indexOf(wrong)).split('\n').length;
    const lines = ((await load(text)) as string[]).map((error) =>
      Number(/^jobs\.json:(\d+): /.exec(error)?.[1]),
    );
    expect(Math.max(...lines)).toBe(line);
  });

  it('have a line for each value, whatever they are', () => {
    const count = (value: unknown): number =>
      typeof value === 'object' && value !== null
        ? Object.values(value).reduce<number>((sum, each) => sum + count(each), 1)
        : 1;
    fc.assert(
      fc.property(fc.array(fc.array(fc.oneof(fc.string(), fc.constant(null), fc.double()))), (value) => {
        expect(jsonLines(JSON.stringify(value, null, 1)).size).toBe(count(value));
      }),
    );
  });

  it('are refused when there is no file', async () => {
    const result = await createLoader().loadJson(join(folder, 'none.json'));
    expect(result).toMatchObject({ ok: false, errors: [{ line: null, message: 'there is no such file' }] });
  });
});

describe('an answer of Python', () => {
  const nameOf = (file: string): string => (file === '' ? 'jobs.aurora' : `dir/${file}`);
  const key = { cluster: 'local', role: 'www', environment: 'prod', name: 'web' };
  const answer = (json: unknown, lines: readonly (readonly [string, string, number])[]): Evaluated => ({
    printed: '',
    keys: [{ ...key, place: ['jobs.aurora', 1] }],
    wanted: [0],
    jobs: [{ index: 0, json, lines }],
  });

  it('has the line of the field that breaks a rule, or of what is nearest around it', () => {
    const json = jobJson({ task: taskJson({ max_failures: -1, resources: { cpu: 0, ram: 1, disk: 1 } }) });
    const lines = [
      ['', 'jobs.aurora', 1],
      ['task', 'base.aurora', 7],
      ['task.max_failures', 'base.aurora', 8],
    ] as const;
    const result = judge(answer(json, lines), null, nameOf);
    expect(result.ok ? [] : result.errors.map(({ file, line }) => `${file}:${line ?? ''}`).sort()).toEqual([
      'dir/base.aurora:7',
      'dir/base.aurora:7',
      'dir/base.aurora:7',
      'dir/base.aurora:8',
    ]);
  });

  it('has no line where none is known', () => {
    const result = judge(answer(jobJson({ instances: 0 }), []), null, nameOf);
    expect(result.ok ? [] : result.errors).toEqual([
      {
        file: 'jobs.aurora',
        line: null,
        message: 'local/www/prod/web: instances: 0 is not an integer of at least 1',
      },
    ]);
  });

  it('is told with everything that is known of an error', () => {
    const fault = {
      file: 'a',
      line: 2,
      column: 3,
      path: 'x',
      message: 'm',
      expected: 'e',
      includes: ['b:1', 'c:2'],
    };
    expect(formatLoadError(faultError(fault, [], nameOf))).toBe(
      'dir/a:2:3, included from dir/b:1, included from dir/c:2: x: m (expected: e)',
    );
  });

  it('lists at most twenty candidates', () => {
    const jobs = Array.from({ length: 25 }, (_, index) => ({
      ...key,
      name: `j${index}`,
      file: 'f',
      line: 1,
    }));
    expect(selectionError(jobs, [], key, 'f').expected).toMatch(/^one of (\S+, ){20}and 5 more$/);
  });
});

describe('the tables for Python', () => {
  it('have every struct with every field', () => {
    const tables = schemaJson();
    expect(Object.keys(tables)).toEqual(Object.keys(schema));
    for (const [name, rows] of Object.entries(tables)) {
      expect(rows.map((row) => row.name)).toEqual(Object.keys(schema[name]!.shape.fields));
    }
  });

  it('name the structs of a choice, and leave a word in any case to the schema', () => {
    const rows = schemaJson()['Job']!;
    expect(rows.find(({ name }) => name === 'container')?.type).toEqual({
      kind: 'choice',
      of: ['Container', 'Docker', 'Mesos'],
    });
    expect(rows.find(({ name }) => name === 'cron_collision_policy')?.type).toEqual({ kind: 'string' });
  });
});
