import { jest } from '@jest/globals';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { silentLog } from '@murmur/service';
import { stopAll, tempFolder } from '@murmur/testkit';
import { storageCommand } from '../../src/storage/command.js';
import { openFileStorage } from '../../src/storage/file.js';
import type { LogStorage } from '../../src/storage/port.js';
import { chunksOf, contentOf } from './support.js';

jest.setTimeout(300_000);
afterAll(stopAll);

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function command(...argv: string[]): Promise<Outcome> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [out, err] = [stdout.toArray(), stderr.toArray()];
  const code = await storageCommand(argv, { stdout, stderr });
  stdout.end();
  stderr.end();
  const text = async (pieces: Promise<unknown[]>): Promise<string> =>
    Buffer.concat((await pieces) as Buffer[]).toString();
  return { code, stdout: await text(out), stderr: await text(err) };
}

const NAME = 'backup-2026-11-22-04-26-06';
const AT = Date.UTC(2026, 10, 22, 4, 26, 6);
const transaction = (at: number): string => JSON.stringify({ at, ops: [] });

let data: string;
let first: string;
const open = (): LogStorage => openFileStorage({ folder: data, log: silentLog() });
const snapshot = (until: number): Iterable<Uint8Array> =>
  chunksOf(Array.from({ length: until }, (_, i) => transaction(i + 1)));

beforeEach(async () => {
  data = await tempFolder('storage-command');
  first = join(data, 'log-000001');
  const storage = open();
  await contentOf(storage);
  for (const at of [1, 2, 3]) await storage.append(Buffer.from(transaction(at)));
  await storage.backup(3, snapshot(3), AT);
  await storage.compact(2, snapshot(2));
  await storage.append(Buffer.from('no JSON'));
  await storage.append(Buffer.from('"a word"'));
  await storage.close();
});

describe('murmur-scheduler log', () => {
  it('dump prints the entries after the snapshot as JSON lines', async () => {
    expect(await command('log', 'dump', '--data', data)).toEqual({
      code: 0,
      stdout: [
        '{"position":3,"at":3,"ops":[]}',
        '{"position":4,"base64":"bm8gSlNPTg=="}',
        '{"position":5,"value":"a word"}',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  it('verify says what there is, also of an unfinished end, and changes nothing', async () => {
    const said = 'log-000001: snapshot up to entry 2, 1 chunks; entries 3 to';
    expect(await command('log', 'verify', `--data=${data}`)).toEqual({
      code: 0,
      stdout: `${said} 5; 0 bytes unfinished\n`,
      stderr: '',
    });
    const segment = join(first, 'segment-0000000000000004');
    const { length } = await readFile(segment);
    await truncate(segment, length - 1);
    await writeFile(`${segment}.tmp`, '');
    expect(await command('log', 'verify', '--data', data)).toMatchObject({
      code: 0,
      stdout: `${said} 4; 31 bytes unfinished; to be removed: segment-0000000000000004.tmp\n`,
    });
    expect((await command('log', 'dump', '--data', data)).stdout).toMatch(/\n\{"unfinishedBytes":31\}\n$/);
    expect(await readFile(segment)).toHaveLength(length - 1);
  });

  it('of a damaged log exits 1 with file and offset, after what was whole', async () => {
    const segment = join(first, 'segment-0000000000000001');
    const bytes = await readFile(segment);
    bytes.writeUInt8(0xff, bytes.length - 1);
    await writeFile(segment, bytes);
    for (const verb of ['dump', 'verify']) {
      const { code, stderr } = await command('log', verb, '--data', data);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(
          `^murmur-scheduler log: ${segment} is damaged at offset \\d+: entry 3 is not whole, and a newer segment follows\n$`,
        ) as unknown,
      });
    }
  });

  it('dump ends quietly when its reader goes away', async () => {
    const stdout = new PassThrough({ highWaterMark: 1 });
    const ended = storageCommand(['log', 'dump', '--data', data], { stdout, stderr: new PassThrough() });
    stdout.once('readable', () => stdout.destroy(new Error('EPIPE')));
    expect(await ended).toBe(0);
  });
});

describe('murmur-scheduler backup', () => {
  it('list prints name, time and size of each', async () => {
    const { length } = await readFile(join(data, 'backups', NAME));
    expect(await command('backup', 'list', '--data', data)).toEqual({
      code: 0,
      stdout: `${NAME}  2026-11-22T04:26:06.000Z  ${length} bytes\n`,
      stderr: '',
    });
  });

  it('verify reads one or all, and exits 1 for one that is damaged', async () => {
    const file = join(data, 'backups', NAME);
    const bytes = await readFile(file);
    for (const names of [[], [NAME]]) {
      expect(await command('backup', 'verify', '--data', data, ...names)).toEqual({
        code: 0,
        stdout: `${NAME}: whole; up to entry 3, 1 chunks, ${bytes.length} bytes\n`,
        stderr: '',
      });
    }
    await truncate(file, bytes.length - 1);
    for (const verb of ['verify', 'restore']) {
      const { code, stderr } = await command('backup', verb, '--data', data, NAME);
      expect(code).toBe(1);
      expect(stderr).toMatch(`murmur-scheduler backup: ${file} is damaged at offset `);
    }
    expect(await readdir(data)).not.toContain('restore.tmp');
    expect(await readdir(data)).not.toContain('log-000002');
  });

  it('restore puts the backup in the place of the log, keeps that, and says how to go back', async () => {
    expect(await command('backup', 'restore', '--data', data, NAME)).toEqual({
      code: 0,
      stdout:
        `${NAME} is restored, up to entry 3, as ${join(data, 'log-000002')}\n` +
        `the replaced log is kept as ${first}; it counts again once log-000002 is moved away\n`,
      stderr: '',
    });
    const storage = open();
    const { entries } = await contentOf(storage);
    expect(entries).toEqual([1, 2, 3].map(transaction));
    expect(await storage.append(Buffer.from('on'))).toBe(4);
    await storage.close();
    expect(await readdir(first)).toHaveLength(3);
  });

  it('restore is refused while a scheduler runs, and changes nothing', async () => {
    const storage = open();
    await contentOf(storage);
    const { code, stderr } = await command('backup', 'restore', '--data', data, NAME);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `murmur-scheduler backup: ${data} is in use by another scheduler, pid ${process.pid}; one folder has one writer\n`,
    );
    expect((await readdir(data)).sort()).toEqual(['backups', 'log-000001', 'scheduler.lock']);
    await storage.close();
  });

  it('restore works where there is no log left', async () => {
    const other = await tempFolder('storage-command');
    const bytes = await readFile(join(data, 'backups', NAME));
    data = other;
    expect((await command('backup', 'restore', '--data', data, NAME)).stderr).toBe(
      `murmur-scheduler backup: there is no backup ${NAME} in ${data}; there are none\n`,
    );
    const storage = open();
    await contentOf(storage);
    await storage.backup(0, [], AT + 1000);
    await storage.close();
    await writeFile(join(data, 'backups', NAME), bytes);
    expect((await command('backup', 'restore', '--data', data, NAME)).code).toBe(0);
    expect((await contentOf(open())).position).toBe(3);
  });
});

describe('bad input', () => {
  it.each([
    [['backup'], 'backup: a verb is missing; allowed are list, verify, restore'],
    [['log', 'restore'], 'log: unknown verb restore; allowed are dump, verify'],
    [['logs'], 'logs: unknown subcommand logs; allowed are backup, log'],
    [[], ': unknown subcommand ; allowed are backup, log'],
    [['log', 'dump'], 'log: --data DIR is missing: the folder of the scheduler'],
    [['log', 'dump', '--data'], 'log: --data DIR is missing: the folder of the scheduler'],
    [['log', 'dump', '--dta=x'], 'log: unknown flag --dta=x; allowed are --data and --help'],
    [['log', 'dump', '--data=x', 'y'], 'log: unexpected y'],
    [['backup', 'verify', '--data=x', 'y', 'z'], 'backup: unexpected z'],
    [['backup', 'restore', '--data=x'], 'backup: the name of the backup is missing'],
    [['log', 'dump', '--data=/nowhere/at/all'], 'log: --data: /nowhere/at/all is no folder'],
  ])('%j is one line, and exit 2', async (argv, line) => {
    expect(await command(...argv)).toEqual({ code: 2, stdout: '', stderr: `murmur-scheduler ${line}\n` });
  });

  it('of a backup that is not there names those that are', async () => {
    for (const name of ['backup-2026', `../backups/${NAME}`]) {
      expect(await command('backup', 'restore', '--data', data, name)).toEqual({
        code: 2,
        stdout: '',
        stderr: `murmur-scheduler backup: there is no backup ${name} in ${data}; there are ${NAME}\n`,
      });
    }
  });

  it('of a folder without a log says so; --help prints the usage', async () => {
    const empty = await tempFolder('storage-command');
    expect(await command('log', 'verify', '--data', empty)).toMatchObject({
      code: 2,
      stderr: `murmur-scheduler log: --data: ${empty} has no log\n`,
    });
    expect(await command('log', '--help')).toMatchObject({ code: 0, stderr: '' });
    expect((await command('backup', '-h')).stdout).toMatch(/^usage: murmur-scheduler backup list/);
  });
});
