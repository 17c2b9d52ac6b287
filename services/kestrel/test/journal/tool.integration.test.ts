import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopAll, tempFolder } from '@murmur/testkit';
import { lockFolder } from '../../src/journal/lock.js';
import { runTool } from '../../src/journal/tool/main.js';
import * as by from './bytes.js';

afterEach(stopAll);

function tool(...argv: readonly string[]): { code: number; out: string[]; err: string[] } {
  const [out, err]: [string[], string[]] = [[], []];
  const code = runTool(argv, { out: (line) => void out.push(line), err: (line) => void err.push(line) });
  return { code, out, err };
}

async function folderWith(files: Readonly<Record<string, Buffer>>): Promise<string> {
  const folder = join(await tempFolder('kestrel'), 'queues');
  await mkdir(folder);
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return folder;
}

const JOURNAL = Buffer.concat([
  by.addx('hello', 1_700_000_060_000),
  by.addx('b'),
  by.open(7),
  by.confirm(7),
  by.remove,
]);

describe('kestrel-journal dump', () => {
  it('shows a line per record', async () => {
    const folder = await folderWith({ q: JOURNAL });
    expect(tool('dump', join(folder, 'q'), '--data')).toEqual({
      code: 0,
      err: [],
      out: [
        '           0 ADDX bytes=5 added=2023-11-14T22:13:20.000Z expires=2023-11-14T22:14:20.000Z "hello"',
        '          26 ADDX bytes=1 added=2023-11-14T22:13:20.000Z expires=never "b"',
        '          48 REMOVE_TENTATIVE xid=7',
        '          53 CONFIRM_REMOVE xid=7',
        '          58 REMOVE',
      ],
    });
  });

  it('is of files, not of a folder', async () => {
    const folder = await folderWith({ q: JOURNAL });
    const { code, err } = tool('dump', folder);
    expect([code, err[0]]).toEqual([2, `kestrel-journal: dump: ${folder} is a folder; allowed are files`]);
  });

  it('shows JSON, and says where damage is', async () => {
    const folder = await folderWith({ q: Buffer.concat([by.addx('a'), Buffer.of(77, 1)]) });
    const file = join(folder, 'q');
    const { code, out, err } = tool('dump', file, '--json');
    expect([code, err]).toEqual([1, [`${file}: damaged at byte 22: 2 bytes are no whole records`]]);
    expect(out.map((line) => JSON.parse(line) as unknown)).toEqual([
      { file, offset: 0, op: 2, name: 'ADDX', bytes: 1, addTime: 1_700_000_000_000, expiry: 0 },
    ]);
  });
});

describe('kestrel-journal verify', () => {
  it('says so of a folder without journals', async () => {
    const folder = await folderWith({});
    expect(tool('verify', folder)).toEqual({ code: 0, err: [], out: [`${folder}: no journals`] });
  });

  it('looks at all journals of a folder and passes over the rest', async () => {
    const folder = await folderWith({
      q: JOURNAL,
      'q.5': by.addx('a'),
      'notes.txt': Buffer.from('no journal'),
    });
    expect(tool('verify', folder)).toEqual({
      code: 0,
      err: [],
      out: [
        `${join(folder, 'q')}: whole; 59 bytes, 5 records: 2 added, 1 removed, 1 opened, 1 confirmed, 0 returned`,
        `${join(folder, 'q.5')}: whole; 22 bytes, 1 records: 1 added, 0 removed, 0 opened, 0 confirmed, 0 returned`,
      ],
    });
  });

  it('answers 1 where a file is damaged', async () => {
    const folder = await folderWith({ q: by.addx('abc').subarray(0, 23) });
    const { code, out } = tool('verify', join(folder, 'q'));
    expect([code, out[0]]).toEqual([
      1,
      expect.stringContaining('DAMAGED at byte 0: 23 bytes are no whole records'),
    ]);
  });
});

describe('kestrel-journal pack', () => {
  const files = {
    'q.1': Buffer.concat([by.addx('a'), by.addx('b'), by.addx('c')]),
    'q.2': Buffer.concat([by.remove, by.open(4), by.addx('d')]),
    q: Buffer.concat([by.addx('e'), by.remove]),
  };
  const left = Buffer.concat([by.addx('b'), by.addx('d'), by.addx('e')]);

  it('makes one file of a queue, in place', async () => {
    const folder = await folderWith({ ...files, other: by.addx('x') });
    expect(tool('pack', folder, 'q')).toEqual({
      code: 0,
      err: [],
      out: [`${join(folder, 'q')}: 3 items, ${left.length} bytes`],
    });
    expect((await readdir(folder)).filter((name) => !name.includes('~~')).sort()).toEqual(['other', 'q']);
    expect(await readFile(join(folder, 'q'))).toEqual(left);
  });

  it('writes a new file, of a queue or of files in the order given, and leaves them as they are', async () => {
    const folder = await folderWith(files);
    const out = [join(folder, '..', 'one'), join(folder, '..', 'two')] as const;
    expect(tool('pack', folder, 'q', '-o', out[0]).code).toBe(0);
    const paths = ['q.1', 'q.2', 'q'].map((name) => join(folder, name));
    expect(tool('pack', ...paths, '--output', out[1]).code).toBe(0);
    for (const file of out) expect(await readFile(file)).toEqual(left);
    for (const [name, bytes] of Object.entries(files))
      expect(await readFile(join(folder, name))).toEqual(bytes);
    expect(tool('pack', ...paths, '-o', out[1])).toMatchObject({
      code: 2,
      err: [expect.stringContaining('is there already'), expect.anything()],
    });
  });

  it('says what it could not take along, and answers 1', async () => {
    const folder = await folderWith({ ...files, 'q.1': Buffer.concat([files['q.1'], Buffer.of(99)]) });
    const { code, err } = tool('pack', folder, 'q');
    const at = files['q.1'].length;
    expect([code, err]).toEqual([
      1,
      [`${join(folder, 'q.1')}: damaged at byte ${at}: 1 bytes are not in the pack`],
    ]);
  });

  it('refuses a folder that a server holds', async () => {
    const folder = await folderWith(files);
    const unlock = lockFolder(folder);
    expect(tool('pack', folder, 'q')).toMatchObject({
      code: 2,
      err: [expect.stringContaining('in use by another process')],
    });
    unlock();
    expect(tool('pack', folder, 'q').code).toBe(0);
  });
});

describe('kestrel-journal', () => {
  it.each([
    [[], 'command: none given'],
    [['look'], 'command: look; allowed are dump, verify, pack'],
    [['dump'], 'dump: no file given'],
    [['verify', '--data', 'x'], 'only for dump'],
    [['dump', '-o', 'x', 'y'], '-o: only for pack'],
    [['dump', '--colour', 'y'], '--colour'],
    [['verify', '/nowhere'], '/nowhere'],
  ])('%j is answered 2 and a line that says why', (argv, message) => {
    const { code, out, err } = tool(...argv);
    expect([code, out]).toEqual([2, []]);
    expect(err[0]).toContain(message);
  });

  it('tells how it is used', () => {
    expect(tool('--help')).toMatchObject({ code: 0, err: [] });
    expect(tool('help').out.join('\n')).toContain('kestrel-journal verify DIR|FILE...');
  });
});
