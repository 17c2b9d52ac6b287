import { jest } from '@jest/globals';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { stopAll } from '@murmur/testkit';
import { startTestKestrel, type TestKestrel } from '../server.js';

jest.setTimeout(60_000);

afterEach(stopAll);

const QUEUES = 2000;

/** A server with many queues, each with an item. */
async function startFull(): Promise<TestKestrel> {
  const kestrel = await startTestKestrel({ default: { keepJournal: false } });
  const wire = await kestrel.connect();
  await wire.send(Array.from({ length: QUEUES }, (_, i) => `set q${i} 0 0 1\r\na\r\n`).join(''));
  for (let i = 0; i < QUEUES; i += 1) expect(await wire.readUntil()).toBe('STORED');
  return kestrel;
}

describe('stats of many queues', () => {
  it('come whole, and before the replies to what was asked behind them', async () => {
    const kestrel = await startFull();
    const wire = await kestrel.connect();
    await wire.send('version\r\nstats\r\nget q0\r\ndump_stats\r\nget q0\r\n');
    expect(await wire.readUntil()).toMatch(/^VERSION/);
    const stats = await wire.readUntil('END\r\n');
    expect(stats.match(/^STAT queue_q\d+_items 1\r$/gm)).toHaveLength(QUEUES);
    await wire.expect('VALUE q0 0 1\r\na\r\nEND\r\n');
    const dump = await wire.readUntil('}\r\nEND\r\n');
    expect(dump.match(/^queue 'q\d+' \{\r$/gm)).toHaveLength(QUEUES);
    await wire.expect('END\r\n');
  });

  it('let other clients be served meanwhile', async () => {
    const kestrel = await startFull();
    const [asking, other] = [await kestrel.connect(), await kestrel.connect()];
    const order: string[] = [];
    const stats = async () => {
      await asking.send('stats\r\n');
      await asking.readUntil('END\r\n');
      order.push('stats');
    };
    const version = async () => {
      await other.send('version\r\n');
      await other.readUntil();
      order.push('version');
    };
    await Promise.all([stats(), version()]);
    expect(order).toEqual(['version', 'stats']);
  });

  it('go to a client that has closed its side', async () => {
    const kestrel = await startFull();
    const socket = connect({ port: kestrel.memcachePort, allowHalfOpen: true });
    socket.end('stats\r\n');
    const reply = await text(socket);
    expect(reply.match(/^STAT queue_q\d+_items 1\r$/gm)).toHaveLength(QUEUES);
    expect(reply.endsWith('\r\nEND\r\n')).toBe(true);
  });
});
