import { jest } from '@jest/globals';
import { decodeEvent, encodeEvent, QUEUES, type Event } from '@murmur/model';
import { silentLog, type RunningService } from '@murmur/service';
import { stopAll, waitFor } from '@murmur/testkit';
import { startPersister } from '../src/index.js';
import { deleteEvent, followEvent, statusEvent, statusOf } from './events.js';
import { optionsOf, startWorld, type World } from './world.js';

jest.setTimeout(120_000);

describe('a persister on real Kestrels and MariaDB', () => {
  let world: World;
  let persister: RunningService | null = null;

  const start = async (...flags: string[]): Promise<RunningService> =>
    (persister = await startPersister(optionsOf([...world.argv, ...flags]), { log: silentLog() }));
  const persisted = async (ns: readonly number[]): Promise<boolean> => {
    const { statuses } = await world.store.statusesByIds(ns.map((n) => statusOf(n).id));
    return statuses.length === ns.length;
  };
  const get = async (path: string): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${persister?.port ?? 0}${path}`);
    return `${answer.status} ${await answer.text()}`;
  };
  /** What a queue has given, and gives from now on. */
  const read = (queue: string): string[] => {
    const got: string[] = [];
    world.client.consume({
      queue,
      batchMax: 100,
      monitorMs: 1000,
      retryDelayMs: 10,
      handle: (batch) => {
        got.push(...batch.map((payload) => payload.toString('latin1')));
        return Promise.resolve();
      },
    });
    return got;
  };

  beforeAll(async () => {
    world = await startWorld();
  });
  afterEach(async () => {
    await persister?.stop();
    persister = null;
  });
  afterAll(async () => {
    await stopAll();
  });

  it('persists every status once, however often it comes', async () => {
    const ns = Array.from({ length: 300 }, (_, i) => i);
    const events = ns.map((n) => statusEvent(n, Date.now()));
    await start();
    await world.accept(...events, ...events.slice(0, 50), followEvent(Date.now()));
    await waitFor(() => persisted(ns), { what: 'all statuses' });
    const { statuses } = await world.store.statusesByIds([statusOf(5).id]);
    expect(statuses).toEqual([statusOf(5)]);
    expect(await get('/health')).toBe('200 ok');
    await waitFor(async () => /rows_total\{kind="status"\} 350/.test(await get('/metrics')), {
      what: 'the rows to be counted',
    });
    expect((await world.store.counts()).statuses).toBe(300);
    await persister?.stop();
    expect(await world.waiting()).toBe(0);
  });

  it('leaves a status deleted whose delete came first', async () => {
    await start();
    await world.accept(deleteEvent(1000, Date.now()));
    const deleted = async (): Promise<boolean> =>
      (await world.store.statusesByIds([statusOf(1000).id])).deleted.length === 1;
    await waitFor(deleted, { what: 'the tombstone' });
    await world.accept(statusEvent(1000, Date.now()), statusEvent(1001, Date.now()));
    await waitFor(() => persisted([1001]), { what: 'the other status' });
    await persister?.stop();
    expect(await world.waiting()).toBe(0);
    expect(await deleted()).toBe(true);
  });

  it('puts what it cannot read and what MySQL refuses into poison, and goes on', async () => {
    const refused = statusEvent(2002, Date.now(), { language: 'x'.repeat(500) });
    await world.client.put(QUEUES.persist, Buffer.from('rubbish'));
    await world.accept(
      statusEvent(2000, Date.now()),
      statusEvent(2001, Date.now()),
      refused,
      deleteEvent(2001, Date.now()),
      statusEvent(2003, Date.now()),
    );
    await start();
    const poison = read(QUEUES.poison);
    await waitFor(() => persisted([2000, 2003]), { what: 'the good ones' });
    await waitFor(() => poison.length === 2, { what: 'the two bad ones' });
    const items = poison.map((text) => JSON.parse(text) as { reason: string; payload: string });
    const payloads = items.map(({ payload }) => Buffer.from(payload, 'base64'));
    expect(payloads).toContainEqual(Buffer.from('rubbish'));
    expect(payloads).toContainEqual(encodeEvent(refused));
    expect(items.map(({ reason }) => reason).join()).toMatch(/version/);
    expect(items.map(({ reason }) => reason).join()).toMatch(/language/);
    const metrics = await get('/metrics');
    expect(metrics).toMatch(/murmur_persister_poison_total\{cause="undecodable"\} 1/);
    expect(metrics).toMatch(/murmur_persister_poison_total\{cause="refused"\} 1/);
  });

  it('fans a late status out once more, to homes only', async () => {
    const fanout = read(QUEUES.fanout);
    const late = statusEvent(3000, Date.now() - 60_000);
    await start();
    await world.accept(late, statusEvent(3001, Date.now() + 3_600_000));
    const again = { ...late, push: false } as Event;
    const events = (): Event[] => fanout.map((text) => decodeEvent(Buffer.from(text, 'latin1')));
    await waitFor(() => events().some((event) => 'push' in event && !event.push), { what: 'the second' });
    expect(events().filter((event) => 'push' in event && !event.push)).toEqual([again]);
    expect(await persisted([3000, 3001])).toBe(true);
  });

  it('persists everything after MariaDB was away, and says why it waits', async () => {
    const ns = Array.from({ length: 100 }, (_, i) => 4000 + i);
    await start('--retry-max-ms', '200');
    await waitFor(async () => (await get('/health')) === '200 ok', { what: 'health' });
    await world.mariaDb.kill();
    await world.accept(...ns.map((n) => statusEvent(n, Date.now())));
    await waitFor(async () => (await get('/health')).startsWith('503 MySQL is not available'), {
      what: 'health to say why',
    });
    const metrics = await get('/metrics');
    expect(metrics).toMatch(/murmur_persister_queue_items\{server="127.0.0.1:\d+"\} \d+/);
    expect(metrics).toMatch(/murmur_persister_current_lag_seconds [^0]/);
    await world.mariaDb.restart();
    await waitFor(() => persisted(ns), { what: 'all statuses' });
    await waitFor(async () => (await get('/health')) === '200 ok', { what: 'health again' });
  });

  it('stops while MariaDB is away, and the next one persists what it held', async () => {
    await start();
    await waitFor(async () => (await get('/health')) === '200 ok', { what: 'health' });
    await world.mariaDb.kill();
    await world.accept(statusEvent(5000, Date.now()));
    await waitFor(async () => (await get('/health')).startsWith('503'), { what: 'trouble' });
    await persister?.stop();
    await waitFor(async () => (await world.waiting()) === 1, { what: 'the event to be back in its queue' });
    await world.mariaDb.restart();
    await start();
    await waitFor(() => persisted([5000]), { what: 'the status' });
  });
});
