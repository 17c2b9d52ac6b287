import { jest } from '@jest/globals';
import { staticServerSet } from '@murmur/discovery';
import { stopAll, waitFor, type TestProcess } from '@murmur/testkit';
import type { ConsumeOptions, KestrelClient } from '../src/index.js';
import { clientOf, collect, startKestrel } from './kestrel.js';

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `item-${i}`);
const base = { batchMax: 100, monitorMs: 1000, retryDelayMs: 10 } as const;

jest.setTimeout(60_000);

describe('a consumer of real Kestrels', () => {
  let a: TestProcess;
  let b: TestProcess;
  const clients: KestrelClient[] = [];
  const keep = (client: KestrelClient): KestrelClient => {
    clients.push(client);
    return client;
  };
  const fill = async (server: TestProcess, queue: string, texts: readonly string[]): Promise<void> => {
    const client = clientOf([server]);
    await Promise.all(texts.map((text) => client.put(queue, Buffer.from(text))));
    await client.close();
  };
  const depth = async (server: TestProcess, queue: string): Promise<number | undefined> =>
    (await keep(clientOf([server])).queueStats(queue))[0]?.items;

  beforeEach(async () => {
    [a, b] = await Promise.all([startKestrel(), startKestrel({ maxOpenTransactions: 3 })]);
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await stopAll();
  });

  it('hands out a backlog in order, in bounded batches, one at a time, and confirms it for good', async () => {
    await fill(a, 'q', numbered(1000));
    const client = keep(clientOf([a]));
    const texts: string[] = [];
    const sizes: number[] = [];
    let running = 0;
    const consumer = client.consume({
      ...base,
      queue: 'q',
      handle: async (batch) => {
        running += 1;
        expect(running).toBe(1);
        await new Promise(setImmediate);
        texts.push(...batch.map(String));
        sizes.push(batch.length);
        running -= 1;
      },
    });
    await waitFor(() => texts.length === 1000, { what: 'all items' });
    await consumer.stop();
    expect(texts).toEqual(numbered(1000));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(base.batchMax);
    await a.restart();
    expect(await depth(a, 'q')).toBe(0);
  });

  it('hands out an item as it arrives, long before its monitor ends', async () => {
    const client = keep(clientOf([a]));
    const { texts } = collect(client, 'q');
    const slow = client.consume({
      ...base,
      queue: 'slow',
      monitorMs: 3_600_000,
      handle: (batch) => {
        texts.push(...batch.map(String));
        return Promise.resolve();
      },
    });
    await waitFor(() => slow.liveServers() === 1, { what: 'the reader' });
    await client.put('slow', Buffer.from('now'));
    await waitFor(() => texts.includes('now'), { what: 'the item' });
    await slow.stop();
  });

  it('drains all servers at once: one that hangs in its handler does not hold up the other', async () => {
    await Promise.all([fill(a, 'q', ['stuck']), fill(b, 'q', numbered(10))]);
    const client = keep(clientOf([a, b]));
    const texts: string[] = [];
    let release: () => void = () => undefined;
    const stuck = new Promise<void>((resolve) => (release = resolve));
    client.consume({
      ...base,
      queue: 'q',
      handle: async (batch) => {
        if (String(batch[0]) === 'stuck') await stuck;
        texts.push(...batch.map(String));
      },
    });
    await waitFor(() => texts.length === 10, { what: 'the items of the other server' });
    expect(texts).not.toContain('stuck');
    release();
    await waitFor(() => texts.length === 11, { what: 'the stuck one' });
  });

  it('works on a server that allows fewer open reads than a batch', async () => {
    await fill(b, 'q', numbered(20));
    const { texts } = collect(keep(clientOf([b])), 'q');
    await waitFor(() => texts.length === 20, { what: 'all items' });
    expect(texts).toEqual(numbered(20));
  });

  it('gives a rejected batch back and gets it again', async () => {
    await fill(a, 'q', numbered(30));
    const texts: string[] = [];
    let failures = 3;
    keep(clientOf([a])).consume({
      ...base,
      queue: 'q',
      handle: (batch) => {
        if (failures-- > 0) return Promise.reject(new Error('not now'));
        texts.push(...batch.map(String));
        return Promise.resolve();
      },
    });
    await waitFor(() => texts.length === 30, { what: 'all items' });
    expect(new Set(texts)).toEqual(new Set(numbered(30)));
    expect(failures).toBeLessThan(0);
  });

  it('gets open items again after the server was killed and restarted', async () => {
    await fill(a, 'q', numbered(10));
    const client = keep(clientOf([a]));
    const tries: string[][] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    client.consume({
      ...base,
      queue: 'q',
      handle: async (batch) => {
        tries.push(batch.map(String));
        if (tries.length === 1) await held;
      },
    });
    await waitFor(() => tries.length === 1, { what: 'the first batch' });
    await a.restart();
    release();
    await waitFor(() => new Set(tries.slice(1).flat()).size === 10, { what: 'the items once more' });
  });

  it('notices a server that fell silent, and reads on when it is back', async () => {
    const client = keep(clientOf([a]));
    const { texts } = collect(client, 'q');
    await client.put('q', Buffer.from('before'));
    await waitFor(() => texts.includes('before'), { what: 'the first item' });
    const warnings: string[] = [];
    const watching = keep(
      clientOf([a], { log: { info: () => undefined, warn: (_, text) => warnings.push(text) } }),
    );
    const other = collect(watching, 'other');
    await waitFor(() => watching.liveWriters() === 1, { what: 'the client' });
    a.pause();
    await waitFor(() => warnings.includes('kestrel connection lost'), { what: 'the silence to be noticed' });
    a.resume();
    await watching.put('other', Buffer.from('after'));
    await waitFor(() => other.texts.includes('after'), { what: 'the item after' });
  });

  it('finishes the batch in hand when it is stopped, confirms it, and returns the rest', async () => {
    await fill(a, 'q', numbered(50));
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const handled: string[] = [];
    const options: ConsumeOptions = {
      ...base,
      batchMax: 10,
      queue: 'q',
      handle: async (batch) => {
        await held;
        handled.push(...batch.map(String));
      },
    };
    const consumer = keep(clientOf([a])).consume(options);
    await waitFor(async () => ((await depth(a, 'q')) ?? 50) <= 40, { what: 'open items' });
    const stopped = consumer.stop();
    release();
    await stopped;
    expect(handled.length).toBeGreaterThan(0);
    expect(handled.length).toBeLessThanOrEqual(10);
    await waitFor(async () => (await depth(a, 'q')) === 50 - handled.length, { what: 'the rest to return' });
  });

  it('follows the read set as servers come and go', async () => {
    await Promise.all([fill(a, 'q', ['from a']), fill(b, 'q', ['from b'])]);
    const readSet = staticServerSet([]);
    const client = keep(clientOf([a], { readSet }));
    const { texts } = collect(client, 'q');
    readSet.set([a]);
    await waitFor(() => texts.includes('from a'), { what: 'the item of the first server' });
    readSet.set([b]);
    await waitFor(() => texts.includes('from b'), { what: 'the item of the second server' });
    await fill(a, 'q', ['unread']);
    await waitFor(async () => (await depth(a, 'q')) === 1, { what: 'the first server to be left alone' });
  });
});
