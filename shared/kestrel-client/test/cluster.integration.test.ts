/** Several real Kestrels, of which any one may go. */
import { jest } from '@jest/globals';
import { staticServerSet, type StaticServerSet } from '@murmur/discovery';
import { connectWire, stopAll, waitFor, type TestProcess } from '@murmur/testkit';
import { createKestrelClient, type KestrelClient, type KestrelClientOptions } from '../src/index.js';
import { clientOf, collect, startKestrel } from './kestrel.js';
import { QUIET } from './rude.js';

const numbered = (count: number, prefix = 'item'): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

jest.setTimeout(180_000);

describe('a cluster of three Kestrels', () => {
  let servers: TestProcess[];
  let readSet: StaticServerSet;
  let writeSet: StaticServerSet;
  const clients: KestrelClient[] = [];
  const keep = (client: KestrelClient): KestrelClient => {
    clients.push(client);
    return client;
  };
  const cluster = (bounds: Partial<KestrelClientOptions> = {}): KestrelClient =>
    keep(createKestrelClient({ readSet, writeSet, log: QUIET, putTimeoutMs: 30_000, ...bounds }));
  const endpoints = (list: readonly TestProcess[]): { host: string; port: number }[] =>
    list.map(({ host, port }) => ({ host, port }));
  const itemsOn = async (server: TestProcess, queue: string): Promise<number> => {
    const one = clientOf([server]);
    const [stats] = await one.queueStats(queue);
    await one.close();
    return stats?.items ?? -1;
  };
  const fill = async (server: TestProcess, queue: string, texts: readonly string[]): Promise<void> => {
    const one = clientOf([server], { putTimeoutMs: 30_000 });
    await Promise.all(texts.map((text) => one.put(queue, Buffer.from(text))));
    await one.close();
  };
  const setStatus = async (server: TestProcess, status: string): Promise<void> => {
    const wire = await connectWire(server.port);
    await wire.send(`status ${status}\r\nstatus\r\n`);
    await wire.expect(`END\r\n${status.toUpperCase()}\r\n`);
    wire.close();
  };
  /** Puts without end, a few at a time, until `stop`; answers what was acknowledged. */
  const load = (client: KestrelClient, queue: string) => {
    const acknowledged: string[] = [];
    let stopping = false;
    let next = 0;
    let failed = 0;
    const worker = async (): Promise<void> => {
      while (!stopping) {
        const text = `load-${next++}`;
        try {
          await client.put(queue, Buffer.from(text));
          acknowledged.push(text);
        } catch {
          failed += 1;
        }
        await new Promise(setImmediate);
      }
    };
    const workers = Array.from({ length: 20 }, worker);
    const more = async (count: number): Promise<void> => {
      const goal = acknowledged.length + count;
      await waitFor(() => acknowledged.length >= goal, { what: `${count} more puts`, timeoutMs: 60_000 });
    };
    const stop = async (): Promise<void> => {
      stopping = true;
      await Promise.all(workers);
    };
    return { acknowledged, failed: () => failed, more, stop };
  };

  beforeEach(async () => {
    servers = await Promise.all([startKestrel(), startKestrel(), startKestrel()]);
    readSet = staticServerSet(endpoints(servers));
    writeSet = staticServerSet(endpoints(servers));
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await stopAll();
  });

  it('gets an even part of the puts each, whether they come one by one or in bursts of any size', async () => {
    const client = cluster();
    await waitFor(() => client.liveWriters() === 3, { what: 'all servers' });
    for (let i = 0; i < 900; i++) await client.put('single', Buffer.from('x'));
    for (let i = 0; i < 100; i++)
      await Promise.all(numbered(15 + (i % 20)).map((text) => client.put('bursts', Buffer.from(text))));
    for (const [queue, total] of [
      ['single', 900],
      ['bursts', 2450],
    ] as const) {
      const counts = (await client.queueStats(queue)).map(({ items }) => items);
      expect(counts.reduce((a, b) => a + b, 0)).toBe(total);
      expect(Math.min(...counts)).toBeGreaterThan(total / 3 / 1.5);
    }
  });

  it('loses nothing acknowledged, and stops for nobody, when each in turn is killed and comes back', async () => {
    const client = cluster();
    const { texts } = collect(client, 'kills');
    const stored = load(client, 'stored');
    const read = load(client, 'kills');
    await stored.more(500);
    for (const server of servers) {
      await server.kill();
      await Promise.all([stored.more(300), read.more(300)]);
      await server.restart();
      await Promise.all([stored.more(300), read.more(300)]);
    }
    await Promise.all([stored.stop(), read.stop()]);
    expect([stored.failed(), read.failed()]).toEqual([0, 0]);
    // What the journals say, after all of them were killed.
    await Promise.all(servers.map((server) => server.restart()));
    const again = collect(client, 'stored');
    const missing = (acknowledged: readonly string[], got: readonly string[]): number => {
      const set = new Set(got);
      return acknowledged.filter((text) => !set.has(text)).length;
    };
    await waitFor(
      () => missing(stored.acknowledged, again.texts) === 0 && missing(read.acknowledged, texts) === 0,
      { what: 'every acknowledged item', timeoutMs: 60_000, everyMs: 100 },
    );
  });

  it('puts and reads on while one is stopped for seconds, and has its items when it goes on', async () => {
    const client = cluster();
    const { texts } = collect(client, 'stopped');
    const puts = load(client, 'stopped');
    await puts.more(300);
    const [stopped] = servers as [TestProcess];
    stopped.pause();
    await waitFor(() => client.liveWriters() === 2, { what: 'the stopped one to be given up' });
    const before = texts.length;
    await puts.more(1000);
    await waitFor(() => texts.length > before + 500, { what: 'items of the others' });
    stopped.resume();
    await waitFor(() => client.liveWriters() === 3, { what: 'it to be taken back' });
    await puts.more(300);
    await puts.stop();
    expect(puts.failed()).toBe(0);
    await waitFor(() => new Set(texts).size >= puts.acknowledged.length, { what: 'all items' });
    expect(new Set(texts)).toEqual(new Set(puts.acknowledged));
  });

  it('puts nothing on one that has left the write set, and drains it', async () => {
    const client = cluster();
    await waitFor(() => client.liveWriters() === 3, { what: 'all servers' });
    const [readOnly] = servers as [TestProcess];
    const underWay = numbered(600).map((text) => client.put('left', Buffer.from(text)));
    writeSet.set(endpoints(servers.slice(1)));
    expect(client.liveWriters()).toBe(2);
    await Promise.all(underWay);
    await setStatus(readOnly, 'readOnly');
    const left = await itemsOn(readOnly, 'left');
    await Promise.all(numbered(100, 'later').map((text) => client.put('left', Buffer.from(text))));
    expect(await itemsOn(readOnly, 'left')).toBe(left);
    expect(left).toBeGreaterThan(0);
    const { texts } = collect(client, 'left');
    await waitFor(() => texts.length === 700, { what: 'all items' });
    expect(new Set(texts).size).toBe(700);
    await waitFor(async () => (await itemsOn(readOnly, 'left')) === 0, { what: 'it to be empty' });
    await setStatus(readOnly, 'up');
    writeSet.set(endpoints(servers));
    await waitFor(() => client.liveWriters() === 3, { what: 'it to be back' });
    await Promise.all(numbered(100).map((text) => client.put('back', Buffer.from(text))));
    expect(await itemsOn(readOnly, 'back')).toBeGreaterThan(20);
  });

  it('takes puts elsewhere that one refuses whose status changed before the set did', async () => {
    const client = cluster({ reconnectMinMs: 5, reconnectMaxMs: 50 });
    await waitFor(() => client.liveWriters() === 3, { what: 'all servers' });
    const [blocked] = servers as [TestProcess];
    await setStatus(blocked, 'readOnly');
    for (let i = 0; i < 200; i++) await client.put('blocked', Buffer.from('x'));
    expect(client.liveWriters()).toBe(2);
    expect(await itemsOn(blocked, 'blocked')).toBe(0);
    await setStatus(blocked, 'up');
    await waitFor(() => client.liveWriters() === 3, { what: 'it to be back' });
  });

  it('loses and confirms nothing wrongly when one goes quiescent in the middle of reading', async () => {
    const [quiet, , other] = servers as [TestProcess, TestProcess, TestProcess];
    await Promise.all([fill(quiet, 'quiet', numbered(2000)), fill(other, 'quiet', numbered(500, 'other'))]);
    const client = cluster({ reconnectMinMs: 5, reconnectMaxMs: 50 });
    const handled: string[] = [];
    client.consume({
      queue: 'quiet',
      batchMax: 50,
      monitorMs: 1000,
      retryDelayMs: 10,
      handle: async (batch) => {
        await new Promise(setImmediate);
        handled.push(...batch.map(String));
      },
    });
    await waitFor(() => handled.length > 200, { what: 'some items', everyMs: 1 });
    await setStatus(quiet, 'quiescent');
    readSet.set(endpoints(servers.slice(1)));
    await waitFor(() => handled.filter((text) => text.startsWith('other')).length === 500, {
      what: 'the items of the other',
    });
    await setStatus(quiet, 'up');
    readSet.set(endpoints(servers));
    await waitFor(() => new Set(handled).size === 2500, { what: 'all items' });
    await waitFor(async () => (await itemsOn(quiet, 'quiet')) === 0, { what: 'it to be empty' });
    // Once more come at the most those that were open when it went quiescent.
    expect(handled.length).toBeLessThanOrEqual(2500 + 50);
  });

  it('drains servers with unequal backlogs at once: none waits for another to be empty', async () => {
    const [large, middle, small] = servers as [TestProcess, TestProcess, TestProcess];
    await Promise.all([
      fill(large, 'fair', numbered(9000, 'large')),
      fill(middle, 'fair', numbered(900, 'middle')),
      fill(small, 'fair', numbered(90, 'small')),
    ]);
    const client = cluster();
    const got = new Map<string, number>();
    const atEnd = new Map<string, number>();
    const sizes: Record<string, number> = { large: 9000, middle: 900, small: 90 };
    client.consume({
      queue: 'fair',
      batchMax: 20,
      monitorMs: 1000,
      retryDelayMs: 10,
      handle: async (batch) => {
        await new Promise(setImmediate);
        const from = String(batch[0]).split('-')[0] as string;
        got.set(from, (got.get(from) ?? 0) + batch.length);
        if (got.get(from) === sizes[from]) atEnd.set(from, got.get('large') ?? 0);
      },
    });
    await waitFor(() => got.get('large') === 9000, { what: 'all items', timeoutMs: 60_000 });
    expect(got.get('middle')).toBe(900);
    expect(atEnd.get('small')).toBeLessThan(4500);
    expect(atEnd.get('middle')).toBeLessThan(9000);
    expect(atEnd.get('middle')).toBeGreaterThan(90);
  });

  it('has no more items in hand on all together than a consumer allows', async () => {
    await Promise.all(servers.map((server, i) => fill(server, 'hand', numbered(300, `s${i}`))));
    const client = cluster();
    let inHand = 0;
    let most = 0;
    let handled = 0;
    const open: number[] = [];
    client.consume({
      queue: 'hand',
      batchMax: 100,
      inHandMax: 12,
      monitorMs: 1000,
      retryDelayMs: 10,
      handle: async (batch) => {
        most = Math.max(most, (inHand += batch.length));
        open.push(batch.length);
        await new Promise(setImmediate);
        inHand -= batch.length;
        handled += batch.length;
      },
    });
    await waitFor(() => handled === 900, { what: 'all items', timeoutMs: 60_000 });
    expect(most).toBeLessThanOrEqual(12);
    expect(Math.max(...open)).toBeLessThanOrEqual(4);
  });

  it('hands one server to one call at a time, even if it leaves the set and comes back meanwhile', async () => {
    const [one] = servers as [TestProcess];
    readSet.set(endpoints([one]));
    await fill(one, 'twice', numbered(10));
    const client = cluster();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let running = 0;
    let most = 0;
    const texts: string[] = [];
    client.consume({
      queue: 'twice',
      batchMax: 4,
      monitorMs: 1000,
      retryDelayMs: 10,
      handle: async (batch) => {
        most = Math.max(most, (running += 1));
        await held;
        running -= 1;
        texts.push(...batch.map(String));
      },
    });
    await waitFor(() => running === 1, { what: 'the first batch' });
    readSet.set([]);
    readSet.set(endpoints([one]));
    readSet.set([]);
    readSet.set(endpoints([one]));
    await waitFor(async () => (await itemsOn(one, 'twice')) >= 6, {
      what: 'the first reader to read no more',
    });
    release();
    await waitFor(() => new Set(texts).size === 10, { what: 'all items' });
    expect(most).toBe(1);
  });
});
