import { jest } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { stopAll, waitFor, type Wire } from '@murmur/testkit';
import { startTestKestrel, type TestKestrel } from '../server.js';

jest.setTimeout(60_000);

let kestrel: TestKestrel;

beforeEach(async () => {
  kestrel = await startTestKestrel({
    maxOpenTransactions: 1000,
    queues: [{ name: 'memory', keepJournal: false }],
  });
});
afterEach(stopAll);

async function stat(name: string): Promise<number> {
  const wire = await kestrel.connect();
  await wire.send('stats\r\n');
  const text = await wire.readUntil('END\r\n');
  wire.close();
  return Number(
    new RegExp(`^STAT ${name.replaceAll('+', '\\+')} (\\S+)\r$`, 'm').exec(text)?.[1] ?? Number.NaN,
  );
}

const isStat = (name: string, value: number): Promise<true> =>
  waitFor(async () => (await stat(name)) === value, { what: `${name} = ${value}` });

const value = (queue: string, data: string): string =>
  `VALUE ${queue} 0 ${data.length}\r\n${data}\r\nEND\r\n`;

async function put(wire: Wire, queue: string, ...items: string[]): Promise<void> {
  for (const data of items)
    await wire.play([
      ['>', `set ${queue} 0 0 ${data.length}\r\n${data}\r\n`],
      ['<', 'STORED\r\n'],
    ]);
}

describe('several clients of one queue', () => {
  it('are served in the order in which they came to wait', async () => {
    const waiting = await Promise.all([kestrel.connect(), kestrel.connect(), kestrel.connect()]);
    for (const [i, wire] of waiting.entries()) {
      await wire.send('get q/t=60000\r\n');
      await isStat('queue_q_waiters', i + 1);
    }
    const writer = await kestrel.connect();
    await put(writer, 'q', 'a', 'b', 'c');
    for (const [i, wire] of waiting.entries()) await wire.expect(value('q', 'abc'.charAt(i)));
  });

  it('do not lose an item to one that is gone', async () => {
    const [gone, next, writer] = await Promise.all([kestrel.connect(), kestrel.connect(), kestrel.connect()]);
    await gone.send('get q/open/t=60000\r\n');
    await isStat('queue_q_waiters', 1);
    await next.send('get q/t=60000\r\n');
    await isStat('queue_q_waiters', 2);
    gone.close();
    await isStat('queue_q_waiters', 1);
    await put(writer, 'q', 'a');
    await next.expect(value('q', 'a'));
  });

  it('find what a broken connection held at the head, in its old order', async () => {
    const [holder, other] = await Promise.all([kestrel.connect(), kestrel.connect()]);
    await put(other, 'q', 'a', 'b', 'c', 'd');
    await holder.play([
      ['>', 'monitor q 60 3\r\n'],
      ['<', ['a', 'b', 'c'].map((data) => value('q', data)).join('') + 'END\r\n'],
    ]);
    expect(await stat('queue_q_open_transactions')).toBe(3);
    holder.close();
    await isStat('queue_q_items', 4);
    for (const data of ['a', 'b', 'c', 'd'])
      await other.play([
        ['>', 'get q\r\n'],
        ['<', value('q', data)],
      ]);
    expect(await stat('queue_q_canceled_transactions')).toBe(3);
  });

  it('let a peek look without keeping the item from the next', async () => {
    const [peeking, taking, writer] = await Promise.all([
      kestrel.connect(),
      kestrel.connect(),
      kestrel.connect(),
    ]);
    await peeking.send('get q/peek/t=60000\r\n');
    await isStat('queue_q_waiters', 1);
    await taking.send('get q/t=60000\r\n');
    await isStat('queue_q_waiters', 2);
    await put(writer, 'q', 'a');
    await peeking.expect(value('q', 'a'));
    await taking.expect(value('q', 'a'));
  });

  it('take turns when they monitor', async () => {
    const [one, two, writer] = await Promise.all([kestrel.connect(), kestrel.connect(), kestrel.connect()]);
    await one.send('monitor q 60 2\r\n');
    await isStat('queue_q_waiters', 1);
    await two.send('monitor q 60 2\r\n');
    await isStat('queue_q_waiters', 2);
    await put(writer, 'q', 'a', 'b', 'c', 'd');
    await one.expect(value('q', 'a') + value('q', 'c') + 'END\r\n');
    await two.expect(value('q', 'b') + value('q', 'd') + 'END\r\n');
  });

  it('are released with END when the queue is deleted', async () => {
    const [waiting, monitoring, other] = await Promise.all([
      kestrel.connect(),
      kestrel.connect(),
      kestrel.connect(),
    ]);
    await waiting.send('get q/t=60000\r\n');
    await isStat('queue_q_waiters', 1);
    await monitoring.send('monitor q 60 2\r\n');
    await isStat('queue_q_waiters', 2);
    await other.play([
      ['>', 'delete q\r\n'],
      ['<', 'DELETED\r\n'],
    ]);
    await waiting.expect('END\r\n');
    await monitoring.expect('END\r\n');
    expect(await readdir(kestrel.folder)).toEqual([]);
  });

  it('get a batch of 500 from one monitor, and confirm it at once', async () => {
    const [reader, writer] = await Promise.all([kestrel.connect(), kestrel.connect()]);
    const items = Array.from({ length: 500 }, (_, i) => `item ${i}`);
    await writer.send(items.map((data) => `set q 0 0 ${data.length}\r\n${data}\r\n`).join(''));
    await writer.expect('STORED\r\n'.repeat(500));
    await reader.play([
      ['>', 'monitor q 60 500\r\n'],
      ['<', items.map((data) => value('q', data)).join('') + 'END\r\n'],
    ]);
    await reader.play([
      ['>', 'confirm q 500\r\n'],
      ['<', 'END\r\n'],
    ]);
    expect([await stat('queue_q_items'), await stat('queue_q_open_transactions')]).toEqual([0, 0]);
  });

  it('can send far ahead and read late, and nothing is lost or out of order', async () => {
    const wire = await kestrel.connect();
    const data = 'x'.repeat(10_000);
    const rounds = 600;
    await wire.send(`set memory 0 0 ${data.length}\r\n${data}\r\nget memory/peek\r\n`.repeat(rounds));
    for (let i = 0; i < rounds; i += 1) await wire.expect(`STORED\r\n${value('memory', data)}`);
  });

  it('that close their side get the answers to what they sent', async () => {
    const { connect } = await import('node:net');
    const socket = connect({ port: kestrel.memcachePort, host: '127.0.0.1' });
    socket.end('set q 0 0 1\r\na\r\nget q\r\n');
    let got = '';
    for await (const chunk of socket) got += String(chunk);
    expect(got).toBe(`STORED\r\n${value('q', 'a')}`);
  });
});

describe('the status', () => {
  it('readOnly refuses writes and lets reads go on', async () => {
    const wire = await kestrel.connect();
    await put(wire, 'q', 'a');
    await wire.play([
      ['>', 'status READONLY\r\n'],
      ['<', 'END\r\n'],
      ['>', 'get q/open\r\n'],
      ['<', value('q', 'a')],
    ]);
    await wire.play([
      ['>', 'get q/close\r\n'],
      ['<', 'END\r\n'],
      ['>', 'flush_all_expired\r\n'],
      ['<', '0\r\n'],
    ]);
    for (const refused of [
      'set q 0 0 1\r\na\r\n',
      'flush q\r\n',
      'flush_all\r\n',
      'flush_expired q\r\n',
      'delete q\r\n',
    ]) {
      const one = await kestrel.connect();
      await one.play([
        ['>', refused],
        ['<', 'SERVER_ERROR\r\n'],
      ]);
      await one.expectClosed();
    }
  });

  it('quiescent refuses reads too, but not to confirm and to abort', async () => {
    const wire = await kestrel.connect();
    await put(wire, 'q', 'a', 'b', 'c');
    await wire.play([
      ['>', 'monitor q 9 3\r\n'],
      ['<', ['a', 'b', 'c'].map((data) => value('q', data)).join('') + 'END\r\n'],
    ]);
    await wire.play([
      ['>', 'status quiescent\r\n'],
      ['<', 'END\r\n'],
    ]);
    for (const allowed of ['get q/close', 'get q/abort', 'confirm q 1'])
      await wire.play([
        ['>', `${allowed}\r\n`],
        ['<', 'END\r\n'],
      ]);
    for (const refused of ['get q', 'get q/peek', 'get q/close/open', 'monitor q 1']) {
      const one = await kestrel.connect();
      await one.play([
        ['>', `${refused}\r\n`],
        ['<', 'SERVER_ERROR\r\n'],
      ]);
      await one.expectClosed();
    }
  });
});

describe('stats', () => {
  it("come in Kestrel's order, with children where there were any", async () => {
    const wire = await kestrel.connect();
    await put(wire, 'p', 'abc');
    await wire.play([
      ['>', 'get p+c\r\n'],
      ['<', 'END\r\n'],
      ['>', 'get p\r\n'],
      ['<', value('p', 'abc')],
      ['>', 'stats\r\n'],
    ]);
    const lines = (await wire.readUntil('END\r\n')).trimEnd().split('\r\n');
    const names = lines.map((line) => line.split(' ')[1]);
    expect(names.slice(0, 19).join(' ')).toBe(
      'uptime time version curr_items total_items bytes reserved_memory_ratio curr_connections total_connections cmd_get cmd_set ' +
        'cmd_peek get_hits get_misses bytes_read bytes_written queue_creates queue_deletes queue_expires',
    );
    const ofQueue = lines.filter((line) => line.startsWith('STAT queue_p_'));
    expect(ofQueue.map((line) => line.slice('STAT queue_p_'.length))).toEqual([
      'items 0',
      'bytes 0',
      'total_items 1',
      'logsize 25',
      'expired_items 0',
      'mem_items 0',
      'mem_bytes 0',
      'age 0',
      'discarded 0',
      'waiters 0',
      'open_transactions 0',
      'transactions 0',
      'canceled_transactions 0',
      'total_flushes 0',
      'journal_rewrites 0',
      'journal_rotations 0',
      'children p+c',
    ]);
    expect(lines).toEqual(
      expect.arrayContaining(['STAT cmd_set 1', 'STAT cmd_get 2', 'STAT get_hits 1', 'STAT get_misses 1']),
    );
  });
});
