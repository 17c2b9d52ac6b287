import { jest } from '@jest/globals';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopAll, tempFolder, waitFor, type Wire } from '@murmur/testkit';
import type { Log } from '@murmur/service';
import { ConfigBook } from '../../src/config/book-core.js';
import { parseConfig, QUEUE_DEFAULTS } from '../../src/config/schema.js';
import { nodeDisk } from '../../src/journal/disk.js';
import { FilePool } from '../../src/journal/file-pool.js';
import { JournalFolder } from '../../src/journal/folder.js';
import { Turn } from '../../src/journal/turn.js';
import type { QueueCore } from '../../src/queue/queue-core.js';
import { Registry } from '../../src/queue/registry-core.js';
import { startTestKestrel, type TestKestrel } from '../server.js';

jest.setTimeout(60_000);

afterEach(stopAll);

const value = (queue: string, data: string): string =>
  `VALUE ${queue} 0 ${data.length}\r\n${data}\r\nEND\r\n`;

async function put(wire: Wire, queue: string, ...items: string[]): Promise<void> {
  await wire.send(items.map((data) => `set ${queue} 0 0 ${data.length}\r\n${data}\r\n`).join(''));
  await wire.expect('STORED\r\n'.repeat(items.length));
}

/** All items of a queue, taken. */
async function drain(kestrel: TestKestrel, queue: string): Promise<string[]> {
  const wire = await kestrel.connect();
  const items: string[] = [];
  for (;;) {
    await wire.send(`get ${queue}\r\n`);
    const head = await wire.readUntil();
    if (head === 'END') break;
    items.push((await wire.read(Number(head.split(' ').at(-1)))).toString('latin1'));
    await wire.expect('\r\nEND\r\n');
  }
  wire.close();
  return items;
}

async function logsize(wire: Wire, queue: string): Promise<number> {
  await wire.send(`dump_stats ${queue}\r\n`);
  return Number(/logsize=(\d+)/.exec(await wire.readUntil('END\r\n'))?.[1]);
}

const addx = (data: string): Buffer => {
  const bytes = Buffer.alloc(21 + data.length);
  bytes[0] = 2;
  bytes.writeInt32LE(16 + data.length, 1);
  bytes.writeBigInt64LE(1_700_000_000_000n, 5);
  bytes.write(data, 21);
  return bytes;
};

async function folderWith(files: Readonly<Record<string, Buffer | string>>): Promise<string> {
  const folder = join(await tempFolder('kestrel'), 'queues');
  await mkdir(folder);
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return folder;
}

describe('a server that is started again', () => {
  it('has every queue with its items, and those that were open at the head in their old order', async () => {
    const config = {
      maxOpenTransactions: 10,
      queues: [
        { name: 'p', fanoutOnly: true, children: ['a', 'b'] },
        { name: 'm', keepJournal: false },
      ],
    };
    const first = await startTestKestrel(config);
    const wire = await first.connect();
    await put(wire, 'p', 'one', 'two', 'three', 'four');
    await put(wire, 'm', 'lost');
    await wire.play([
      ['>', 'monitor p+a 9 3\r\n'],
      ['<', ['one', 'two', 'three'].map((data) => value('p+a', data)).join('') + 'END\r\n'],
    ]);
    await wire.play([
      ['>', 'confirm p+a 1\r\n'],
      ['<', 'END\r\n'],
    ]);
    await first.stop();
    const second = await startTestKestrel(config, { queuePath: first.folder });
    expect(await drain(second, 'p+a')).toEqual(['two', 'three', 'four']);
    expect(await drain(second, 'p+b')).toEqual(['one', 'two', 'three', 'four']);
    expect(await drain(second, 'm')).toEqual([]);
    const again = await second.connect();
    await put(again, 'p', 'five');
    expect(await drain(second, 'p+a')).toEqual(['five']);
  });

  it('cuts off a torn tail with a log line, wherever it is torn, and goes on from there', async () => {
    const journal = Buffer.concat([addx('a'), addx('b'), addx('c')]);
    for (const cut of [1, 5, 20, 21, 22, 23, 43, 44, 45, 60, 65]) {
      const folder = await folderWith({ q: journal.subarray(0, cut) });
      const warnings: object[] = [];
      const whole = Math.floor(cut / 22);
      const kestrel = await startTestKestrel({}, { queuePath: folder }, collecting(warnings));
      expect((await stat(join(folder, 'q'))).size).toBe(whole * 22);
      expect(warnings).toHaveLength(cut % 22 === 0 ? 0 : 1);
      await put(await kestrel.connect(), 'q', 'new');
      await kestrel.stop();
      const again = await startTestKestrel({}, { queuePath: folder }, collecting(warnings));
      expect(await drain(again, 'q')).toEqual([...['a', 'b', 'c'].slice(0, whole), 'new']);
      await again.stop();
    }
  });

  it('reads the archives of a Kestrel in order of time, and a pack in place of those before it', async () => {
    const folder = await folderWith({
      'q.100': addx('never'),
      'q.200': addx('never either'),
      'q.200.pack': Buffer.concat([addx('a'), addx('b')]),
      'q.300': Buffer.concat([Buffer.from([1]), addx('c')]),
      q: Buffer.concat([addx('d'), Buffer.from([1])]),
      'q~~400': addx('half a rewrite'),
      'notes.txt': 'not a journal',
    });
    const kestrel = await startTestKestrel({}, { queuePath: folder });
    expect((await readdir(folder)).sort()).toEqual(['notes.txt', 'q', 'q.200', 'q.300']);
    await kestrel.stop();
    const again = await startTestKestrel({}, { queuePath: folder });
    expect(await drain(again, 'q')).toEqual(['c', 'd']);
  });

  it('goes on past an archive that is damaged, and leaves the current file whole', async () => {
    const folder = await folderWith({
      'q.100': Buffer.concat([addx('a'), Buffer.from([99]), addx('x')]),
      q: addx('b'),
    });
    const kestrel = await startTestKestrel({}, { queuePath: folder });
    expect(await drain(kestrel, 'q')).toEqual(['a', 'b']);
  });

  it('passes over a folder that is named like an archive', async () => {
    const folder = await folderWith({});
    await mkdir(join(folder, 'q.100'));
    await writeFile(join(folder, 'q'), addx('a'));
    const kestrel = await startTestKestrel({}, { queuePath: folder });
    expect(await drain(kestrel, 'q')).toEqual(['a']);
  });
});

describe('a journal', () => {
  it('is rewritten when the queue is empty and the file has grown, and keeps what is open', async () => {
    const kestrel = await startTestKestrel({
      maxOpenTransactions: 10,
      default: { defaultJournalSize: '4KiB' },
    });
    const wire = await kestrel.connect();
    await put(wire, 'q', 'held', ...Array.from({ length: 300 }, (_, i) => `item ${i}`));
    await wire.play([
      ['>', 'get q/open\r\n'],
      ['<', value('q', 'held')],
    ]);
    expect(await drain(kestrel, 'q')).toHaveLength(300);
    await waitFor(async () => (await logsize(wire, 'q')) < 100, { what: 'a rewritten journal' });
    expect((await stat(join(kestrel.folder, 'q'))).size).toBe(21 + 4 + 5);
    await put(wire, 'q', 'next');
    await kestrel.stop();
    const again = await startTestKestrel({}, { queuePath: kestrel.folder });
    expect(await drain(again, 'q')).toEqual(['held', 'next']);
  });

  it('is packed when it has grown far beyond what the queue holds', async () => {
    const kestrel = await startTestKestrel({
      default: { maxJournalSize: '8KiB', minJournalCompactDelay: 0 },
    });
    const wire = await kestrel.connect();
    await put(wire, 'q', 'first', 'second');
    for (let i = 0; i < 2000; i += 1) {
      await wire.send(`get q\r\nset q 0 0 4\r\n${String(i).padStart(4, '0')}\r\n`);
      await wire.readUntil('STORED\r\n');
    }
    expect(await logsize(wire, 'q')).toBeLessThan(8 * 1024 + 100);
    await kestrel.stop();
    const again = await startTestKestrel({}, { queuePath: kestrel.folder });
    expect(await drain(again, 'q')).toEqual(['1998', '1999']);
  });

  it('that is synced before each reply keeps replies and items in order', async () => {
    const kestrel = await startTestKestrel({ default: { syncJournal: 0 } });
    const wires = await Promise.all(Array.from({ length: 20 }, () => kestrel.connect()));
    await Promise.all(
      wires.map((wire, i) => put(wire, 'q', ...Array.from({ length: 20 }, (_, n) => `${i} ${n}`))),
    );
    const items = await drain(kestrel, 'q');
    expect(items).toHaveLength(400);
    for (const i of wires.keys()) {
      const own = items.filter((item) => item.startsWith(`${i} `));
      expect(own).toEqual(Array.from({ length: 20 }, (_, n) => `${i} ${n}`));
    }
  });

  it('of an empty queue is an empty file after a graceful stop', async () => {
    const kestrel = await startTestKestrel({});
    await put(await kestrel.connect(), 'q', 'a', 'b');
    await drain(kestrel, 'q');
    await kestrel.stop();
    expect(await readFile(join(kestrel.folder, 'q'))).toHaveLength(0);
  });

  it('that cannot be made refuses the queue and hurts no other', async () => {
    const kestrel = await startTestKestrel({});
    await mkdir(join(kestrel.folder, 'q'));
    const wire = await kestrel.connect();
    await wire.play([
      ['>', 'set q 0 0 1\r\na\r\n'],
      ['<', 'SERVER_ERROR\r\n'],
    ]);
    await wire.expectClosed();
    await put(await kestrel.connect(), 'other', 'a');
    expect(await drain(kestrel, 'other')).toEqual(['a']);
  });
});

describe('a queue that is larger than its memory', () => {
  const config = {
    maxOpenTransactions: 100,
    default: { maxMemorySize: '16KiB', maxJournalSize: '64KiB', minJournalCompactDelay: 0 },
  };
  const item = (n: number): string => `${n}:`.padEnd(200 + (n % 100), 'x');

  async function figure(wire: Wire, name: string): Promise<number> {
    await wire.send('dump_stats q\r\n');
    return Number(new RegExp(`\\b${name}=(\\d+)`).exec(await wire.readUntil('END\r\n'))?.[1]);
  }

  it('rotates its journal, keeps its memory, and gives its items back in order, over restarts', async () => {
    const first = await startTestKestrel(config);
    const wire = await first.connect();
    const items = Array.from({ length: 1500 }, (_, n) => item(n));
    for (let at = 0; at < items.length; at += 50) await put(wire, 'q', ...items.slice(at, at + 50));
    expect(await figure(wire, 'items')).toBe(1500);
    expect(await figure(wire, 'mem_bytes')).toBeLessThanOrEqual(16 * 1024);
    expect(await figure(wire, 'journal_rotations')).toBeGreaterThan(5);
    // Some are taken, and some left open, before the server stops.
    for (const expected of items.slice(0, 400)) {
      await wire.send('get q\r\n');
      await wire.expect(value('q', expected));
    }
    for (const expected of items.slice(400, 410)) {
      await wire.send('get q/open\r\n');
      await wire.expect(value('q', expected));
    }
    await first.stop();
    const second = await startTestKestrel(config, { queuePath: first.folder });
    expect(await figure(await second.connect(), 'mem_bytes')).toBeLessThanOrEqual(16 * 1024 + 10 * 300);
    expect(await drain(second, 'q')).toEqual(items.slice(400));
    await second.stop();
    expect((await readdir(first.folder)).filter((name) => name.startsWith('q'))).toEqual(['q']);
    expect((await stat(join(first.folder, 'q'))).size).toBe(0);
  });

  it('packs its files once what they held has been read, while it goes on', async () => {
    const kestrel = await startTestKestrel(config);
    const wire = await kestrel.connect();
    let [next, taken] = [0, 0];
    for (let round = 0; round < 60; round += 1) {
      const items = Array.from({ length: 40 }, () => item(next++));
      await put(wire, 'q', ...items);
      for (let i = 0; i < 36; i += 1) {
        await wire.send('get q\r\n');
        await wire.expect(value('q', item(taken)));
        taken += 1;
      }
    }
    expect(await figure(wire, 'journal_rewrites')).toBeGreaterThan(0);
    await kestrel.stop();
    const again = await startTestKestrel(config, { queuePath: kestrel.folder });
    expect(await drain(again, 'q')).toEqual(Array.from({ length: next - taken }, (_, i) => item(taken + i)));
  });

  it('can be flushed and deleted without a trace', async () => {
    const kestrel = await startTestKestrel(config);
    const wire = await kestrel.connect();
    for (let round = 0; round < 10; round += 1)
      await put(wire, 'q', ...Array.from({ length: 50 }, (_, n) => item(n)));
    await wire.send('flush q\r\nget q\r\n');
    await wire.expect('END\r\nEND\r\n');
    await put(wire, 'q', 'after');
    for (let round = 0; round < 10; round += 1)
      await put(wire, 'gone', ...Array.from({ length: 50 }, (_, n) => item(n)));
    await wire.send('delete gone\r\n');
    await wire.expect('DELETED\r\n');
    await waitFor(async () => (await readdir(kestrel.folder)).every((name) => !name.startsWith('gone')), {
      what: 'no file of the deleted queue',
    });
    await kestrel.stop();
    const again = await startTestKestrel(config, { queuePath: kestrel.folder });
    expect(await drain(again, 'q')).toEqual(['after']);
    expect(await drain(again, 'gone')).toEqual([]);
  });
});

describe('a queue that only passes on', () => {
  it('keeps what it had, and what it gets once it keeps items again, over a restart', async () => {
    const folder = await folderWith({ p: addx('from before') });
    const passing = new ConfigBook(
      parseConfig({ queues: [{ name: 'p', fanoutOnly: true }] }),
      QUEUE_DEFAULTS,
    );
    const keeping = new ConfigBook(parseConfig({}), QUEUE_DEFAULTS);
    const turn = new Turn();
    const first = new JournalFolder(folder, () => passing, turn, collecting([]));
    const registry = new Registry(passing, first);
    const family = registry.obtain('p', 1);
    if (family === null) throw new Error('no queue');
    registry.reload(keeping, 1);
    expect(registry.put(family, Buffer.from('after'), 0, 1)).toBe(true);
    turn.end();
    await first.close();
    const second = new JournalFolder(folder, () => keeping, turn, collecting([]));
    const queue = second.create('p', 1);
    expect([queue?.take(1), queue?.take(1)].map((item) => item?.data.toString())).toEqual([
      'from before',
      'after',
    ]);
    await second.close();
  });
});

describe('many queues', () => {
  it('hold no more files open than they may, and are all there after a restart', async () => {
    const [disk, log] = [nodeDisk, collecting([])];
    const folder = await folderWith({});
    const book = new ConfigBook(parseConfig({}), QUEUE_DEFAULTS);
    const turn = new Turn();
    const first = new JournalFolder(folder, () => book, turn, log, { pool: new FilePool(disk, 8) });
    const names = Array.from({ length: 300 }, (_, n) => `q${n}`);
    for (const round of [1, 2]) {
      for (const name of names) {
        const queue = queueOf(first, name);
        queue.add(Buffer.from(`${name} ${round}`), 0, 1);
      }
      turn.end();
      expect(first.openFiles).toBeLessThanOrEqual(8);
    }
    await first.close();
    const second = new JournalFolder(folder, () => book, turn, log);
    expect(second.queues()).toHaveLength(300);
    expect(names.map((name) => second.create(name, 1)?.length)).toEqual(names.map(() => 2));
    expect(second.openFiles).toBe(0);
    await second.close();
  });

  const made = new Map<string, QueueCore>();
  function queueOf(folder: JournalFolder, name: string): QueueCore {
    const queue = made.get(name) ?? folder.create(name, 1);
    if (queue === null) throw new Error(`no queue ${name}`);
    made.set(name, queue);
    return queue;
  }

  it('lie in a folder that one server has', async () => {
    const kestrel = await startTestKestrel({});
    await expect(startTestKestrel({}, { queuePath: kestrel.folder })).rejects.toThrow(
      'in use by another process',
    );
  });
});

function collecting(warnings: object[]): Log {
  const nothing = (): void => undefined;
  const log: Log = {
    debug: nothing,
    info: nothing,
    error: nothing,
    warn: (fields) => {
      // Only of journals: they say what was lost.
      if ('lost' in fields) warnings.push(fields);
    },
    child: () => log,
  };
  return log;
}
