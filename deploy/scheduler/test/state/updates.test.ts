import { TASK_STATES as ENGINE_STATES } from '@murmur/engine';
import type { EngineTaskState } from '@murmur/engine';
import { TERMINAL } from '../../src/model/task.js';
import type { TaskState } from '../../src/model/task.js';
import { HOUR, JOB, MINUTE, SECOND, World } from './world.js';
import type { Json } from './world.js';

/** One instance, brought into a state; ended ones without their replacement's id in the way. */
function inState(state: TaskState, more: Json = {}): { world: World; id: string } {
  const world = new World();
  world.create({ instances: 1, ...more });
  const { id } = world.task();
  const placed = () => {
    world.assign(world.task());
    return id;
  };
  const running = () => {
    world.update(placed(), 'running');
    return id;
  };
  switch (state) {
    case 'PENDING':
      break;
    case 'THROTTLED':
      world.update(running(), 'failed');
      return { world, id: world.task().id };
    case 'ASSIGNED':
      placed();
      break;
    case 'STARTING':
      world.update(placed(), 'starting');
      break;
    case 'RUNNING':
      running();
      break;
    case 'PARTITIONED':
      world.update(running(), 'unreachable');
      break;
    case 'RESTARTING':
      running();
      world.execute({ kind: 'restart', job: JOB, instances: null });
      break;
    case 'KILLING':
      running();
      world.execute({ kind: 'kill', job: JOB, instances: null });
      break;
    case 'FINISHED':
    case 'FAILED':
    case 'KILLED':
    case 'LOST':
      world.update(running(), state.toLowerCase() as EngineTaskState);
      break;
    case 'DRAINING':
    case 'PREEMPTING':
      throw new Error('nothing brings a task there yet');
  }
  return { world, id };
}

const WAITS: Json = { partition_policy: { reschedule: false } };
/** What each update makes of a task in each state; `!` asks for a kill, nothing = as it was. */
const TABLE: Readonly<Record<string, Partial<Record<EngineTaskState, string>>>> = {
  ASSIGNED: { starting: 'STARTING', running: 'RUNNING', lost: 'LOST!', error: 'LOST!' },
  STARTING: { running: 'RUNNING' },
  RUNNING: {},
  RESTARTING: { unreachable: 'LOST!', staging: '!', starting: '!', running: '!' },
  KILLING: { unreachable: 'LOST!', staging: '!', starting: '!', running: '!' },
  PARTITIONED: { staging: 'ASSIGNED', starting: 'STARTING', running: 'RUNNING', unreachable: '' },
};
const ENDS: Partial<Record<EngineTaskState, string>> = {
  finished: 'FINISHED',
  failed: 'FAILED',
  killed: 'KILLED',
  error: 'LOST!',
  lost: 'LOST!',
  dropped: 'LOST!',
  gone: 'LOST!',
  unknown: 'LOST!',
  unreachable: 'PARTITIONED',
};
const CASES = Object.keys(TABLE).flatMap((from) =>
  ENGINE_STATES.map((state) => [from, state, { ...ENDS, ...TABLE[from] }[state] ?? ''] as const),
);

describe('an update of the engine', () => {
  it.each(CASES)('%s, %s: %s', (from, state, expected) => {
    const { world, id } = inState(from as TaskState, WAITS);
    const effects = world.update(id, state);
    const to = expected.replace('!', '');
    expect(world.state.task(id)?.state).toBe(to === '' ? from : to);
    expect(effects.map(({ taskId }) => taskId)).toEqual(expected.endsWith('!') ? [id] : []);
    expect(world.illegal()).toBe(0);
  });

  it.each(['PENDING', 'THROTTLED', ...TERMINAL] as const)('kills what runs though it is %s', (from) => {
    for (const state of ENGINE_STATES) {
      const { world, id } = inState(from);
      const before = world.log.length;
      const alive = ['staging', 'starting', 'running'].includes(state);
      expect(world.update(id, state, { agentId: 'a9' })).toEqual(
        alive ? [{ kind: 'kill', taskId: id, agentId: 'a9', graceMs: 30_000 }] : [],
      );
      expect(world.state.task(id)?.state).toBe(from);
      expect(world.log).toHaveLength(before);
    }
  });

  it('kills what runs though nobody knows it, and nothing else of the kind', () => {
    const world = new World();
    expect(world.update('x', 'running', { agentId: 'a1' })).toEqual([
      { kind: 'kill', taskId: 'x', agentId: 'a1', graceMs: null },
    ]);
    expect(world.update('x', 'killing')).toEqual([]);
    expect(world.update('x', 'failed')).toEqual([]);
    expect(world.log).toHaveLength(0);
  });

  it('changes nothing the second time, whatever it was', () => {
    for (const state of ENGINE_STATES) {
      const { world, id } = inState('RUNNING');
      world.update(id, state);
      const before = world.log.length;
      world.update(id, state);
      expect(world.log).toHaveLength(before);
    }
  });

  it.each<[string, Json, EngineTaskState, readonly string[]]>([
    ['a service that finishes', {}, 'finished', ['0 THROTTLED', '0 FINISHED']],
    ['an ad-hoc task that finishes', { service: false }, 'finished', ['0 FINISHED']],
    ['an ad-hoc task that fails for good', { service: false }, 'failed', ['0 FAILED']],
    [
      'an ad-hoc task that may fail again',
      { service: false, max_task_failures: 2 },
      'failed',
      ['0 THROTTLED', '0 FAILED'],
    ],
    ['a task that somebody killed on its agent', { service: false }, 'killed', ['0 THROTTLED', '0 KILLED']],
    ['a lost task', { service: false }, 'gone', ['0 THROTTLED', '0 LOST']],
  ])('of %s', (_what, more, state, expected) => {
    const { world, id } = inState('RUNNING', more);
    world.update(id, state);
    expect(world.states()).toEqual(expected);
  });

  it('has a service that finished while its agent was away run again', () => {
    const { world, id } = inState('PARTITIONED', WAITS);
    world.now += HOUR;
    world.update(id, 'finished');
    expect(world.states()).toEqual(['0 PENDING', '0 FINISHED']);
  });

  it('counts failures along the replacements, up to max_task_failures', () => {
    const world = new World();
    world.create({ instances: 1, service: false, max_task_failures: 3 });
    for (const failures of [1, 2]) {
      world.start();
      const { id } = world.task();
      world.now += HOUR;
      world.update(id, 'failed');
      expect(world.task()).toMatchObject({ state: 'PENDING', ancestorId: id, failureCount: failures });
    }
    world.start();
    world.update(world.task().id, 'failed');
    expect(world.active()).toEqual([]);
  });

  it('holds a flapping instance back, longer each time, until it runs for a while', () => {
    const world = new World();
    world.create({ instances: 1 });
    for (const seconds of [30, 60, 120, 240, 300, 300]) {
      world.start();
      world.update(world.task().id, 'failed');
      expect(world.task()).toMatchObject({
        state: 'THROTTLED',
        throttledUntil: world.now + seconds * SECOND,
      });
      world.tick(seconds * SECOND - 1);
      expect(world.task().state).toBe('THROTTLED');
      world.tick(1);
      expect(world.task()).toMatchObject({ state: 'PENDING', throttledUntil: null });
    }
    world.start();
    world.now += 5 * MINUTE;
    world.update(world.task().id, 'failed');
    expect(world.task()).toMatchObject({ state: 'PENDING', flaps: 0 });
  });

  it('holds it back as the scheduler was told to, where that is not the default', () => {
    const world = new World({
      flap: { thresholdMs: 10 * SECOND, penaltyMs: SECOND, penaltyMaxMs: 3 * SECOND },
    });
    world.create({ instances: 1 });
    for (const penaltyMs of [SECOND, 2 * SECOND, 3 * SECOND]) {
      world.start();
      world.update(world.task().id, 'failed');
      expect(world.task().throttledUntil).toBe(world.now + penaltyMs);
      world.tick(penaltyMs);
    }
    world.start();
    world.now += 10 * SECOND;
    world.update(world.task().id, 'failed');
    expect(world.task().state).toBe('PENDING');
  });

  it('says in plain words that a task used too much', () => {
    const { world, id } = inState('RUNNING');
    world.update(id, 'failed', { reason: 'memory-limit', message: '70 MB of 64 MB' });
    expect(world.state.task(id)?.events.at(-1)?.message).toBe(
      'It used more memory than it asked for and was ended: 70 MB of 64 MB',
    );
  });

  it('keeps a message that is too long to a bound', () => {
    const { world, id } = inState('RUNNING');
    world.update(id, 'failed', { message: 'x'.repeat(5000) });
    expect(world.state.task(id)?.events.at(-1)?.message).toHaveLength(1000);
  });

  it('keeps at most 40 events, the first and the newest', () => {
    const { world, id } = inState('RUNNING', WAITS);
    for (let round = 0; round < 40; round += 1) {
      world.update(id, 'unreachable');
      world.update(id, round % 2 === 0 ? 'starting' : 'running');
    }
    const events = world.state.task(id)?.events ?? [];
    expect(events.length).toBeLessThanOrEqual(40);
    expect(events[0]?.state).toBe('PENDING');
  });

  it('keeps an agent that comes and goes as one RUNNING and the last PARTITIONED', () => {
    const { world, id } = inState('RUNNING', WAITS);
    for (let round = 0; round < 5; round += 1) {
      world.now += SECOND;
      world.update(id, 'unreachable');
      world.update(id, 'running');
    }
    const states = world.state.task(id)?.events.map(({ state }) => state);
    expect(states).toEqual(['PENDING', 'ASSIGNED', 'RUNNING', 'PARTITIONED', 'RUNNING']);
  });
});

describe('a partition', () => {
  it('is a loss at once by default, and the instance does not wait for having flapped', () => {
    const { world, id } = inState('RUNNING');
    expect(world.update(id, 'unreachable')).toMatchObject([{ taskId: id }]);
    expect(world.states()).toEqual(['0 PENDING', '0 LOST']);
    expect(world.update(id, 'running')).toMatchObject([{ taskId: id }]);
  });

  it('is waited for as long as the config says', () => {
    const { world, id } = inState('RUNNING', { partition_policy: { delay_secs: 90 } });
    world.update(id, 'unreachable');
    world.tick(90 * SECOND - 1);
    expect(world.states()).toEqual(['0 PARTITIONED']);
    world.tick(1);
    expect(world.states()).toEqual(['0 PENDING', '0 LOST']);
  });

  it('is over when the task is heard of again', () => {
    const { world, id } = inState('RUNNING', { partition_policy: { delay_secs: 90 } });
    world.update(id, 'unreachable');
    world.update(id, 'running');
    world.tick(HOUR);
    expect(world.states()).toEqual(['0 RUNNING']);
  });

  it('is waited for for ever where the config says so', () => {
    const { world, id } = inState('RUNNING', WAITS);
    world.update(id, 'unreachable');
    world.tick(1000 * HOUR);
    expect(world.states()).toEqual(['0 PARTITIONED']);
  });
});

describe('a launch that was not taken', () => {
  it('is a loss that asks for no kill', () => {
    const { world, id } = inState('ASSIGNED');
    expect(world.launchFailed(world.task(), 'no such offer')).toEqual([]);
    expect(world.states()).toEqual(['0 THROTTLED', '0 LOST']);
    expect(world.state.task(id)?.events.at(-1)?.message).toBe('It was not started: no such offer');
  });

  it('is the end of a task that was to be killed meanwhile, and nothing to one that runs', () => {
    const { world } = inState('ASSIGNED');
    world.execute({ kind: 'kill', job: JOB, instances: null });
    world.launchFailed(world.task());
    expect(world.states()).toEqual(['0 KILLED']);
    const other = inState('RUNNING').world;
    other.launchFailed(other.task());
    expect(other.states()).toEqual(['0 RUNNING']);
  });
});

describe('assign', () => {
  it('is for pending tasks only', () => {
    const { world, id } = inState('ASSIGNED');
    expect(world.assign(world.task(), 'a2')).toBe(false);
    expect(world.state.task(id)?.placement?.agentId).toBe('a1');
    expect(world.illegal()).toBe(0);
  });
});
