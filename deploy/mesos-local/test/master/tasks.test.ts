import {
  kill,
  acknowledge,
  messageToExecutor,
  shutdownExecutor,
  takeAgentMessage,
} from '../../src/master/tasks-core.js';
import { reconcile, reconcileOperations } from '../../src/master/reconcile-core.js';
import { answerInverseOffers, expireInverseOffers } from '../../src/master/inverse-core.js';
import { setSchedule } from '../../src/master/maintenance-core.js';
import { scalar } from '../../src/resources/index.js';
import { PLAIN, UUID, UUID_2, bareTask, createCluster, launchOf, scalarOf } from './harness.js';

const status = (state: 'TASK_RUNNING' | 'TASK_FINISHED' | 'TASK_FAILED', uuid = UUID) =>
  ({
    task_id: { value: 't1' },
    state,
    source: 'SOURCE_EXECUTOR',
    uuid,
    data: 'aGk=',
    timestamp: 1,
  }) as const;

describe('status updates', () => {
  it('go to the framework as they are, and an ACKNOWLEDGE goes back to the agent', () => {
    const c = createCluster();
    const { framework, streamId, agent, agentStream } = c.running({}, 't1');
    c.clear();
    c.update(agent, framework, status('TASK_RUNNING'), 'TASK_RUNNING');
    expect(c.statuses(streamId)).toEqual([status('TASK_RUNNING')]);
    const task = framework.tasks.get('t1');
    expect(task).toMatchObject({ state: 'TASK_RUNNING', status_update_uuid: UUID });
    expect(task?.statuses[0]).not.toHaveProperty('data');
    const call = { agent_id: { value: agent.id }, task_id: { value: 't1' }, uuid: UUID };
    c.turn((turn) => {
      acknowledge(turn, framework, call);
    });
    expect(c.messages(agentStream)).toEqual([
      { type: 'ACKNOWLEDGE', framework_id: { value: framework.id }, task_id: { value: 't1' }, uuid: UUID },
    ]);
    expect(framework.tasks.has('t1')).toBe(true);
  });

  it('of the latest state release resources though an older update is still in the queue', () => {
    const c = createCluster();
    const { framework, agent } = c.running({}, 't1');
    c.update(agent, framework, status('TASK_RUNNING'), 'TASK_FINISHED');
    expect(framework.tasks.get('t1')).toMatchObject({
      state: 'TASK_FINISHED',
      status_update_state: 'TASK_RUNNING',
    });
    expect(scalar(c.allocator.agents.get(agent.id)?.free ?? [], 'cpus')).toBe(4);
    const call = { agent_id: { value: agent.id }, task_id: { value: 't1' } };
    c.turn((turn) => {
      acknowledge(turn, framework, { ...call, uuid: UUID });
    });
    expect(framework.tasks.has('t1')).toBe(true);
    c.update(agent, framework, status('TASK_FINISHED', UUID_2), 'TASK_FINISHED');
    c.turn((turn) => {
      acknowledge(turn, framework, { ...call, uuid: UUID_2 });
    });
    expect(framework.tasks.has('t1')).toBe(false);
    expect(framework.completedTasks).toHaveLength(1);
    expect(scalar(c.allocator.agents.get(agent.id)?.free ?? [], 'cpus')).toBe(4);
  });

  it('of the same state replace each other in the list; operators hear only of changes', () => {
    const c = createCluster();
    const { framework, agent } = c.running({}, 't1');
    c.clear();
    c.update(agent, framework, status('TASK_RUNNING'));
    c.update(agent, framework, status('TASK_RUNNING', UUID_2));
    expect(framework.tasks.get('t1')?.statuses).toHaveLength(1);
    expect(c.effects.filter((effect) => effect.type === 'OPERATOR')).toHaveLength(1);
  });

  it('for a disconnected framework are not kept; without a valid uuid they count as invalid', () => {
    const c = createCluster();
    const { framework, agent } = c.running({}, 't1');
    c.disconnect(framework);
    c.clear();
    c.update(agent, framework, status('TASK_FINISHED'), 'TASK_FINISHED');
    expect(c.effects.filter((effect) => effect.type === 'EVENT')).toEqual([]);
    expect(framework.tasks.get('t1')?.state).toBe('TASK_FINISHED');
    c.update(agent, framework, status('TASK_FINISHED', 'AAAA'));
    expect(c.state.counters.get('master/invalid_status_updates')).toBe(2);
  });

  it('an acknowledgement for an agent that is away is dropped', () => {
    const c = createCluster();
    const { framework, agent, agentStream } = c.running({}, 't1');
    c.update(agent, framework, status('TASK_RUNNING'));
    c.breakAgent(agent);
    c.clear();
    c.turn((turn) => {
      acknowledge(turn, framework, { agent_id: { value: agent.id }, task_id: { value: 't1' }, uuid: UUID });
    });
    expect(c.messages(agentStream)).toEqual([]);
    expect(c.state.counters.get('master/invalid_status_update_acknowledgements')).toBe(1);
  });

  it('counters name state, source and reason as Mesos does', () => {
    const c = createCluster();
    const { framework, agent } = c.running({}, 't1');
    c.update(agent, framework, {
      ...status('TASK_FAILED'),
      source: 'SOURCE_AGENT',
      reason: 'REASON_AGENT_RESTARTED',
    });
    expect(c.state.counters.get('master/tasks_failed')).toBe(1);
    expect(c.state.counters.get('master/task_failed/source_slave/reason_slave_restarted')).toBe(1);
  });
});

describe('KILL', () => {
  it('is sent to the agent with its policy, and again to an agent that returns', () => {
    const c = createCluster();
    const { framework, agent, agentStream } = c.running({}, 't1');
    const kill_policy = { grace_period: { nanoseconds: 5_000_000_000 } };
    c.clear();
    c.turn((turn) => {
      kill(turn, framework, { task_id: { value: 't1' }, kill_policy });
    });
    const message = {
      type: 'KILL',
      framework_id: { value: framework.id },
      task_id: { value: 't1' },
      kill_policy,
    };
    expect(c.messages(agentStream)).toEqual([message]);
    c.breakAgent(agent);
    const back = c.hello({
      info: { id: { value: agent.id } },
      tasks: [...framework.tasks.values()],
      frameworks: [framework.info],
    });
    expect(c.messages(back.streamId)).toContainEqual(message);
  });

  it('of an unknown task is answered as a reconciliation, of another agent ignored', () => {
    const c = createCluster();
    const { framework, streamId, agentStream } = c.running({}, 't1');
    c.clear();
    c.turn((turn) => {
      kill(turn, framework, { task_id: { value: 'nobody' } });
      kill(turn, framework, { task_id: { value: 't1' }, agent_id: { value: 'm1-S9' } });
    });
    expect(c.statuses(streamId)).toMatchObject([
      { task_id: { value: 'nobody' }, state: 'TASK_UNKNOWN', reason: 'REASON_RECONCILIATION' },
    ]);
    expect(c.messages(agentStream)).toEqual([]);
  });
});

describe('executors', () => {
  function withExecutor() {
    const c = createCluster();
    const { framework, streamId } = c.subscribe();
    const { agent, streamId: agentStream } = c.hello();
    c.allocate();
    const executor = {
      executor_id: { value: 'e1' },
      framework_id: { value: framework.id },
      command: { value: './run' },
      resources: [scalarOf('cpus', 1)],
    };
    c.accept(framework, [launchOf(bareTask('t1', agent, executor))]);
    c.clear();
    return { c, framework, streamId, agent, agentStream };
  }
  const ids = { executor_id: { value: 'e1' }, agent_id: { value: 'm1-S0' } };

  it('get messages from the framework and send some to it', () => {
    const { c, framework, streamId, agent, agentStream } = withExecutor();
    c.turn((turn) => {
      messageToExecutor(turn, framework, { ...ids, data: 'aGk=' });
      shutdownExecutor(turn, framework, ids);
      messageToExecutor(turn, framework, { ...ids, agent_id: { value: 'x' }, data: 'aGk=' });
      takeAgentMessage(turn, agent, {
        type: 'MESSAGE',
        framework_id: { value: framework.id },
        executor_id: ids.executor_id,
        data: 'aG8=',
      });
    });
    expect(c.messages(agentStream).map((message) => message.type)).toEqual(['MESSAGE', 'SHUTDOWN_EXECUTOR']);
    expect(c.events(streamId)).toEqual([{ type: 'MESSAGE', message: { ...ids, data: 'aG8=' } }]);
  });

  it('that end are a FAILURE, once, and free their resources', () => {
    const { c, framework, streamId, agent } = withExecutor();
    const ended = {
      type: 'EXECUTOR_EXITED',
      framework_id: { value: framework.id },
      executor_id: ids.executor_id,
      exit_status: 256,
    } as const;
    c.turn((turn) => {
      takeAgentMessage(turn, agent, ended);
      takeAgentMessage(turn, agent, ended);
    });
    expect(c.events(streamId)).toEqual([{ type: 'FAILURE', failure: { ...ids, status: 256 } }]);
    expect(scalar(c.allocator.agents.get(agent.id)?.free ?? [], 'cpus')).toBe(3);
    expect(agent.executors.size).toBe(0);
  });
});

describe('RECONCILE', () => {
  const info = { hostname: 'h', port: 5051, id: { value: 'm0-S1' } };
  const rows = [
    ['a known task', 't1', 'm1-S0', 'TASK_STAGING', 'TASK_STAGING', 'Latest task state'],
    ['an unknown one, agent recovered but not back', 'x', 'recovered', null, null, ''],
    [
      'an unknown one, agent registered',
      'x',
      'm1-S0',
      'TASK_GONE',
      'TASK_LOST',
      'Task is unknown to the agent',
    ],
    [
      'an unknown one, agent unreachable',
      'x',
      'away',
      'TASK_UNREACHABLE',
      'TASK_LOST',
      'Task is unreachable',
    ],
    ['an unknown one, agent gone', 'x', 'gone', 'TASK_GONE_BY_OPERATOR', 'TASK_LOST', 'Task is gone'],
    ['an unknown one, agent unknown', 'x', 'who', 'TASK_UNKNOWN', 'TASK_LOST', 'Task is unknown'],
  ] as const;
  const cases = rows.flatMap(([name, task, agent, aware, plain, message]) => [
    [name, 'partition aware', {}, task, agent, aware, message] as const,
    [name, 'not', PLAIN, task, agent, plain, message] as const,
  ]);

  it.each(cases)('%s (%s)', (_, __, given, task, agent, state, message) => {
    const c = createCluster();
    const { framework, streamId } = c.running(given, 't1');
    c.state.recoveredAgents.set('recovered', { info, deadline: 0, deactivated: false, drain: null });
    c.state.unreachableAgents.set('away', { info, at: 500 });
    c.state.goneAgents.set('gone', { info, at: 500 });
    c.clear();
    c.turn((turn) => {
      reconcile(turn, framework, { tasks: [{ task_id: { value: task }, agent_id: { value: agent } }] });
    });
    if (state === null) {
      expect(c.statuses(streamId)).toEqual([]);
      return;
    }
    const [answer] = c.statuses(streamId);
    expect(answer).toMatchObject({
      state,
      source: 'SOURCE_MASTER',
      reason: 'REASON_RECONCILIATION',
      message: `Reconciliation: ${message}`,
      agent_id: { value: agent },
    });
    expect(answer).not.toHaveProperty('uuid');
    expect(answer?.unreachable_time).toEqual(agent === 'away' ? { nanoseconds: 500_000_000 } : undefined);
  });

  it.each([
    ['partition aware', {}, 'TASK_UNKNOWN'],
    ['not', PLAIN, 'TASK_LOST'],
  ])(
    'an unknown one without agent (%s): silence while any agent is still to come back',
    (_, given, state) => {
      const c = createCluster();
      const { framework, streamId } = c.subscribe(given);
      c.state.recoveredAgents.set('r', { info, deadline: 0, deactivated: false, drain: null });
      const ask = (): void => {
        c.turn((turn) => {
          reconcile(turn, framework, { tasks: [{ task_id: { value: 'x' } }] });
        });
      };
      ask();
      expect(c.statuses(streamId)).toEqual([]);
      c.state.recoveredAgents.clear();
      ask();
      expect(c.statuses(streamId)).toMatchObject([{ state }]);
      expect(c.statuses(streamId)[0]).not.toHaveProperty('agent_id');
    },
  );

  it('without tasks answers one update for each task of the framework', () => {
    const c = createCluster();
    const { framework, streamId } = c.running({}, 't1', 't2');
    c.clear();
    c.turn((turn) => {
      reconcile(turn, framework, {});
    });
    expect(c.statuses(streamId).map((answer) => answer.task_id.value)).toEqual(['t1', 't2']);
  });

  it('of operations tells what became of their agent', () => {
    const c = createCluster();
    const { framework, streamId } = c.subscribe();
    c.state.unreachableAgents.set('away', { info, at: 500 });
    c.clear();
    c.turn((turn) => {
      reconcileOperations(turn, framework, {
        operations: [
          { operation_id: { value: 'a' } },
          { operation_id: { value: 'b' }, agent_id: { value: 'away' } },
        ],
      });
    });
    expect(c.events(streamId).map((event) => event.update_operation_status?.status.state)).toEqual([
      'OPERATION_UNKNOWN',
      'OPERATION_UNREACHABLE',
    ]);
  });
});

describe('inverse offers', () => {
  it.each([
    [5_000, 4_999, true],
    [5_000, 5_000, false],
    [null, 1e9, true],
  ])('without an answer end after --offer-timeout: %p ms, %p ms later', (offerTimeoutMs, ms, stays) => {
    const c = createCluster({ offerTimeoutMs });
    const { framework, streamId } = c.running({}, 't1');
    const unavailability = { start: { nanoseconds: 1 } };
    c.turn((turn) => {
      setSchedule(turn, {
        windows: [{ machine_ids: [{ hostname: 'H1', ip: '127.0.0.1' }], unavailability }],
      });
    });
    c.advance(10_000);
    c.allocate();
    const [inverse] = c.events(streamId).flatMap((event) => event.inverse_offers?.inverse_offers ?? []);
    expect(inverse).toBeDefined();
    c.clear();
    c.advance(ms);
    c.turn(expireInverseOffers);
    expect(framework.inverseOffers.size).toBe(stays ? 1 : 0);
    const rescinded = c.events(streamId).map((event) => event.rescind_inverse_offer?.inverse_offer_id);
    expect(rescinded).toEqual(stays ? [] : [inverse?.id]);
  });

  it('ask frameworks on a machine in the schedule; answers are kept for the operator, and no second is sent', () => {
    const c = createCluster();
    const { framework, streamId, agent } = c.running({}, 't1');
    c.advance(10_000);
    c.allocate();
    c.clear();
    const unavailability = { start: { nanoseconds: 1 }, duration: { nanoseconds: 2 } };
    c.turn((turn) => {
      setSchedule(turn, {
        windows: [{ machine_ids: [{ hostname: 'H1', ip: '127.0.0.1' }], unavailability }],
      });
    });
    expect(c.types(streamId)).toEqual(['RESCIND']);
    c.allocate();
    expect([...c.types(streamId)].sort()).toEqual(['INVERSE_OFFERS', 'OFFERS', 'RESCIND']);
    const offers = c.events(streamId).flatMap((event) => event.offers?.offers ?? []);
    expect(offers[0]?.unavailability).toEqual(unavailability);
    const [inverse] = c.events(streamId).flatMap((event) => event.inverse_offers?.inverse_offers ?? []);
    expect(inverse).toMatchObject({ agent_id: { value: agent.id }, unavailability });
    c.clear();
    c.turn((turn) => {
      answerInverseOffers(turn, framework, 'DECLINE', {
        inverse_offer_ids: [{ value: inverse?.id.value ?? '' }],
        filters: { refuse_seconds: 60 },
      });
    });
    expect(framework.inverseOffers.size).toBe(0);
    const machine = [...c.state.maintenance.machines.values()][0];
    expect(machine?.mode).toBe('DRAINING');
    expect(machine?.answers.get(agent.id)?.get(framework.id)?.status).toBe('DECLINE');
    c.allocate();
    expect(c.types(streamId)).toEqual([]);
    c.advance(61_000);
    c.allocate();
    expect(c.types(streamId)).toContain('INVERSE_OFFERS');
    c.turn((turn) => {
      setSchedule(turn, {});
    });
    expect(c.types(streamId)).toContain('RESCIND_INVERSE_OFFER');
    expect(agent.unavailability).toBeNull();
  });
});
