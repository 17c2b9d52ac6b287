/** Reading from several real Kestrels at once. */
import { jest } from '@jest/globals';
import { stopAll, waitFor, type TestProcess } from '@murmur/testkit';
import { endpoints, fill, itemsOn, numbered, setStatus, startHouse, type House } from './cluster.js';

jest.setTimeout(180_000);

describe('a cluster of three Kestrels', () => {
  let house: House;
  beforeEach(async () => {
    house = await startHouse();
  });
  afterEach(stopAll);

  it('loses and confirms nothing wrongly when one goes quiescent in the middle of reading', async () => {
    const [quiet, , other] = house.servers as [TestProcess, TestProcess, TestProcess];
    await Promise.all([fill(quiet, 'quiet', numbered(2000)), fill(other, 'quiet', numbered(500, 'other'))]);
    const client = house.client({ reconnectMinMs: 5, reconnectMaxMs: 50 });
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
    house.readSet.set(endpoints(house.servers.slice(1)));
    await waitFor(() => handled.filter((text) => text.startsWith('other')).length === 500, {
      what: 'the items of the other',
    });
    await setStatus(quiet, 'up');
    house.readSet.set(endpoints(house.servers));
    await waitFor(() => new Set(handled).size === 2500, { what: 'all items' });
    await waitFor(async () => (await itemsOn(quiet, 'quiet')) === 0, { what: 'it to be empty' });
    // Once more come at the most those that were open when it went quiescent.
    expect(handled.length).toBeLessThanOrEqual(2500 + 50);
  });

  it('drains servers with unequal backlogs at once: none waits for another to be empty', async () => {
    const [large, middle, small] = house.servers as [TestProcess, TestProcess, TestProcess];
    await Promise.all([
      fill(large, 'fair', numbered(9000, 'large')),
      fill(middle, 'fair', numbered(900, 'middle')),
      fill(small, 'fair', numbered(90, 'small')),
    ]);
    const client = house.client();
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
    await Promise.all(house.servers.map((server, i) => fill(server, 'hand', numbered(300, `s${i}`))));
    const client = house.client();
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
    const [one] = house.servers as [TestProcess];
    house.readSet.set(endpoints([one]));
    await fill(one, 'twice', numbered(10));
    const client = house.client();
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
    house.readSet.set([]);
    house.readSet.set(endpoints([one]));
    house.readSet.set([]);
    house.readSet.set(endpoints([one]));
    await waitFor(async () => (await itemsOn(one, 'twice')) >= 6, {
      what: 'the first reader to read no more',
    });
    release();
    await waitFor(() => new Set(texts).size === 10, { what: 'all items' });
    expect(most).toBe(1);
  });
});
