import { EngineError } from '@murmur/engine';
import { createState, decodeTransaction } from '../../src/state/index.js';
import { createWorld, offer, update, type World } from './world.js';

const states = ({ state }: World): string[] => [...state.tasks()].map((task) => task.state).sort();
const counted = (engine: World['engine'], order: RegExp): number =>
  engine.orders.filter((text) => order.test(text)).length;

async function connected(world = createWorld()): Promise<World> {
  world.scheduler.event({ kind: 'connected', frameworkId: 'F' });
  await world.settle();
  return world;
}

async function running(instances: number): Promise<World> {
  const world = await connected();
  world.scheduler.event({ kind: 'offers', offers: [offer('o1', 'A', 4)] });
  await world.create('web', instances);
  for (const { id } of [...world.state.tasks()])
    world.scheduler.event({ kind: 'update', update: update(id, 'running') });
  await world.settle();
  return world;
}

describe('the scheduler between its log and its engine', () => {
  it('launches what was created with all offers of the agent at once', async () => {
    const world = await connected();
    world.scheduler.event({ kind: 'offers', offers: [offer('o1', 'A', 1), offer('o2', 'A', 1)] });
    await world.create('web', 2);
    expect(world.engine.orders).toContain('launch 2 with o1,o2');
    expect(states(world)).toEqual(['ASSIGNED', 'ASSIGNED']);
    const ports = world.engine.launches.map(({ portNames }) => portNames['http']);
    expect(new Set(ports).size).toBe(2);
    expect(world.scheduler.book.size).toBe(0);
  });

  it('launches nothing before the log has it', async () => {
    const world = await connected();
    await world.create('web', 1);
    world.log.held = true;
    world.scheduler.event({ kind: 'offers', offers: [offer('o1', 'A', 4)] });
    await world.settle();
    expect(states(world)).toEqual(['ASSIGNED']);
    expect(counted(world.engine, /^launch/)).toBe(0);
    world.log.release();
    await world.settle();
    expect(counted(world.engine, /^launch/)).toBe(1);
  });

  it('answers a command, and acknowledges an update, only once the log has it', async () => {
    const world = await running(1);
    const acknowledged = counted(world.engine, /^acknowledge/);
    const [task] = [...world.state.tasks()];
    world.log.held = true;
    const answer = world.scheduler.execute(
      { kind: 'kill', job: 'www/test/web', instances: null },
      { name: 'me', reason: null },
    );
    let answered = false;
    void answer.then(() => (answered = true));
    world.scheduler.event({ kind: 'update', update: update(task?.id ?? '', 'killed') });
    await world.settle();
    expect([answered, counted(world.engine, /^acknowledge/), counted(world.engine, /^kill/)]).toEqual([
      ...[false, acknowledged, 0],
    ]);
    world.log.release();
    await world.settle();
    expect([answered, counted(world.engine, /^acknowledge/), counted(world.engine, /^kill/)]).toEqual([
      ...[true, acknowledged + 1, 1],
    ]);
  });

  it('does nothing more once the log has failed, and says so', async () => {
    const world = await running(1);
    world.log.held = true;
    const answer = world.scheduler.execute(
      { kind: 'kill', job: 'www/test/web', instances: null },
      { name: 'me', reason: null },
    );
    world.log.fail(new Error('no space'));
    await expect(answer).rejects.toThrow('no space');
    expect(world.fatal).toHaveLength(1);
    const orders = world.engine.orders.length;
    world.scheduler.event({ kind: 'offers', offers: [offer('o9', 'A', 4)] });
    await world.settle();
    expect(world.engine.orders).toHaveLength(orders);
  });

  it('replaces a task whose launch was surely not taken', async () => {
    const world = await connected();
    world.engine.refusal = new EngineError('not connected', true);
    world.scheduler.event({ kind: 'offers', offers: [offer('o1', 'A', 4)] });
    await world.create('web', 1);
    expect(states(world)).toContain('LOST');
    expect([...world.state.activeOfJob('www/test/web')]).toHaveLength(1);
  });

  it('asks for a task of whose launch nobody knows', async () => {
    const world = await connected();
    world.engine.refusal = new EngineError('no answer', false);
    world.scheduler.event({ kind: 'offers', offers: [offer('o1', 'A', 4)] });
    await world.create('web', 1);
    expect(states(world)).toEqual(['ASSIGNED']);
    world.clock.now += 1_000;
    world.scheduler.tick();
    await world.settle();
    expect(world.engine.orders).toContain('reconcile 1');
  });

  it('asks for every task that has an agent after each connection', async () => {
    const world = await running(3);
    world.scheduler.event({ kind: 'disconnected', reason: 'gone' });
    world.clock.now += 10_000;
    world.scheduler.event({ kind: 'connected', frameworkId: 'F' });
    await world.settle();
    expect(world.engine.orders.at(-1)).toBe('reconcile 3');
  });

  it('forgets its offers when the engine is away', async () => {
    const world = await connected();
    world.scheduler.event({ kind: 'offers', offers: [offer('o1', 'A', 4)] });
    world.scheduler.event({ kind: 'disconnected', reason: 'gone' });
    await world.create('web', 1);
    expect(states(world)).toEqual(['PENDING']);
    expect(world.scheduler.book.size).toBe(0);
  });

  it('tries a group again as soon as an offer comes that it fits', async () => {
    const world = await connected();
    world.scheduler.event({ kind: 'offers', offers: [offer('o0', 'B', 8), offer('o1', 'A', 1)] });
    await world.settle();
    world.scheduler.event({ kind: 'offer-rescinded', offerId: 'o0' });
    await world.create('big', 1, 4);
    const [group] = world.scheduler.groups.waiting();
    expect(group?.refusal?.counts).toEqual({ resource: 1 });
    world.scheduler.event({ kind: 'offers', offers: [offer('o2', 'A', 1)] });
    await world.settle();
    expect(states(world)).toEqual(['PENDING']);
    world.scheduler.event({ kind: 'offers', offers: [offer('o3', 'B', 8)] });
    await world.settle();
    expect(world.engine.orders.at(-1)).toBe('launch 1 with o3');
  });

  it('tries a group again when one of many agents that come at once has room for it', async () => {
    const world = await connected();
    const offers = Array.from({ length: 100 }, (_, i) => offer(`o${i}`, `A${i}`, 1));
    world.scheduler.event({ kind: 'offers', offers: [...offers, offer('x', 'B', 8)] });
    await world.settle();
    world.scheduler.event({ kind: 'offer-rescinded', offerId: 'x' });
    await world.create('big', 1, 4);
    expect(world.scheduler.groups.waiting()[0]?.refusal?.counts).toEqual({ resource: 100 });
    world.scheduler.event({ kind: 'offers', offers });
    await world.settle();
    expect(states(world)).toEqual(['PENDING']);
    world.scheduler.event({ kind: 'offers', offers: [...offers, offer('y', 'B', 8)] });
    await world.settle();
    expect(world.engine.orders.at(-1)).toBe('launch 1 with y');
  });

  it('gives back an offer that it held for its time', async () => {
    const world = await connected();
    world.scheduler.event({ kind: 'offers', offers: [offer('o1', 'A', 4)] });
    world.clock.now += 300_000;
    world.scheduler.tick();
    await world.settle();
    expect(world.engine.orders).toContain('decline o1');
    expect(world.scheduler.book.size).toBe(0);
  });

  it('gives back the offers of a launch that was not taken, again until the engine hears it', async () => {
    const world = await connected();
    world.engine.refusal = new EngineError('no answer', false);
    world.scheduler.event({ kind: 'offers', offers: [offer('o1', 'A', 4), offer('o2', 'A', 1)] });
    await world.create('web', 1);
    const tick = async (): Promise<void> => {
      world.engine.orders.length = 0;
      world.scheduler.tick();
      await world.settle();
    };
    await tick();
    expect(world.engine.orders).toContain('decline o1,o2');
    world.engine.refusal = null;
    await tick();
    expect(world.engine.orders).toContain('decline o1,o2');
    await tick();
    expect(world.engine.orders.filter((order) => order.startsWith('decline'))).toEqual([]);
  });

  it('goes on from its log: pending tasks wait, and running ones are asked for', async () => {
    const before = await running(2);
    await before.create('more', 9);
    const state = createState();
    for (const entry of before.log.entries) state.apply(decodeTransaction(entry));
    const world = createWorld(state);
    expect(world.scheduler.groups.tasks).toBe(9);
    await connected(world);
    expect(world.engine.orders).toEqual(['reconcile 2']);
    expect(state.meta('framework-id')).toBe('F');
  });

  it('ends with its registration, and forgets an id that is over', async () => {
    const world = await connected();
    world.scheduler.event({ kind: 'ended', reason: 'Framework has been removed' });
    await world.settle();
    expect(world.fatal[0]?.message).toContain('Framework has been removed');
    expect(world.state.meta('framework-id')).toBeUndefined();
  });
});
