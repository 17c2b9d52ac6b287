import type { ExecutorInfo, OfferOperation, TaskInfo } from '@murmur/engine';
import { accept } from '../../src/master/accept-core.js';
import { decline, expireOffers, rescindOffer, setWishes } from '../../src/master/offers-core.js';
import { scalar } from '../../src/resources/index.js';
import { CPUS_4, PLAIN, bareTask, createCluster, launchOf, scalarOf, taskInfo } from './harness.js';

function offered(given = {}) {
  const c = createCluster();
  const { framework, streamId } = c.subscribe(given);
  const { agent, streamId: agentStream } = c.hello();
  c.allocate();
  const [offerId = ''] = c.offerIds(framework);
  c.clear();
  return { c, framework, streamId, agent, agentStream, offerId };
}

const free = (s: ReturnType<typeof offered>, name = 'cpus'): number =>
  scalar(s.c.allocator.agents.get(s.agent.id)?.free ?? [], name);

describe('offers', () => {
  it('say whose they are, where, and what is in them', () => {
    const c = createCluster();
    const { streamId } = c.subscribe();
    c.hello({ info: { attributes: [{ name: 'rack', type: 'TEXT', text: { value: 'a' } }] } });
    c.allocate();
    const [offer] = c.events(streamId).at(-1)?.offers?.offers ?? [];
    expect(offer).toMatchObject({
      id: { value: 'm1-O0' },
      framework_id: { value: 'm1-0000' },
      agent_id: { value: 'm1-S0' },
      hostname: 'h1',
      url: { scheme: 'http', address: { hostname: 'h1', ip: '127.0.0.1' }, path: '/slave(1)' },
      allocation_info: { role: 'prod' },
      attributes: [{ name: 'rack' }],
    });
    expect(offer?.resources).toContainEqual({
      ...scalarOf('cpus', 4),
      role: '*',
      allocation_info: { role: 'prod' },
    });
  });

  it('hide allocation from frameworks without MULTI_ROLE, and roles from those with refined reservations', () => {
    const c = createCluster();
    const plain = c.subscribe(PLAIN);
    c.hello();
    c.allocate();
    const [offer] = c.events(plain.streamId).at(-1)?.offers?.offers ?? [];
    expect(offer).not.toHaveProperty('allocation_info');
    expect(offer?.resources?.[0]).not.toHaveProperty('allocation_info');
    c.disconnect(plain.framework);
    const refined = c.subscribe({
      capabilities: [{ type: 'MULTI_ROLE' }, { type: 'RESERVATION_REFINEMENT' }],
    });
    c.allocate();
    const [other] = c.events(refined.streamId).at(-1)?.offers?.offers ?? [];
    expect(other?.resources?.[0]).not.toHaveProperty('role');
  });

  it('are withheld after a refusal, until it ends or REVIVE; SUPPRESS stops them', () => {
    const { c, framework, streamId, offerId } = offered();
    c.turn((turn) => {
      decline(turn, framework, { offer_ids: [{ value: offerId }], filters: { refuse_seconds: 600 } });
    });
    c.advance(599_000);
    c.allocate();
    expect(c.types(streamId)).toEqual([]);
    c.turn((turn) => {
      setWishes(turn, framework, 'revive', ['prod']);
    });
    expect(c.effects.some((effect) => effect.type === 'ALLOCATE')).toBe(true);
    c.allocate();
    expect(c.types(streamId)).toEqual(['OFFERS']);
    c.turn((turn) => {
      decline(turn, framework, { offer_ids: [{ value: 'm1-O1' }], filters: { refuse_seconds: 0 } });
      setWishes(turn, framework, 'suppress', []);
    });
    c.allocate();
    expect(c.types(streamId)).toEqual(['OFFERS']);
    expect([...framework.suppressedRoles]).toEqual(['prod']);
  });

  it('a role that is not subscribed drops the whole REVIVE or SUPPRESS', () => {
    const { c, framework } = offered();
    c.turn((turn) => {
      setWishes(turn, framework, 'suppress', ['prod', 'x']);
    });
    expect(framework.suppressedRoles.size).toBe(0);
  });

  it('are rescinded by the offer time-out, and their resources are free again', () => {
    const c = createCluster({ offerTimeoutMs: 5_000 });
    const { framework, streamId } = c.subscribe();
    c.hello();
    c.allocate();
    c.clear();
    c.advance(4_999);
    c.turn(expireOffers);
    expect(c.types(streamId)).toEqual([]);
    c.advance(1);
    c.turn(expireOffers);
    expect(c.events(streamId)).toEqual([{ type: 'RESCIND', rescind: { offer_id: { value: 'm1-O0' } } }]);
    expect(framework.offers.size).toBe(0);
    c.turn((turn) => {
      rescindOffer(turn, 'm1-O0');
    });
    expect(c.types(streamId)).toEqual(['RESCIND']);
  });
});

describe('ACCEPT with LAUNCH', () => {
  it('sends the task to its agent, stages it without an UPDATE, and refuses the rest', () => {
    const s = offered();
    const { c, framework, agent, streamId, agentStream } = s;
    c.accept(framework, [launchOf(taskInfo('t1', agent))], 0);
    expect(c.events(streamId)).toEqual([]);
    expect(framework.tasks.get('t1')).toMatchObject({ state: 'TASK_STAGING' });
    expect(agent.tasks.get(framework.id)?.has('t1')).toBe(true);
    const [run] = c.messages(agentStream);
    expect(run).toMatchObject({ type: 'RUN', group: false, framework_id: { value: framework.id } });
    expect(run?.tasks?.[0]?.resources).toContainEqual({
      ...scalarOf('cpus', 1),
      allocation_info: { role: 'prod' },
    });
    expect(free(s)).toBe(3);
    c.allocate();
    expect(c.types(streamId)).toEqual(['OFFERS']);
  });

  it('an executor that is not there yet takes its resources, the next task of it does not', () => {
    const s = offered();
    const { c, framework, agent } = s;
    const executor: ExecutorInfo = {
      executor_id: { value: 'e1' },
      framework_id: { value: framework.id },
      command: { value: './run' },
      resources: [scalarOf('cpus', 0.5), scalarOf('mem', 32)],
    };
    const custom = (id: string): TaskInfo => bareTask(id, agent, executor);
    c.accept(framework, [launchOf(custom('t1'), custom('t2'))], 0);
    expect(framework.tasks.size).toBe(2);
    expect(free(s)).toBe(1.5);
    expect([...(agent.executors.get(framework.id)?.keys() ?? [])]).toEqual(['e1']);
    c.allocate();
    expect([...c.state.offers.values()].at(-1)?.offer.executor_ids).toEqual([{ value: 'e1' }]);
    const other = { ...executor, command: { value: './other' } };
    c.accept(framework, [launchOf(bareTask('t3', agent, other))]);
    expect(c.statuses('f1').at(-1)).toMatchObject({ state: 'TASK_ERROR', reason: 'REASON_TASK_INVALID' });
  });

  it('fills in what the framework left out: the executor’s framework, the type of a health check', () => {
    const { c, framework, agent, agentStream } = offered();
    const executor = { executor_id: { value: 'e' }, command: { value: './run' } };
    const health_check = { command: { value: 'true' } };
    c.accept(framework, [launchOf({ ...bareTask('t', agent, executor), health_check })]);
    const [run] = c.messages(agentStream);
    expect(run?.executor?.framework_id).toEqual({ value: framework.id });
    expect(run?.tasks?.[0]?.health_check?.type).toBe('COMMAND');
  });

  it('no task beyond what is left of the offers: the text names both amounts', () => {
    const { c, framework, agent, streamId } = offered();
    c.accept(framework, [
      launchOf(taskInfo('big', agent, { resources: [scalarOf('cpus', 999), scalarOf('mem', 32)] })),
    ]);
    expect(c.statuses(streamId)[0]).toEqual({
      task_id: { value: 'big' },
      state: 'TASK_ERROR',
      message:
        'Total resources cpus(allocated: prod):999; mem(allocated: prod):32 required by task and its executor is ' +
        'more than available cpus(allocated: prod):4; mem(allocated: prod):4096; disk(allocated: prod):4096; ' +
        'ports(allocated: prod):[31000-32000]',
      source: 'SOURCE_MASTER',
      reason: 'REASON_TASK_INVALID',
      agent_id: { value: agent.id },
      timestamp: 1000,
    });
  });

  const wrong: readonly [string, Partial<TaskInfo>, string][] = [
    ['no resources', { resources: [] }, 'Task uses no resources'],
    [
      'another agent',
      { agent_id: { value: 'x' } },
      'Task uses invalid agent x while agent m1-S0 is expected',
    ],
    ['an id with a slash', { task_id: { value: 'a/b' } }, "'a/b' contains invalid characters"],
    ['an empty id', { task_id: { value: '' } }, 'ID must not be empty'],
    ['a dotted id', { task_id: { value: '..' } }, "'..' is disallowed"],
    ['a long id', { task_id: { value: 'a'.repeat(256) } }, 'ID must not be greater than 255 characters'],
    [
      'a negative grace period',
      { kill_policy: { grace_period: { nanoseconds: -1 } } },
      "Task's 'kill_policy.grace_period' must be non-negative",
    ],
    [
      'limits below the request',
      { limits: { cpus: { value: 0.5 } } },
      'The cpu limit must be greater than or equal to the cpu request',
    ],
    [
      'limits of something else',
      { limits: { disk: { value: 5 } } },
      "Only cpus and mem may be included in a task's resource limits",
    ],
    [
      'a negative amount',
      { resources: [scalarOf('cpus', -1)] },
      'Task uses invalid resources: Invalid resources: ',
    ],
    [
      'an environment variable without value',
      { command: { value: 'x', environment: { variables: [{ name: 'A' }] } } },
      "Environment variable 'A' of type 'VALUE' must have a value set",
    ],
  ];
  it.each(wrong)('a task with %s is TASK_ERROR, and the next one goes on', (_, given, message) => {
    const { c, framework, agent, streamId } = offered();
    c.accept(framework, [launchOf(taskInfo('bad', agent, given), taskInfo('good', agent))]);
    const [status] = c.statuses(streamId);
    expect(status).toMatchObject({ state: 'TASK_ERROR', reason: 'REASON_TASK_INVALID' });
    expect(status?.message).toContain(message);
    expect(status).not.toHaveProperty('uuid');
    expect([...framework.tasks.keys()]).toEqual(['good']);
  });

  it('neither both nor none of command and executor', () => {
    const { c, framework, agent, streamId } = offered();
    c.accept(framework, [launchOf(bareTask('t', agent))]);
    expect(c.statuses(streamId)[0]?.message).toBe(
      'Task should have at least one (but not both) of CommandInfo or ExecutorInfo present',
    );
  });

  it('an id in use, and one of an unreachable task, cannot be used again', () => {
    const { c, framework, agent, streamId } = offered();
    c.accept(framework, [launchOf(taskInfo('t', agent), taskInfo('t', agent))], 0);
    expect(c.statuses(streamId)[0]?.message).toBe('Task has duplicate ID: t');
    const task = framework.tasks.get('t');
    if (task !== undefined) framework.unreachableTasks.set('u', task);
    c.allocate();
    c.accept(framework, [launchOf(taskInfo('u', agent))]);
    expect(c.statuses(streamId)[1]?.message).toBe('Task reuses the ID of an unreachable task: u');
  });

  it('an id on a LAUNCH is an error of its tasks', () => {
    const { c, framework, agent, streamId } = offered();
    c.accept(framework, [{ ...launchOf(taskInfo('t', agent)), id: { value: 'op' } }]);
    expect(c.statuses(streamId)[0]?.message).toBe('The `id` field cannot be set on LAUNCH operations');
  });
});

describe('ACCEPT with invalid offers', () => {
  it.each([
    [{}, 'TASK_DROPPED'],
    [PLAIN, 'TASK_LOST'],
  ])('drops its tasks (%j: %s) and gives valid offers of the list back', (given, state) => {
    const { c, framework, agent, streamId, offerId } = offered(given);
    c.turn((turn) => {
      accept(turn, framework, {
        offer_ids: [{ value: offerId }, { value: 'no-such-offer' }],
        operations: [launchOf(taskInfo('t', agent)), { type: 'CREATE', id: { value: 'op' } }],
      });
    });
    expect(c.statuses(streamId)).toEqual([
      {
        task_id: { value: 't' },
        state,
        message: 'Task launched with invalid offers: Offer no-such-offer is no longer valid',
        source: 'SOURCE_MASTER',
        reason: 'REASON_INVALID_OFFERS',
        agent_id: { value: agent.id },
        timestamp: 1000,
      },
    ]);
    expect(c.events(streamId)[1]?.update_operation_status?.status).toMatchObject({
      operation_id: { value: 'op' },
      state: 'OPERATION_ERROR',
      message: 'Operation attempted with invalid offers: Offer no-such-offer is no longer valid',
    });
    expect(c.state.offers.size).toBe(0);
    expect(c.state.counters.get(`master/tasks_${state.slice(5).toLowerCase()}`)).toBe(1);
  });

  it('no offers, one twice, another framework’s, other roles, other agents', () => {
    const { c, framework, agent, streamId, offerId } = offered({ roles: ['prod', 'dev'] });
    const messages = (ids: string[]): string => {
      c.clear();
      c.turn((turn) => {
        const offer_ids = ids.map((value) => ({ value }));
        accept(turn, framework, { offer_ids, operations: [launchOf(taskInfo('t', agent))] });
      });
      return c.statuses(streamId)[0]?.message ?? '';
    };
    expect(messages([])).toContain('No offers specified');
    const second = c.hello();
    c.allocate();
    const [, other = ''] = c.offerIds(framework);
    expect(second.agent.offers.has(other)).toBe(true);
    expect(messages([offerId, offerId])).toContain(`Duplicate offer ${offerId} in offer list`);
    c.turn((turn) => {
      setWishes(turn, framework, 'revive', []);
    });
    c.allocate();
    const both = c.offerIds(framework);
    expect(both).toHaveLength(2);
    const roles = new Set(both.map((id) => c.state.offers.get(id)?.role));
    const expected = roles.size === 2 ? 'same role' : 'one single agent';
    expect(messages(both)).toContain(expected);
    const stranger = c.subscribe({ roles: ['x'] });
    c.allocate();
    const theirs = c.offerIds(stranger.framework)[0] ?? '';
    expect(messages([theirs])).toContain(`Offer ${theirs} has invalid framework m1-0001`);
    expect(c.state.offers.has(theirs)).toBe(true);
  });
});

describe('ACCEPT with other operations', () => {
  it('LAUNCH_GROUP launches all or none', () => {
    const s = offered();
    const { c, framework, agent, streamId, agentStream } = s;
    const executor: ExecutorInfo = {
      type: 'CUSTOM',
      executor_id: { value: 'e' },
      framework_id: { value: framework.id },
      command: { value: './run' },
      resources: [scalarOf('cpus', 0.1), scalarOf('mem', 32), scalarOf('disk', 10)],
    };
    const group = (...tasks: TaskInfo[]): OfferOperation => ({
      type: 'LAUNCH_GROUP',
      launch_group: { executor, task_group: { tasks } },
    });
    const bare = (id: string): TaskInfo => taskInfo(id, agent);
    c.accept(framework, [group(bare('a'), taskInfo('b', agent, { resources: [] }))], 0);
    expect(c.statuses(streamId).map((status) => [status.state, status.reason])).toEqual([
      ['TASK_ERROR', 'REASON_TASK_GROUP_INVALID'],
      ['TASK_ERROR', 'REASON_TASK_GROUP_INVALID'],
    ]);
    c.allocate();
    c.accept(framework, [group(bare('a'), bare('b'))], 0);
    expect([...framework.tasks.keys()]).toEqual(['a', 'b']);
    expect(c.messages(agentStream)).toHaveLength(1);
    expect(c.messages(agentStream)[0]).toMatchObject({ type: 'RUN', group: true });
    expect(free(s)).toBeCloseTo(1.9);
  });

  it('RESERVE and UNRESERVE change what the agent has and what the framework holds, in one ACCEPT with a launch', () => {
    const s = offered({ principal: 'p' });
    const { c, framework, agent, streamId, agentStream } = s;
    const reserved = {
      ...scalarOf('cpus', 2),
      reservations: [{ type: 'DYNAMIC' as const, role: 'prod', principal: 'p' }],
    };
    c.accept(
      framework,
      [
        { type: 'RESERVE', id: { value: 'op1' }, reserve: { resources: [reserved] } },
        launchOf(taskInfo('t', agent, { resources: [reserved, scalarOf('mem', 64)] })),
      ],
      0,
    );
    expect(c.events(streamId)[0]?.update_operation_status?.status.state).toBe('OPERATION_FINISHED');
    expect(c.messages(agentStream).map((message) => message.type)).toEqual(['SET_RESOURCES', 'RUN']);
    expect(framework.tasks.get('t')?.state).toBe('TASK_STAGING');
    expect(agent.total.filter((item) => item.kind.reservations.length > 0)).toHaveLength(1);
    expect(scalar(agent.total, 'cpus')).toBe(4);
    c.turn((turn) => {
      const task = framework.tasks.get('t');
      if (task !== undefined) {
        task.state = 'TASK_FINISHED';
        turn.state.counters.clear();
      }
    });
  });

  it('a RESERVE that is wrong, and what is not supported, is OPERATION_ERROR where an id asks for it', () => {
    const { c, framework, streamId, agent } = offered();
    c.accept(framework, [
      { type: 'RESERVE', id: { value: 'op1' }, reserve: { resources: [scalarOf('cpus', 1)] } },
      { type: 'CREATE', id: { value: 'op2' }, create: {} },
      { type: 'DESTROY', destroy: {} },
      launchOf(taskInfo('t', agent)),
    ]);
    expect(
      c.events(streamId).map((event) => event.update_operation_status?.status.operation_id?.value),
    ).toEqual(['op1', 'op2']);
    expect(framework.tasks.has('t')).toBe(true);
  });

  it('no operations at all are a refusal of everything', () => {
    const s = offered();
    s.c.accept(s.framework, []);
    expect(free(s)).toBe(4);
    s.c.allocate();
    expect(s.c.types(s.streamId)).toEqual([]);
  });
});

it('an offer of the whole agent names its resources once', () => {
  const { c } = offered();
  const [record] = [...c.state.offers.values()];
  expect(record?.offer.resources).toHaveLength(CPUS_4.length);
});
