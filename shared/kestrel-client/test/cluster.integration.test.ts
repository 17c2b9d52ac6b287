/** Several real Kestrels, of which any one may go. */
import { jest } from '@jest/globals';
import { stopAll, waitFor, type TestProcess } from '@murmur/testkit';
import { endpoints, itemsOn, load, numbered, setStatus, startHouse, type House } from './cluster.js';
import { collect } from './kestrel.js';

jest.setTimeout(180_000);

describe('a cluster of three Kestrels', () => {
  let house: House;
  beforeEach(async () => {
    house = await startHouse();
  });
  afterEach(stopAll);

  it('gets an even part of the puts each, whether they come one by one or in bursts of any size', async () => {
    const client = house.client();
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
    const client = house.client();
    const { texts } = collect(client, 'kills');
    const stored = load(client, 'stored');
    const read = load(client, 'kills');
    await stored.more(500);
    for (const server of house.servers) {
      await server.kill();
      await Promise.all([stored.more(300), read.more(300)]);
      await server.restart();
      await Promise.all([stored.more(300), read.more(300)]);
    }
    await Promise.all([stored.stop(), read.stop()]);
    expect([stored.failed(), read.failed()]).toEqual([0, 0]);
    // What the journals say, after all of them were killed.
    await Promise.all(house.servers.map((server) => server.restart()));
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
    const client = house.client();
    const { texts } = collect(client, 'stopped');
    const puts = load(client, 'stopped');
    await puts.more(300);
    const [stopped] = house.servers as [TestProcess];
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
    const client = house.client();
    await waitFor(() => client.liveWriters() === 3, { what: 'all servers' });
    const [readOnly] = house.servers as [TestProcess];
    const underWay = numbered(600).map((text) => client.put('left', Buffer.from(text)));
    house.writeSet.set(endpoints(house.servers.slice(1)));
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
    house.writeSet.set(endpoints(house.servers));
    await waitFor(() => client.liveWriters() === 3, { what: 'it to be back' });
    await Promise.all(numbered(100).map((text) => client.put('back', Buffer.from(text))));
    expect(await itemsOn(readOnly, 'back')).toBeGreaterThan(20);
  });

  it('takes puts elsewhere that one refuses whose status changed before the set did', async () => {
    const client = house.client({ reconnectMinMs: 5, reconnectMaxMs: 50 });
    await waitFor(() => client.liveWriters() === 3, { what: 'all servers' });
    const [blocked] = house.servers as [TestProcess];
    await setStatus(blocked, 'readOnly');
    for (let i = 0; i < 200; i++) await client.put('blocked', Buffer.from('x'));
    expect(client.liveWriters()).toBe(2);
    expect(await itemsOn(blocked, 'blocked')).toBe(0);
    await setStatus(blocked, 'up');
    await waitFor(() => client.liveWriters() === 3, { what: 'it to be back' });
  });
});
