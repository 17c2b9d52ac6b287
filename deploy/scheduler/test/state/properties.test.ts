import { TASK_STATES as ENGINE_STATES } from '@murmur/engine';
import type { EngineTaskState } from '@murmur/engine';
import fc from 'fast-check';
import { isActive } from '../../src/model/task.js';
import type { Task } from '../../src/model/task.js';
import { createDecisions, createState } from '../../src/state/index.js';
import { contents, decoded, JOB, limits, recovered, World } from './world.js';

/**
 * A scheduler and an engine that does whatever it likes: updates of any kind for any task that ever was, in any order, twice or never.
 * Beside it a model that knows only which instances are wanted, by what the commands said.
 */
type Step =
  | { readonly do: 'create' | 'crash' | 'snapshot' | 'start' }
  | { readonly do: 'kill' | 'restart'; readonly instances: readonly number[] | null }
  | { readonly do: 'add'; readonly instance: number; readonly count: number }
  | { readonly do: 'scale'; readonly to: number }
  | { readonly do: 'assign' | 'launch-failed'; readonly pick: number; readonly agent: number }
  | { readonly do: 'update'; readonly pick: number; readonly state: EngineTaskState }
  | { readonly do: 'agent-seen' | 'agent-lost'; readonly agent: number }
  | { readonly do: 'tick'; readonly ms: number };

const number = (max: number) => fc.integer({ min: 0, max });
const some = fc.option(fc.uniqueArray(number(7), { minLength: 1, maxLength: 3 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom<Step>({ do: 'create' }) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ do: 'crash' }, { do: 'snapshot' }) },
  { weight: 3, arbitrary: fc.constant<Step>({ do: 'start' }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('kill' as const, 'restart' as const), instances: some }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('add' as const), instance: number(7), count: number(2) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('scale' as const), to: number(6) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('assign' as const, 'launch-failed' as const),
      pick: number(1000),
      agent: number(2),
    }),
  },
  {
    weight: 16,
    arbitrary: fc.record({
      do: fc.constant('update' as const),
      pick: number(1000),
      state: fc.constantFrom(...ENGINE_STATES),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('agent-seen' as const, 'agent-lost' as const),
      agent: number(2),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('tick' as const),
      ms: fc.constantFrom(0, 1000, 20_000, 61_000, 400_000, 7_200_000, 200_000_000, 700_000_000),
    }),
  },
);

class Model {
  readonly world = new World();
  readonly #service: boolean;
  readonly #partition: object;
  /** Instances that somebody wants. */
  readonly wanted = new Set<number>();
  /** Every id that ever was, also of those that are gone. */
  readonly #ids = ['nobody'];
  #base: readonly Uint8Array[] = [];

  constructor(service: boolean, partition: object) {
    this.#service = service;
    this.#partition = partition;
  }

  play(one: Step): void {
    const { world } = this;
    this.#step(one);
    for (const { id } of world.state.tasksOfJob(JOB)) if (!this.#ids.includes(id)) this.#ids.push(id);
  }

  #step(one: Step): void {
    const { world } = this;
    switch (one.do) {
      case 'create': {
        const more = { instances: 3, service: this.#service, partition_policy: this.#partition };
        this.#want(world.create(more), true);
        return;
      }
      case 'kill':
        this.#want(world.execute({ kind: 'kill', job: JOB, instances: one.instances }), false);
        return;
      case 'restart':
        world.execute({ kind: 'restart', job: JOB, instances: one.instances });
        return;
      case 'add':
        this.#want(world.execute({ kind: 'add', job: JOB, instance: one.instance, count: one.count }), true);
        return;
      case 'scale': {
        const grows = one.to > world.active().filter(({ state }) => state !== 'KILLING').length;
        this.#want(world.execute({ kind: 'scale', job: JOB, instances: one.to }), grows);
        return;
      }
      case 'assign': {
        const pending = [...world.state.tasksInState('PENDING')];
        const task = pending[one.pick % Math.max(1, pending.length)];
        if (task !== undefined) world.assign(task, `a${one.agent}`);
        return;
      }
      case 'launch-failed': {
        const task = this.#pick(one.pick);
        if (task !== undefined) world.launchFailed(task);
        return;
      }
      case 'update': {
        const id = this.#ids[one.pick % this.#ids.length] ?? 'nobody';
        world.update(id, one.state);
        return;
      }
      case 'start':
      case 'tick':
      case 'agent-seen':
      case 'agent-lost':
      case 'snapshot':
      case 'crash':
        this.#pass(one);
    }
  }

  #pass(one: Step): void {
    const { world } = this;
    if (one.do === 'start') world.start(JOB, 'a1');
    else if (one.do === 'tick') world.tick(one.ms);
    else if (one.do === 'agent-seen') world.seen(`a${one.agent}`);
    else if (one.do === 'agent-lost') world.agentLost(`a${one.agent}`);
    else if (one.do === 'snapshot') {
      this.#base = [...world.state.snapshotChunks()];
      world.log = [];
    } else if (one.do === 'crash') this.#crash();
  }

  /** The rebuilt state is the live one; the scheduler goes on with it. */
  #crash(): void {
    const state = createState();
    for (const chunk of this.#base) state.loadChunk(chunk);
    for (const transaction of decoded(this.world.log)) state.apply(transaction);
    expect(contents(state)).toEqual(contents(this.world.state));
    this.world.use(state);
  }

  #want(outcome: ReturnType<World['create']>, wanted: boolean): void {
    if (!outcome.ok) return;
    for (const instance of outcome.instances) {
      if (wanted) this.wanted.add(instance);
      else this.wanted.delete(instance);
    }
  }

  #pick(index: number): Task | undefined {
    const tasks = this.world.state.tasksOfJob(JOB);
    return tasks[index % Math.max(1, tasks.length)];
  }

  check(): void {
    expect([...this.#problems()]).toEqual([]);
  }

  /** Everything at once: an `expect` for each task of each step would take most of the time. */
  *#problems(): Generator<string> {
    const { state } = this.world;
    const active = [...state.tasks()].filter(isActive);
    const sorted = (list: readonly (number | string)[]) => [...list].sort().join(' ');
    const numbers = active.map(({ instance }) => instance);
    if (new Set(numbers).size !== numbers.length) yield `doubled: ${sorted(numbers)}`;
    const listed = state.activeOfJob(JOB).map(({ id }) => id);
    if (sorted(listed) !== sorted(active.map(({ id }) => id))) yield `listed: ${sorted(listed)}`;
    const staying = active.filter(({ state: now }) => now !== 'KILLING').map(({ instance }) => instance);
    const wanted = sorted([...this.wanted]);
    if (this.#service && sorted(staying) !== wanted) yield `${sorted(staying)} stay, ${wanted} are wanted`;
    for (const instance of staying) if (!this.wanted.has(instance)) yield `nobody wants ${instance}`;
    for (const [key, expected, count] of limits(state)) {
      if (count !== expected) yield `limit ${key}: ${count} counted, ${expected} there`;
    }
    for (const task of state.tasks()) {
      const waits = task.state === 'PENDING' || task.state === 'THROTTLED';
      if (task.events.at(-1)?.state !== task.state) yield `${task.id}: its last event`;
      if ((task.throttledUntil !== null) !== (task.state === 'THROTTLED')) yield `${task.id}: throttledUntil`;
      if ((task.placement === null) !== waits) yield `${task.id}: its placement`;
      if (state.config(task.configId) === undefined) yield `${task.id}: its config`;
    }
  }
}

const policy = fc.constantFrom(
  { reschedule: true, delay_secs: 0 },
  { reschedule: true, delay_secs: 30 },
  { reschedule: false, delay_secs: 0 },
);

describe('whatever an engine says, and however often the scheduler dies', () => {
  it('each wanted instance of a service has exactly one task that has not ended', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), policy, (steps, partition) => {
        const model = new Model(true, partition);
        model.play({ do: 'create' });
        for (const one of steps) {
          model.play(one);
          model.check();
        }
        model.play({ do: 'crash' });
      }),
      { numRuns: 500 },
    );
  });

  it('no instance of an ad-hoc job runs that nobody wants, and none runs twice', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), policy, (steps, partition) => {
        const model = new Model(false, partition);
        for (const one of steps) {
          model.play(one);
          model.check();
        }
        model.play({ do: 'crash' });
      }),
      { numRuns: 300 },
    );
  });

  it('a service comes to rest with all its instances running once the engine behaves', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const model = new Model(true, { reschedule: true, delay_secs: 0 });
        model.play({ do: 'create' });
        for (const one of steps) model.play(one);
        const { world } = model;
        for (let round = 0; round < 8; round += 1) {
          for (const { taskId } of world.tick(400_000)) world.update(taskId, 'killed');
          world.start();
        }
        const running = world.active().filter(({ state }) => state === 'RUNNING');
        expect(running.map(({ instance }) => instance).sort()).toEqual([...model.wanted].sort());
        expect(world.active()).toHaveLength(model.wanted.size);
      }),
      { numRuns: 300 },
    );
  });

  it('a scheduler that restarted asks for everything that was still to be done', () => {
    const world = new World();
    world.create();
    world.start();
    world.execute({ kind: 'kill', job: JOB, instances: [0] });
    world.execute({ kind: 'restart', job: JOB, instances: [1] });
    const state = recovered(world.log);
    const decisions = createDecisions();
    decisions.reset(state, world.now);
    const { result } = state.transact(world.now, (tx) => decisions.tick(tx, world.context));
    expect(result.map(({ taskId }) => state.task(taskId)?.state).sort()).toEqual(['KILLING', 'RESTARTING']);
  });
});
