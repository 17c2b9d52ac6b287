import { AGENT_LOST_FORGET_MS, AGENT_UNSEEN_MS } from '../../src/state/agents-core.js';
import { HEARING_MS, KILL_RESEND_MS, TRANSIENT_MS } from '../../src/state/due-core.js';
import { HOUR, JOB, MINUTE, SECOND, World } from './world.js';
import type { Json } from './world.js';

const ROOM = { cpus: 4, memMb: 1024, diskMb: 1024, gpus: 0 };

function started(more: Json = {}): World {
  const world = new World();
  world.seen('a1', { free: ROOM });
  world.create({ instances: 1, ...more });
  world.start();
  return world;
}

describe('an agent that a connection finds', () => {
  it('is no larger for a task that ended meanwhile, of which its first offer comes before the news', () => {
    const world = started();
    world.crash();
    world.connected();
    world.seen('a1', { free: ROOM });
    expect(world.state.agent('a1')).toMatchObject({ capacity: ROOM, portCount: 100 });
    world.update(world.task().id, 'failed');
    world.seen('a1', { free: ROOM });
    expect(world.state.agent('a1')).toMatchObject({ capacity: ROOM, portCount: 100 });
  });

  it('has what is free and what its tasks hold, once they are known to run', () => {
    const world = started();
    world.connected();
    world.update(world.task().id, 'running');
    world.seen('a1', { free: { ...ROOM, cpus: 7.5 }, freePorts: 149 });
    expect(world.state.agent('a1')).toMatchObject({ capacity: { cpus: 8 }, portCount: 150 });
  });
});

describe('an agent that a connection does not find', () => {
  it('is lost where it has no tasks, and forgotten: the engine told of it while nobody listened', () => {
    const world = started();
    for (const id of ['a2', 'a3']) world.seen(id);
    world.crash();
    world.connected();
    world.seen('a2');
    world.tick(AGENT_UNSEEN_MS - 1);
    expect([...world.state.agents()].filter(({ lostAt }) => lostAt !== null)).toEqual([]);
    world.tick(1);
    const lost = [...world.state.agents()].filter(({ lostAt }) => lostAt !== null);
    expect(lost.map(({ id }) => id)).toEqual(['a3']);
    world.tick(AGENT_LOST_FORGET_MS);
    expect([...world.state.agents()].map(({ id }) => id)).toEqual(['a1', 'a2']);
    expect(world.states()).toEqual(['0 RUNNING']);
  });

  it('is not lost when its tasks tell of themselves', () => {
    const world = started();
    world.connected();
    world.update(world.task().id, 'running');
    world.update(world.task().id, 'failed');
    world.tick(AGENT_UNSEEN_MS);
    expect(world.state.agent('a1')?.lostAt).toBeNull();
  });
});

describe('time-outs after a connection', () => {
  it('leave a task alone that became healthy while nobody listened, until its agent is back and says so', () => {
    const world = new World();
    world.create({ instances: 1 });
    world.assign(world.task());
    world.update(world.task().id, 'starting');
    world.now += HOUR;
    world.connected();
    expect(world.tick(10 * SECOND)).toEqual([]);
    world.update(world.task().id, 'running');
    expect(world.tick(HOUR)).toEqual([]);
    expect(world.states()).toEqual(['0 RUNNING']);
  });

  it('leave one alone whose agent comes back within its delay', () => {
    const world = started({ partition_policy: { delay_secs: 60 } });
    world.update(world.task().id, 'unreachable');
    world.now += HOUR;
    world.connected();
    world.tick(10 * SECOND);
    world.update(world.task().id, 'running');
    world.tick(HOUR);
    expect(world.states()).toEqual(['0 RUNNING']);
  });

  it('end one of which there is still no word after a minute', () => {
    const world = new World();
    world.create({ instances: 1 });
    world.assign(world.task());
    world.now += TRANSIENT_MS;
    world.connected();
    world.tick(HEARING_MS - 1);
    expect(world.states()).toEqual(['0 ASSIGNED']);
    world.tick(1);
    expect(world.states()).toEqual(['0 PENDING', '0 LOST']);
  });

  it('do not keep a kill from being sent again, once each time', () => {
    const world = started();
    world.execute({ kind: 'kill', job: JOB, instances: null });
    world.now += 10 * MINUTE;
    world.connected();
    expect(world.tick()).toHaveLength(1);
    expect(world.tick(KILL_RESEND_MS)).toEqual([]);
    expect(world.tick(KILL_RESEND_MS)).toHaveLength(1);
    world.tick(HEARING_MS);
    expect(world.states()).toEqual(['0 LOST']);
  });
});
