import { markGone, tickAgents, removeAgent } from '../../src/master/agents-core.js';
import { deactivate, drain, reactivate } from '../../src/master/drain-core.js';
import {
  bringDown,
  bringUp,
  setSchedule,
  validateModeChange,
  validateSchedule,
} from '../../src/master/maintenance-core.js';
import { maintenanceChange, restoreState } from '../../src/master/restore-core.js';
import { acknowledge } from '../../src/master/tasks-core.js';
import { scalar } from '../../src/resources/index.js';
import { CPUS_4, PLAIN, UUID, createCluster, frameworkInfo, scalarOf, taskOf } from './harness.js';

type Cluster = ReturnType<typeof createCluster>;

/** Time passes, and with it every ping that is due, until five were missed. */
function silence(c: Cluster): void {
  for (let i = 0; i < 6; i++) {
    c.advance(15_000);
    c.turn(tickAgents);
  }
}

const free = (c: Cluster, agentId: string): number =>
  scalar(c.allocator.agents.get(agentId)?.free ?? [], 'cpus');

describe('registration', () => {
  it('gives an id, tells ping times, and what the agent has can be offered', () => {
    const c = createCluster();
    const { framework } = c.subscribe();
    const { agent, streamId } = c.hello();
    expect(agent).toMatchObject({ id: 'm1-S0', connected: true, active: true, registeredAt: 1_000_000 });
    expect(c.messages(streamId)).toMatchObject([
      {
        type: 'SUBSCRIBED',
        agent_info: { id: { value: 'm1-S0' } },
        ping_interval: { nanoseconds: 15e9 },
        ping_timeout: { nanoseconds: 75e9 },
      },
    ]);
    c.allocate();
    expect(framework.offers.size).toBe(1);
    expect(c.hello().agent.id).toBe('m1-S1');
  });

  it('of an agent with tasks of a framework that nobody knows makes it known, waiting for its scheduler', () => {
    const c = createCluster();
    const info = frameworkInfo({ id: { value: 'm0-0003' } });
    const task = {
      name: 't1',
      task_id: { value: 't1' },
      framework_id: { value: 'm0-0003' },
      agent_id: { value: 'm0-S0' },
      state: 'TASK_RUNNING' as const,
      resources: [{ ...scalarOf('cpus', 1), allocation_info: { role: 'prod' } }],
    };
    const { agent } = c.hello({ info: { id: { value: 'm0-S0' } }, tasks: [task], frameworks: [info] });
    const framework = c.state.frameworks.get('m0-0003');
    expect(framework).toMatchObject({ recovered: true, connected: false });
    expect(free(c, agent.id)).toBe(3);
    const { streamId } = c.subscribe({ id: { value: 'm0-0003' } });
    expect(framework).toMatchObject({ recovered: false, connected: true });
    expect([...(framework?.tasks.keys() ?? [])]).toEqual(['t1']);
    expect(c.types(streamId)).toEqual(['SUBSCRIBED', 'HEARTBEAT']);
  });

  it('is refused with SHUTDOWN when the agent is gone or its machine down', () => {
    const c = createCluster();
    const { agent } = c.hello();
    c.turn((turn) => {
      markGone(turn, agent.id);
    });
    const again = c.hello({ info: { id: { value: agent.id } } });
    expect(c.messages(again.streamId)).toEqual([{ type: 'SHUTDOWN', message: 'Agent has been marked gone' }]);
    expect(c.ended(again.streamId)).toBe(true);
    expect(c.state.agents.size).toBe(0);
  });

  it('on a second stream replaces the first, whose end means nothing', () => {
    const c = createCluster();
    const { agent, streamId } = c.hello();
    const second = c.hello({ info: { id: { value: agent.id } }, pid: agent.pid });
    expect(second.agent).toBe(agent);
    expect(c.ended(streamId)).toBe(true);
    expect(agent).toMatchObject({ connected: true, streamId: second.streamId });
  });

  it('with other resources rescinds the offers made of the old ones', () => {
    const c = createCluster();
    const { streamId, framework } = c.subscribe();
    const { agent } = c.hello();
    c.allocate();
    c.hello({ info: { id: { value: agent.id } }, total_resources: [...CPUS_4, scalarOf('gpus', 1)] });
    expect(c.types(streamId)).toContain('RESCIND');
    expect(framework.offers.size).toBe(0);
    expect(scalar(agent.total, 'gpus')).toBe(1);
  });

  it('of a new agent at the address of one that is away replaces it', () => {
    const c = createCluster();
    const { agent } = c.hello();
    c.breakAgent(agent);
    const { agent: next } = c.hello({ pid: agent.pid });
    expect([...c.state.agents.keys()]).toEqual([next.id]);
    expect(c.state.counters.get('master/slave_removals/reason_registered')).toBe(1);
  });
});

describe('an agent whose stream broke', () => {
  it('is not offered, its offers are rescinded; checkpointed tasks wait, others are lost at once', () => {
    const c = createCluster();
    const keeps = c.running({}, 't1');
    const loses = c.subscribe({ checkpoint: false });
    const { agent } = keeps;
    const task = taskOf(loses.framework, agent, 'l1');
    c.hello({
      info: { id: { value: agent.id } },
      tasks: [...keeps.framework.tasks.values(), task],
      frameworks: [],
    });
    c.advance(10_000);
    c.allocate();
    c.clear();
    c.breakAgent(agent);
    expect(agent).toMatchObject({ connected: false, active: false });
    expect(c.types(keeps.streamId).concat(c.types(loses.streamId))).toContain('RESCIND');
    expect([...keeps.framework.tasks.keys()]).toEqual(['t1']);
    expect(c.statuses(loses.streamId)).toMatchObject([
      {
        task_id: { value: 'l1' },
        state: 'TASK_LOST',
        reason: 'REASON_AGENT_DISCONNECTED',
        source: 'SOURCE_MASTER',
        message: 'Agent h1 disconnected',
      },
    ]);
    c.allocate();
    expect(c.state.offers.size).toBe(0);
  });

  it('that returns agrees with the master: lost launches are dropped, unknown tasks taken over, ended ones freed', () => {
    const c = createCluster();
    const { framework, streamId, agent } = c.running({}, 'launched', 'running', 'ended');
    c.breakAgent(agent);
    c.clear();
    c.hello({
      info: { id: { value: agent.id } },
      tasks: [
        taskOf(framework, agent, 'running'),
        taskOf(framework, agent, 'ended', { state: 'TASK_FINISHED' }),
        taskOf(framework, agent, 'stranger'),
      ],
      frameworks: [framework.info],
    });
    expect([...framework.tasks.keys()].sort()).toEqual(['ended', 'running', 'stranger']);
    expect(c.statuses(streamId).map((s) => [s.task_id.value, s.state, s.reason])).toEqual([
      ['stranger', 'TASK_RUNNING', 'REASON_AGENT_REREGISTERED'],
      ['launched', 'TASK_DROPPED', 'REASON_RECONCILIATION'],
    ]);
    expect(framework.tasks.get('running')?.state).toBe('TASK_RUNNING');
    expect(free(c, agent.id)).toBe(2);
  });
});

describe('an agent that does not answer pings', () => {
  it.each([
    ['TASK_UNREACHABLE', {}],
    ['TASK_LOST', PLAIN],
  ])('is unreachable after five: its tasks are %s', (state, given) => {
    const c = createCluster();
    const { framework, streamId, agent, agentStream } = c.running(given, 't1');
    c.advance(10_000);
    c.allocate();
    c.clear();
    silence(c);
    expect(c.messages(agentStream).filter((message) => message.type === 'PING')).toHaveLength(5);
    expect(c.types(streamId)).toEqual(['UPDATE', 'RESCIND', 'FAILURE']);
    expect(c.statuses(streamId)[0]).toMatchObject({
      state,
      source: 'SOURCE_MASTER',
      reason: 'REASON_AGENT_REMOVED',
      message: 'health check timed out',
      unreachable_time: { nanoseconds: c.now() * 1e6 },
    });
    expect(c.events(streamId).at(-1)).toEqual({
      type: 'FAILURE',
      failure: { agent_id: { value: agent.id } },
    });
    expect(c.ended(agentStream)).toBe(true);
    expect([...framework.unreachableTasks.keys()]).toEqual(['t1']);
    expect(c.state.unreachableAgents.has(agent.id)).toBe(true);
    expect(c.effects).toContainEqual(
      expect.objectContaining({
        type: 'STORE',
        change: { type: 'AGENT_UNREACHABLE', info: agent.info, at: c.now() },
      }),
    );
    const back = c.hello({
      info: { id: { value: agent.id } },
      tasks: [taskOf(framework, agent, 't1')],
      frameworks: [framework.info],
    });
    const last = c.statuses(streamId).at(-1);
    expect(last).toMatchObject({ state: 'TASK_RUNNING', reason: 'REASON_AGENT_REREGISTERED' });
    expect(last).not.toHaveProperty('uuid');
    expect(framework.unreachableTasks.size).toBe(0);
    expect(framework.tasks.get('t1')?.state).toBe('TASK_RUNNING');
    expect(c.state.unreachableAgents.size).toBe(0);
    expect(free(c, back.agent.id)).toBe(3);
  });

  it('a word from it in time begins the count anew', () => {
    const c = createCluster();
    const { agent } = c.hello();
    for (let i = 0; i < 20; i++) {
      c.advance(15_000);
      c.turn(tickAgents);
      if (i % 4 === 3) agent.pingsMissed = 0;
    }
    expect(c.state.agents.has(agent.id)).toBe(true);
  });

  it('that comes back without its tasks makes them gone for who asks', () => {
    const c = createCluster();
    const { framework, agent } = c.running({}, 't1');
    silence(c);
    c.hello({ info: { id: { value: agent.id } }, frameworks: [framework.info] });
    expect(framework.unreachableTasks.size).toBe(0);
    expect(framework.completedTasks.map((task) => task.state)).toEqual(['TASK_UNREACHABLE']);
  });
});

describe('what the operator does', () => {
  it.each([
    [{}, 'TASK_GONE_BY_OPERATOR', 'REASON_AGENT_REMOVED_BY_OPERATOR'],
    [PLAIN, 'TASK_LOST', 'REASON_AGENT_REMOVED'],
  ])('gone: an agent is shut down for good (%j)', (given, state, reason) => {
    const c = createCluster();
    const { agent, agentStream, streamId } = c.running(given, 't1');
    c.clear();
    c.turn((turn) => {
      markGone(turn, agent.id);
    });
    expect(c.messages(agentStream)).toEqual([{ type: 'SHUTDOWN', message: 'Agent has been marked gone' }]);
    expect(c.statuses(streamId)).toMatchObject([{ state, reason }]);
    expect(c.state.goneAgents.has(agent.id)).toBe(true);
  });

  it('gone: tasks of an agent that is unreachable are over', () => {
    const c = createCluster();
    const { framework, agent, streamId } = c.running({}, 't1');
    silence(c);
    c.clear();
    c.turn((turn) => {
      markGone(turn, agent.id);
    });
    expect(c.statuses(streamId)).toMatchObject([{ state: 'TASK_GONE_BY_OPERATOR' }]);
    expect(framework.completedTasks).toHaveLength(1);
  });

  it('drain: tasks are killed, say so, and when the last is acknowledged the agent is drained until reactivated', () => {
    const c = createCluster();
    const { framework, agent, agentStream, streamId } = c.running({}, 't1');
    c.clear();
    c.turn((turn) => {
      drain(turn, agent, { max_grace_period: { nanoseconds: 1e9 } });
    });
    expect(c.messages(agentStream)).toMatchObject([
      { type: 'KILL', kill_policy: { grace_period: { nanoseconds: 1e9 } } },
    ]);
    expect(agent).toMatchObject({ active: false, deactivated: true, drain: { state: 'DRAINING' } });
    c.update(agent, framework, { task_id: { value: 't1' }, state: 'TASK_KILLED', uuid: UUID });
    expect(c.statuses(streamId)).toMatchObject([
      { state: 'TASK_KILLED', reason: 'REASON_AGENT_DRAINING', uuid: UUID },
    ]);
    const agent_id = { value: agent.id };
    c.turn((turn) => {
      acknowledge(turn, framework, { agent_id, task_id: { value: 't1' }, uuid: UUID });
    });
    expect(agent.drain?.state).toBe('DRAINED');
    c.turn((turn) => {
      reactivate(turn, agent);
    });
    expect(agent).toMatchObject({ active: true, deactivated: false, drain: null });
  });

  it('drain with mark_gone: a partition aware framework hears GONE_BY_OPERATOR, and the agent is gone', () => {
    const c = createCluster();
    const { framework, agent, streamId } = c.running({}, 't1');
    c.turn((turn) => {
      drain(turn, agent, { mark_gone: true });
    });
    c.update(agent, framework, { task_id: { value: 't1' }, state: 'TASK_KILLED', uuid: UUID });
    expect(c.statuses(streamId).at(-1)?.state).toBe('TASK_GONE_BY_OPERATOR');
    c.turn((turn) => {
      acknowledge(turn, framework, { agent_id: { value: agent.id }, task_id: { value: 't1' }, uuid: UUID });
    });
    expect(c.state.goneAgents.has(agent.id)).toBe(true);
  });

  it('deactivate: no offers, tasks stay', () => {
    const c = createCluster();
    const { framework, agent } = c.running({}, 't1');
    c.turn((turn) => {
      deactivate(turn, agent);
    });
    c.advance(10_000);
    c.allocate();
    expect(framework.offers.size).toBe(0);
    expect(framework.tasks.size).toBe(1);
  });

  it('machine down: its agents go, and may not come back until it is up', () => {
    const c = createCluster();
    const { agent, agentStream, streamId } = c.running({}, 't1');
    const ids = [{ hostname: 'h1', ip: '127.0.0.1' }];
    expect(validateModeChange(c.state, ids, 'DRAINING')).toContain('is not part of a maintenance schedule');
    c.turn((turn) => {
      setSchedule(turn, { windows: [{ machine_ids: ids, unavailability: { start: { nanoseconds: 1 } } }] });
    });
    expect(validateModeChange(c.state, ids, 'DOWN')).toContain('is not in DOWN mode');
    expect(validateModeChange(c.state, ids, 'DRAINING')).toBeNull();
    c.turn((turn) => {
      bringDown(turn, ids);
    });
    expect(c.messages(agentStream).at(-1)).toMatchObject({ type: 'SHUTDOWN' });
    expect(c.statuses(streamId).at(-1)).toMatchObject({ state: 'TASK_LOST', reason: 'REASON_AGENT_REMOVED' });
    expect(validateSchedule(c.state, {})).toContain('is deactivated and cannot be removed');
    const refused = c.hello({ info: { id: { value: agent.id } } });
    expect(c.messages(refused.streamId)).toEqual([{ type: 'SHUTDOWN', message: 'Machine is `DOWN`' }]);
    c.turn((turn) => {
      bringUp(turn, ids);
    });
    expect(c.state.maintenance.windows).toEqual([]);
    expect(c.hello().agent.active).toBe(true);
  });

  it.each([
    [{ windows: [{ unavailability: { start: { nanoseconds: 1 } } }] }, 'List of machines'],
    [{ windows: [{ machine_ids: [{}], unavailability: { start: { nanoseconds: 1 } } }] }, 'are empty'],
    [
      {
        windows: [
          {
            machine_ids: [{ hostname: 'a' }, { hostname: 'A' }],
            unavailability: { start: { nanoseconds: 1 } },
          },
        ],
      },
      'appears more than once',
    ],
    [
      {
        windows: [
          {
            machine_ids: [{ hostname: 'a' }],
            unavailability: { start: { nanoseconds: 1 }, duration: { nanoseconds: -1 } },
          },
        ],
      },
      "'duration' is negative",
    ],
  ])('a schedule that cannot be is refused: %j', (schedule, message) => {
    expect(validateSchedule(createCluster().state, schedule)).toContain(message);
  });

  it('an agent that says good-bye is removed, its tasks are lost', () => {
    const c = createCluster();
    const { agent, streamId } = c.running({}, 't1');
    c.turn((turn) => {
      removeAgent(turn, agent, 'the agent unregistered', 'unregistered');
    });
    expect(c.statuses(streamId).at(-1)).toMatchObject({
      state: 'TASK_LOST',
      message: 'Agent h1 removed: the agent unregistered',
    });
  });
});

describe('after a failover of the master', () => {
  const info = { hostname: 'h1', port: 5051, resources: CPUS_4, id: { value: 'm0-S0' } };
  const empty = {
    agents: [],
    unreachable: [],
    gone: [],
    deactivated: [],
    weights: [],
    schedule: {},
    machines: [],
  };

  it('agents of the registry may come back, quietly; the others are unreachable in the end', () => {
    const c = createCluster();
    c.turn((turn) => {
      restoreState(turn, {
        ...empty,
        agents: [info, { ...info, id: { value: 'm0-S1' } }],
        deactivated: [{ agentId: 'm0-S0', drain: null }],
        weights: [{ role: 'prod', weight: 2 }],
      });
    });
    const framework = frameworkInfo({ id: { value: 'm0-0000' } });
    const { streamId } = c.subscribe({ id: { value: 'm0-0000' } });
    c.clear();
    const task = {
      name: 't1',
      task_id: { value: 't1' },
      framework_id: { value: 'm0-0000' },
      agent_id: { value: 'm0-S0' },
      state: 'TASK_RUNNING' as const,
    };
    const { agent } = c.hello({ info, tasks: [task], frameworks: [framework] });
    expect(agent).toMatchObject({ deactivated: true, active: false, reregisteredAt: 1_000_000 });
    expect(c.types(streamId)).toEqual([]);
    expect(c.state.frameworks.get('m0-0000')?.tasks.size).toBe(1);
    agent.nextPingAt = Infinity;
    c.advance(600_000);
    c.turn(tickAgents);
    expect(c.state.unreachableAgents.has('m0-S1')).toBe(true);
    expect(c.events(streamId)).toEqual([{ type: 'FAILURE', failure: { agent_id: { value: 'm0-S1' } } }]);
    expect(c.state.weights.get('prod')).toBe(2);
  });

  it('maintenance is as it was', () => {
    const before = createCluster();
    const ids = [{ hostname: 'h9', ip: '10.0.0.9' }];
    before.turn((turn) => {
      setSchedule(turn, { windows: [{ machine_ids: ids, unavailability: { start: { nanoseconds: 1 } } }] });
      bringDown(turn, ids);
    });
    const change = maintenanceChange(before.state);
    const c = createCluster();
    if (change.type !== 'MAINTENANCE') throw new Error('no maintenance');
    c.turn((turn) => {
      restoreState(turn, { ...empty, schedule: change.schedule, machines: change.machines });
    });
    expect(maintenanceChange(c.state)).toEqual(change);
    expect(validateModeChange(c.state, ids, 'DOWN')).toBeNull();
  });
});

it('a loss of one agent of a thousand touches its own tasks only', () => {
  const c = createCluster();
  const { framework, agent } = c.running({}, 't1');
  for (let i = 0; i < 50; i++) {
    const id = `m1-S${i + 100}`;
    c.hello({ info: { id: { value: id }, hostname: `h${i}` }, frameworks: [framework.info] });
  }
  c.clear();
  c.turn((turn) => {
    markGone(turn, agent.id);
  });
  expect(c.effects.filter((effect) => effect.type === 'MESSAGE')).toHaveLength(1);
});
