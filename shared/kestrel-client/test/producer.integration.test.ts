import { jest } from '@jest/globals';
import { staticServerSet } from '@murmur/discovery';
import { freePort, stopAll, waitFor, type TestProcess } from '@murmur/testkit';
import { KestrelOverloaded, KestrelUnavailable, type KestrelClient } from '../src/index.js';
import { clientOf, collect, startKestrel } from './kestrel.js';

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `item-${i}`);

jest.setTimeout(60_000);

describe('a producer on real Kestrels', () => {
  let a: TestProcess;
  let b: TestProcess;
  const clients: KestrelClient[] = [];
  const keep = (client: KestrelClient): KestrelClient => {
    clients.push(client);
    return client;
  };

  beforeEach(async () => {
    [a, b] = await Promise.all([startKestrel(), startKestrel({ queues: [{ name: 'small', maxItems: 2 }] })]);
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await stopAll();
  });

  it('spreads a burst over both servers, and each keeps its order', async () => {
    const client = keep(clientOf([a, b]));
    await waitFor(() => client.liveWriters() === 2, { what: 'both servers' });
    await Promise.all(numbered(200).map((text) => client.put('burst', Buffer.from(text))));
    for (const server of [a, b]) {
      const { texts } = collect(keep(clientOf([server])), 'burst');
      await waitFor(() => texts.length === 100, { what: 'half of the items' });
      const numbers = texts.map((text) => Number(text.slice(5)));
      expect(numbers).toEqual([...numbers].sort((x, y) => x - y));
    }
  });

  it('carries any bytes', async () => {
    const client = keep(clientOf([a]));
    const payload = Buffer.from(Array.from({ length: 512 }, (_, i) => i % 256));
    await client.put('bytes', payload);
    const got: Buffer[] = [];
    client.consume({
      queue: 'bytes',
      batchMax: 10,
      monitorMs: 1000,
      retryDelayMs: 10,
      handle: (batch) => {
        got.push(...batch);
        return Promise.resolve();
      },
    });
    await waitFor(() => got.length === 1, { what: 'the item' });
    expect(got[0]?.equals(payload)).toBe(true);
  });

  it('loses nothing that was acknowledged when one of two servers is killed in the middle, and goes on', async () => {
    const client = keep(clientOf([a, b]));
    await waitFor(() => client.liveWriters() === 2, { what: 'both servers' });
    const acknowledged: string[] = [];
    const put = (text: string): Promise<void> =>
      client.put('run', Buffer.from(text)).then(() => void acknowledged.push(text));
    const puts = numbered(3000).map(put);
    await waitFor(() => acknowledged.length > 300, { what: 'some puts', everyMs: 1 });
    await a.kill();
    await Promise.all([...puts, put('after')]);
    await a.restart();
    const { texts } = collect(client, 'run');
    await waitFor(() => new Set(texts).size === 3001, { what: 'every item' });
    expect(acknowledged).toHaveLength(3001);
  });

  it('moves the puts of a server that is there but silent', async () => {
    const client = keep(clientOf([a, b], { replyTimeoutMs: 200 }));
    await waitFor(() => client.liveWriters() === 2, { what: 'both servers' });
    a.pause();
    await Promise.all(numbered(50).map((text) => client.put('silent', Buffer.from(text))));
    await waitFor(() => client.liveWriters() === 1, { what: 'the silent server to be given up' });
    await client.put('silent', Buffer.from('after'));
    expect((await keep(clientOf([b])).queueStats('silent'))[0]?.items).toBe(51);
    a.resume();
    await waitFor(() => client.liveWriters() === 2, { what: 'the server to be taken back' });
  });

  it('goes to the other server when one has no room', async () => {
    const client = keep(clientOf([a, b]));
    await waitFor(() => client.liveWriters() === 2, { what: 'both servers' });
    await Promise.all(numbered(20).map((text) => client.put('small', Buffer.from(text))));
    const stats = await client.queueStats('small');
    expect(stats.map(({ items }) => items)).toEqual([18, 2]);
  });

  it('waits for a server that comes in time', async () => {
    const client = keep(clientOf([a], { putTimeoutMs: 20_000 }));
    await a.kill();
    const put = client.put('late', Buffer.from('x'));
    await a.restart();
    await expect(put).resolves.toBeUndefined();
  });

  it('rejects with KestrelUnavailable, saying why, when no server takes it in time', async () => {
    const client = keep(clientOf([{ host: '127.0.0.1', port: await freePort() }], { putTimeoutMs: 100 }));
    const error = await client.put('q', Buffer.from('x')).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(KestrelUnavailable);
    expect(error).toMatchObject({ code: 'unavailable', retryable: true });
  });

  it('rejects at once with KestrelOverloaded when too much waits', async () => {
    const nowhere = { host: '127.0.0.1', port: await freePort() };
    const byItems = keep(clientOf([nowhere], { putTimeoutMs: 300, inFlightMax: 2 }));
    const byBytes = keep(clientOf([nowhere], { putTimeoutMs: 300, inFlightBytesMax: 100 }));
    const waiting = [
      byItems.put('q', Buffer.from('1')),
      byItems.put('q', Buffer.from('2')),
      byBytes.put('q', Buffer.alloc(60)),
    ].map((put) => put.catch((error: unknown) => error));
    await expect(byItems.put('q', Buffer.from('3'))).rejects.toBeInstanceOf(KestrelOverloaded);
    await expect(byBytes.put('q', Buffer.alloc(60))).rejects.toBeInstanceOf(KestrelOverloaded);
    for (const error of await Promise.all(waiting)) expect(error).toBeInstanceOf(KestrelUnavailable);
  });

  it('refuses a bad queue name, a large item and anything after close', async () => {
    const client = keep(clientOf([a], { itemBytesMax: 10 }));
    await expect(client.put('a b', Buffer.from('x'))).rejects.toMatchObject({ code: 'invalid_queue' });
    await expect(client.put('q', Buffer.alloc(11))).rejects.toMatchObject({ code: 'item_too_large' });
    await client.close();
    await expect(client.put('q', Buffer.from('x'))).rejects.toMatchObject({ code: 'closed' });
  });

  it('follows the write set as servers come and go', async () => {
    const writeSet = staticServerSet([]);
    const client = keep(clientOf([a, b], { writeSet, putTimeoutMs: 20_000 }));
    const early = client.put('moving', Buffer.from('early'));
    writeSet.set([a]);
    await early;
    writeSet.set([b]);
    await waitFor(() => client.liveWriters() === 1, { what: 'the new server' });
    await client.put('moving', Buffer.from('later'));
    expect((await client.queueStats('moving')).map(({ items }) => items)).toEqual([1, 1]);
  });

  it('deletes a queue on every server it can reach', async () => {
    const nowhere = { host: '127.0.0.1', port: await freePort() };
    const client = keep(clientOf([a, b, nowhere]));
    await waitFor(() => client.liveWriters() === 2, { what: 'both servers' });
    await Promise.all(numbered(10).map((text) => client.put('gone', Buffer.from(text))));
    await client.deleteQueue('gone');
    expect((await client.queueStats('gone')).map(({ items }) => items)).toEqual([0, 0]);
  });
});
