import { AGENT_LOST_FORGET_MS, AGENT_LOST_TASKS_MS } from '../../src/state/agents-core.js';
import { HISTORY_MIN_MS, HISTORY_MS, HISTORY_PER_JOB_MAX, TRANSIENT_MS } from '../../src/state/due-core.js';
import { TICK_TASKS_MAX } from '../../src/state/tick-core.js';
import { AUDIT_MAX } from '../../src/model/tables.js';
import { HOUR, JOB, jobOf, MINUTE, SECOND, World } from './world.js';
import type { Json } from './world.js';

function running(more: Json = {}): World {
  const world = new World();
  world.create({ instances: 1, ...more });
  world.start();
  return world;
}

describe('a transient state', () => {
  it('ends as LOST, with a kill and a replacement, after five minutes without a word in ASSIGNED', () => {
    const world = new World();
    world.create({ instances: 1 });
    const { id } = world.task();
    world.assign(world.task());
    world.tick(TRANSIENT_MS - 1);
    expect(world.states()).toEqual(['0 ASSIGNED']);
    expect(world.tick(1)).toMatchObject([{ kind: 'kill', taskId: id }]);
    expect(world.state.task(id)).toMatchObject({ state: 'LOST' });
    expect(world.state.task(id)?.events.at(-1)?.message).toBe('No word of it for 300 s in ASSIGNED');
    expect(world.active()).toHaveLength(1);
  });

  it('lasts longer in STARTING, for as long as its health checks allow', () => {
    const world = new World();
    const health = { initial_interval_secs: 600, interval_secs: 10, timeout_secs: 1 };
    world.create({ instances: 1, health_check_config: health });
    world.assign(world.task());
    world.update(world.task().id, 'starting');
    world.tick(TRANSIENT_MS + 621 * SECOND);
    expect(world.task().state).toBe('STARTING');
    world.tick(MINUTE);
    expect(world.states()[1]).toBe('0 LOST');
  });

  it('lasts longer where the task may take its time to end, and a killed one is not replaced', () => {
    const task = { ...jobOf().task, finalization_wait: 600 };
    const world = running({ task });
    world.execute({ kind: 'kill', job: JOB, instances: null });
    world.tick(TRANSIENT_MS + 600 * SECOND - 1);
    expect(world.states()).toEqual(['0 KILLING']);
    world.tick(1);
    expect(world.states()).toEqual(['0 LOST']);
  });

  it('of a restart ends with a replacement', () => {
    const world = running();
    world.execute({ kind: 'restart', job: JOB, instances: null });
    world.tick(TRANSIENT_MS + MINUTE);
    expect(world.states()).toEqual(['0 PENDING', '0 LOST']);
  });

  it('is not held against a task that left it', () => {
    const world = running();
    expect(world.tick(1000 * HOUR)).toEqual([]);
    expect(world.states()).toEqual(['0 RUNNING']);
  });
});

describe('a kill', () => {
  it('is sent again after 15 seconds, doubling, until the task has ended', () => {
    const world = running();
    world.execute({ kind: 'kill', job: JOB, instances: null });
    const sent: number[] = [];
    for (let second = 1; second <= 300; second += 1) {
      if (world.tick(SECOND).length > 0) sent.push(second);
    }
    expect(sent).toEqual([15, 45, 105, 225]);
    world.update(world.task().id, 'killed');
    expect(world.tick(HOUR)).toEqual([]);
  });

  it('is sent at once after a restart of the scheduler, which may not have sent it', () => {
    const world = running();
    world.execute({ kind: 'kill', job: JOB, instances: null });
    world.crash();
    expect(world.tick()).toHaveLength(1);
    expect(world.tick(14 * SECOND)).toHaveLength(0);
    expect(world.tick(SECOND)).toHaveLength(1);
  });
});

describe('history', () => {
  const ended = (world: World) => world.state.tasksOfJob(JOB).filter(({ state }) => state === 'FINISHED');

  it('goes after two days', () => {
    const world = running({ service: false });
    world.update(world.task().id, 'finished');
    world.tick(HISTORY_MS - 1);
    expect(ended(world)).toHaveLength(1);
    world.tick(1);
    expect(world.state.taskCount).toBe(0);
    expect(world.state.jobs()).toEqual([]);
  });

  it('is at most a hundred ended tasks of a job, the newest, but none goes within an hour', () => {
    const more = 5;
    const world = running({ service: false, instances: HISTORY_PER_JOB_MAX + more });
    for (const { id } of world.active()) {
      world.now += SECOND;
      world.update(id, 'finished');
    }
    world.tick(HISTORY_MIN_MS - 200 * SECOND);
    expect(ended(world)).toHaveLength(HISTORY_PER_JOB_MAX + more);
    world.tick(HISTORY_MIN_MS);
    expect(ended(world).map(({ instance }) => instance)[0]).toBe(more);
    expect(ended(world)).toHaveLength(HISTORY_PER_JOB_MAX);
  });

  it('goes also after a restart of the scheduler', () => {
    const world = running({ service: false });
    world.update(world.task().id, 'finished');
    world.crash();
    world.tick(HISTORY_MS);
    expect(world.state.taskCount).toBe(0);
  });

  it('takes with it the configs that no task refers to any more', () => {
    const world = running({ service: false });
    const { configId, id } = world.task();
    world.update(id, 'finished');
    world.tick(HISTORY_MS);
    expect(world.state.config(configId)).toBeUndefined();
  });

  it('of the audit log is bounded', () => {
    const world = new World();
    for (let count = 0; count < AUDIT_MAX + 5; count += 1) {
      world.execute({ kind: 'kill', job: JOB, instances: null });
      world.log = [];
    }
    world.tick();
    const entries = world.state.audit(2 * AUDIT_MAX);
    expect(entries).toHaveLength(AUDIT_MAX);
    expect(entries.at(-1)?.id).toBe('0000000000000006');
  });
});

describe('a tick', () => {
  it('does a bounded part of what is due, and the rest at the next one', () => {
    const world = new World();
    world.create({ instances: TICK_TASKS_MAX + 10 });
    for (const task of world.active()) world.assign(task);
    expect(world.tick(TRANSIENT_MS)).toHaveLength(TICK_TASKS_MAX);
    expect(world.tick()).toHaveLength(10);
    expect(world.active()).toHaveLength(TICK_TASKS_MAX + 10);
  });

  it('writes nothing when nothing is due', () => {
    const world = running();
    const before = world.log.length;
    world.tick(HOUR);
    expect(world.log).toHaveLength(before);
  });

  it('forgets nothing when its transaction fails', () => {
    const world = new World();
    world.create({ instances: 1 });
    world.assign(world.task());
    world.now += TRANSIENT_MS;
    const { newUuid } = world.context;
    const failing = () => {
      throw new Error('no more ids');
    };
    expect(() => world.tickWith({ now: world.now, newUuid: failing })).toThrow('no more ids');
    expect(world.states()).toEqual(['0 ASSIGNED']);
    expect(world.tickWith({ now: world.now, newUuid })).toHaveLength(1);
  });
});

describe('an agent', () => {
  it('is recorded with its attributes and the most that it has', () => {
    const world = new World({ overhead: { cpus: 0.25, memMb: 32, diskMb: 0 } });
    world.seen('a1');
    const { firstSeenAt } = world.state.agent('a1')!;
    world.create({ instances: 2 });
    world.start();
    world.now += HOUR;
    const free = { cpus: 2.5, memMb: 832, diskMb: 992, gpus: 0 };
    const writes = world.log.length;
    world.seen('a1', { free, freePorts: 98 });
    expect(world.log).toHaveLength(writes);
    world.seen('a1', { free: { ...free, memMb: 900 }, attributes: new Map([['rack', ['r2']]]) });
    expect(world.state.agent('a1')).toEqual({
      id: 'a1',
      host: 'host-a1',
      url: null,
      attributes: { rack: ['r2'] },
      mode: 'NONE',
      capacity: { cpus: 4, memMb: 1092, diskMb: 1024, gpus: 0 },
      portCount: 102,
      firstSeenAt,
      lostAt: null,
    });
  });

  it('that is lost takes its tasks with it if they do not tell of themselves', () => {
    const world = running();
    world.seen('a1');
    world.agentLost('a1');
    world.tick(AGENT_LOST_TASKS_MS - 1);
    expect(world.states()).toEqual(['0 RUNNING']);
    world.tick(1);
    expect(world.states()).toEqual(['0 PENDING', '0 LOST']);
    expect(world.state.agent('a1')?.lostAt).not.toBeNull();
  });

  it('that is lost leaves a task that waits for it where it is', () => {
    const world = running({ partition_policy: { reschedule: false } });
    world.seen('a1');
    world.agentLost('a1');
    world.tick(AGENT_LOST_FORGET_MS);
    world.tick(AGENT_LOST_FORGET_MS);
    expect(world.states()).toEqual(['0 PARTITIONED']);
    expect(world.state.agent('a1')).toBeDefined();
  });

  it('is back with its next offer, or when a task on it reports', () => {
    const world = running();
    world.seen('a1');
    for (const back of [() => world.seen('a1'), () => world.update(world.task().id, 'running')]) {
      world.agentLost('a1');
      back();
      expect(world.state.agent('a1')?.lostAt).toBeNull();
      world.tick(HOUR);
      expect(world.states()).toEqual(['0 RUNNING']);
    }
  });

  it('that is lost and has no tasks is forgotten after a week, also by a scheduler that restarted', () => {
    const world = new World();
    world.seen('a1');
    world.agentLost('a1');
    world.tick(HOUR);
    world.crash();
    world.tick(AGENT_LOST_FORGET_MS - HOUR - 1);
    expect(world.state.agent('a1')).toBeDefined();
    world.tick(1);
    expect(world.state.agent('a1')).toBeUndefined();
  });

  it('moves its tasks in the counts of limits when its attributes change', () => {
    const world = running({ instances: 2 });
    world.seen('a1');
    expect(world.state.limitCount(JOB, 'rack', 'r1')).toBe(2);
    expect(world.state.limitCount(JOB, 'host', 'host-a1')).toBe(2);
    world.seen('a1', { attributes: new Map([['rack', ['r2', 'r3']]]) });
    expect(['r1', 'r2', 'r3'].map((rack) => world.state.limitCount(JOB, 'rack', rack))).toEqual([0, 2, 2]);
    world.update(world.task().id, 'killed');
    expect(world.state.limitCount(JOB, 'rack', 'r2')).toBe(1);
  });
});
