import { jest } from '@jest/globals';
import { stopAll, waitFor } from '@murmur/testkit';
import { statusEvent, statusOf } from './events.js';
import { startPersisterProcess, startWorld, type World } from './world.js';

jest.setTimeout(120_000);

describe('the persister process', () => {
  let world: World;

  beforeEach(async () => {
    world = await startWorld();
  });
  afterEach(async () => {
    await stopAll();
  });

  it('loses no status when it is killed in the middle of a run and started again', async () => {
    const ns = Array.from({ length: 2000 }, (_, i) => i);
    const count = async (): Promise<number> => (await world.store.counts()).statuses;
    const persister = await startPersisterProcess(world.argv, '--batch-max', '20');
    const events = ns.map((n) => statusEvent(n, Date.now()));
    const first = world.accept(...events.slice(0, 1000));
    await waitFor(async () => (await count()) > 100, { what: 'some statuses', everyMs: 2 });
    await persister.kill();
    await Promise.all([first, world.accept(...events.slice(1000))]);
    expect(await world.waiting()).toBeGreaterThanOrEqual(1000);
    await persister.restart();
    await waitFor(async () => (await count()) === 2000, { what: 'all statuses' });
    const { statuses } = await world.store.statusesByIds(ns.map((n) => statusOf(n).id));
    expect(statuses).toHaveLength(2000);
    await waitFor(async () => (await world.waiting()) === 0, { what: 'the queue to be empty' });
  });

  it('exits 0 on SIGTERM', async () => {
    const persister = await startPersisterProcess(world.argv);
    persister.signal('SIGTERM');
    expect(await persister.exited()).toBe(0);
  });
});
