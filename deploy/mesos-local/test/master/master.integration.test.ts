import type { Agent } from '../../src/master/state.js';
import type { RegistryChange } from '../../src/master/types.js';
import { AGENT_MESSAGES_PATH, AGENT_PATH } from '../../src/protocol.js';
import { UUID, UUID_2, launchOf, taskInfo, taskOf } from './harness.js';
import { exchange, startAgent, startFramework, startMaster, until, type MasterServer } from './server.js';

const SCHEDULER = '/api/v1/scheduler';
const JSON_TYPE = { 'content-type': 'application/json', accept: 'application/json' };

let servers: MasterServer[] = [];
let agents: { stop: () => void }[] = [];

async function start(options: Parameters<typeof startMaster>[0] = {}): Promise<MasterServer> {
  const server = await startMaster(options);
  servers.push(server);
  return server;
}

async function join(...given: Parameters<typeof startAgent>) {
  const agent = await startAgent(...given);
  agents.push(agent);
  return agent;
}

function agentOf(server: MasterServer, id: string): Agent {
  const agent = server.master.state.agents.get(id);
  if (agent === undefined) throw new Error(`no agent ${id}`);
  return agent;
}

afterEach(async () => {
  for (const agent of agents) agent.stop();
  for (const server of servers) await server.close();
  agents = [];
  servers = [];
});

describe('the scheduler API refuses as Mesos does', () => {
  it.each([
    ['{"type":', JSON_TYPE, 400, 'Failed to parse body into JSON: syntax error at line 1 near: '],
    ['{}', JSON_TYPE, 400, "Failed to validate scheduler::Call: Expecting 'type' to be present"],
    ['{}', {}, 400, "Expecting 'Content-Type' to be present"],
    [
      '{}',
      { 'content-type': 'text/plain' },
      415,
      "Expecting 'Content-Type' of application/json or application/x-protobuf",
    ],
    [
      '{"type":"SUBSCRIBE"}',
      JSON_TYPE,
      400,
      "Failed to validate scheduler::Call: Expecting 'subscribe' to be present",
    ],
    [
      '{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"u","name":"n"}}}',
      { ...JSON_TYPE, accept: 'text/html' },
      406,
      "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'",
    ],
    [
      '{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"u","name":"n"}}}',
      { ...JSON_TYPE, 'mesos-stream-id': 'x' },
      400,
      "Subscribe calls should not include the 'Mesos-Stream-Id' header",
    ],
    ['{"type":"TEARDOWN","framework_id":{"value":"x"}}', JSON_TYPE, 400, 'Framework cannot be found'],
  ])('%s with %j: %i', async (body, headers, status, text) => {
    const { port } = await start();
    const reply = await exchange(port, SCHEDULER, body, headers);
    expect([reply.status, reply.body]).toEqual([status, text]);
    expect(reply.headers['content-type']).toBe('text/plain; charset=utf-8');
  });

  it('GET, a stream id that is missing or old, a framework that is not subscribed, UNKNOWN', async () => {
    const { port } = await start();
    const get = await exchange(port, SCHEDULER, '', {}, 'GET');
    expect([get.status, get.headers.allow, get.body]).toEqual([
      405,
      'POST',
      "405 Method Not Allowed. Expecting one of { 'POST' }, but received 'GET'.",
    ]);
    const framework = await startFramework(port);
    const revive = JSON.stringify({ type: 'REVIVE', framework_id: { value: framework.id } });
    const without = await exchange(port, SCHEDULER, revive, JSON_TYPE);
    expect([without.status, without.body]).toEqual([
      400,
      "All non-subscribe calls should include the 'Mesos-Stream-Id' header",
    ]);
    const old = await exchange(port, SCHEDULER, revive, { ...JSON_TYPE, 'mesos-stream-id': 'x' });
    expect([old.status, old.body]).toEqual([
      400,
      `The stream ID 'x' included in this request didn't match the stream ID currently associated with framework ID ${framework.id}`,
    ]);
    expect((await framework.call({ type: 'UNKNOWN' })).status).toBe(501);
    expect((await framework.call({ type: 'REQUEST', request: {} })).status).toBe(202);
    framework.stream.destroy();
    await until(async () => (await framework.call({ type: 'REVIVE' })).status === 403);
    expect((await framework.call({ type: 'REVIVE' })).body).toBe('Framework is not subscribed');
  });

  it('who does not say who it is, where that is wanted; another principal than its own', async () => {
    const { port } = await start({
      authenticate: (request) =>
        request.headers.authorization === undefined
          ? { ok: false, realm: 'mesos-master-scheduler', message: 'who are you' }
          : { ok: true, principal: request.headers.authorization },
    });
    const reply = await exchange(port, SCHEDULER, '{}', JSON_TYPE);
    expect(reply.status).toBe(401);
    expect(reply.headers['www-authenticate']).toBe('Basic realm="mesos-master-scheduler"');
    const framework = await startFramework(port, {}, { authorization: 'p' });
    const revive = JSON.stringify({ type: 'REVIVE', framework_id: { value: framework.id } });
    const headers = { ...JSON_TYPE, 'mesos-stream-id': framework.streamId, authorization: 'q' };
    const other = await exchange(port, SCHEDULER, revive, headers);
    expect([other.status, other.body]).toEqual([
      400,
      "Authenticated principal 'q' does not match principal 'p' set in `FrameworkInfo`",
    ]);
  });
});

describe('a framework and an agent', () => {
  it('subscribe, offers, launch, updates, acknowledgements, kill, teardown', async () => {
    const server = await start();
    const { port } = server;
    const framework = await startFramework(port);
    expect(framework.stream.headers).toMatchObject({
      'content-type': 'application/json',
      'transfer-encoding': 'chunked',
    });
    expect(framework.stream.records.map((event) => event.type)).toEqual(['SUBSCRIBED', 'HEARTBEAT']);
    const agent = await join(port);
    await framework.accept([launchOf(taskInfo('t1', agentOf(server, agent.id)))]);
    await until(() => agent.types().includes('RUN'));
    expect((await agent.update(framework.id, 't1', 'TASK_RUNNING', UUID)).status).toBe(200);
    await until(() => framework.statuses().length === 1);
    expect(framework.statuses()[0]).toMatchObject({ state: 'TASK_RUNNING', uuid: UUID });
    const acknowledge = { agent_id: { value: agent.id }, task_id: { value: 't1' }, uuid: UUID };
    const reply = await framework.call({ type: 'ACKNOWLEDGE', acknowledge });
    expect([reply.status, reply.body, reply.headers['content-length']]).toEqual([202, '', '0']);
    await framework.call({ type: 'KILL', kill: { task_id: { value: 't1' } } });
    await until(() => agent.types().includes('KILL'));
    await agent.update(framework.id, 't1', 'TASK_FINISHED', UUID_2);
    await framework.call({ type: 'ACKNOWLEDGE', acknowledge: { ...acknowledge, uuid: UUID_2 } });
    expect(server.master.state.frameworks.get(framework.id)?.completedTasks).toHaveLength(1);
    expect((await framework.call({ type: 'TEARDOWN' })).status).toBe(202);
    await until(() => framework.stream.ended());
    await until(() => agent.types().includes('SHUTDOWN_FRAMEWORK'));
    expect(agent.types()).toEqual([
      'SUBSCRIBED',
      'RUN',
      'ACKNOWLEDGE',
      'KILL',
      'ACKNOWLEDGE',
      'SHUTDOWN_FRAMEWORK',
    ]);
    const again = await startFramework(port, { id: { value: framework.id } });
    await until(() => again.stream.ended());
    expect(again.stream.records).toEqual([
      { type: 'ERROR', error: { message: 'Framework has been removed' } },
    ]);
  });

  it('failover: the old stream is told and ends, the new one gets what follows', async () => {
    const { port } = await start();
    const first = await startFramework(port);
    await join(port);
    await until(() => first.types().includes('OFFERS'));
    const second = await startFramework(port, { id: { value: first.id } });
    await until(() => first.stream.ended());
    expect(first.stream.records.at(-1)).toEqual({
      type: 'ERROR',
      error: { message: 'Framework failed over' },
    });
    expect(second.streamId).not.toBe(first.streamId);
    await until(() => second.types().includes('OFFERS'));
    expect(second.types()).toEqual(['SUBSCRIBED', 'OFFERS']);
  });

  it('UPDATE_FRAMEWORK is 200, or 400 with the reason', async () => {
    const { port } = await start();
    const framework = await startFramework(port);
    const framework_info = {
      user: 'root',
      name: 'renamed',
      id: { value: framework.id },
      checkpoint: true,
      roles: ['dev'],
      capabilities: [{ type: 'MULTI_ROLE' as const }],
    };
    const good = await framework.call({ type: 'UPDATE_FRAMEWORK', update_framework: { framework_info } });
    expect([good.status, good.body]).toEqual([200, '']);
    const user = { ...framework_info, user: 'x' };
    const bad = await framework.call({
      type: 'UPDATE_FRAMEWORK',
      update_framework: { framework_info: user },
    });
    expect(bad.status).toBe(400);
    expect(bad.body).toContain("Updating 'FrameworkInfo.user' is unsupported");
  });

  it('a broken stream with a time-out of 0 ends the framework', async () => {
    const server = await start();
    const framework = await startFramework(server.port, { failover_timeout: 0 });
    framework.stream.destroy();
    await until(() => server.master.state.completedFrameworks.has(framework.id));
  });

  it('a framework that does not read is cut, and its agents do not notice', async () => {
    const server = await start();
    const framework = await startFramework(server.port);
    const agent = await join(server.port);
    framework.stream.pause();
    const data = 'A'.repeat(4 * 1024 * 1024);
    const known = server.master.state.frameworks.get(framework.id);
    await until(async () => {
      const message = {
        type: 'MESSAGE' as const,
        framework_id: { value: framework.id },
        executor_id: { value: 'e' },
        data,
      };
      expect((await agent.send(message)).status).toBe(200);
      return known?.connected === false;
    }, 60_000);
    expect(server.master.state.agents.get(agent.id)?.connected).toBe(true);
    framework.stream.destroy();
  });
});

describe('an agent', () => {
  it('must show the cluster key, and its own stream', async () => {
    const { port } = await start({ config: { clusterKey: 'secret' } });
    for (const path of [AGENT_PATH, AGENT_MESSAGES_PATH]) {
      expect((await exchange(port, path, '{}', JSON_TYPE)).status).toBe(401);
      const wrong = { ...JSON_TYPE, authorization: 'Bearer wrong' };
      expect((await exchange(port, path, '{}', wrong)).status).toBe(401);
      const right = { ...JSON_TYPE, authorization: 'Bearer secret' };
      expect((await exchange(port, path, '{}', right)).status).toBe(400);
      expect((await exchange(port, path, '', right, 'GET')).status).toBe(405);
    }
    const agent = await join(port, {}, { key: 'secret' });
    const body = JSON.stringify({ agent_id: agent.id, messages: [] });
    const headers = { ...JSON_TYPE, authorization: 'Bearer secret', 'murmur-stream-id': 'x' };
    expect((await exchange(port, AGENT_MESSAGES_PATH, body, headers)).status).toBe(409);
    expect((await agent.send({ type: 'PONG' })).status).toBe(200);
  });

  it('is admitted only once the registry has it', async () => {
    const stored: RegistryChange[] = [];
    let fail = true;
    const server = await start({
      registry: {
        store: (change) => {
          if (fail) return Promise.reject(new Error('disk full'));
          stored.push(change);
          return Promise.resolve();
        },
      },
    });
    await expect(startAgent(server.port)).rejects.toThrow('status 503');
    expect(server.master.state.agents.size).toBe(0);
    fail = false;
    const agent = await join(server.port);
    expect(stored).toMatchObject([{ type: 'AGENT_ADMITTED', info: { id: { value: agent.id } } }]);
  });

  it('that stops answering is unreachable; back again, its tasks are too', async () => {
    const server = await start({ config: { agentPingTimeoutMs: 100, maxAgentPingTimeouts: 3 } });
    const framework = await startFramework(server.port);
    const silent = await join(server.port, {}, { pong: false });
    const known = agentOf(server, silent.id);
    await framework.accept([launchOf(taskInfo('t1', known))]);
    await until(() => framework.types().includes('FAILURE'));
    expect(framework.statuses()).toMatchObject([
      { task_id: { value: 't1' }, state: 'TASK_UNREACHABLE', reason: 'REASON_AGENT_REMOVED' },
    ]);
    await until(() => silent.stream.ended());
    const record = server.master.state.frameworks.get(framework.id);
    if (record === undefined) throw new Error('no framework');
    const back = await join(server.port, {
      agent_info: known.info,
      tasks: [taskOf(record, known, 't1')],
      frameworks: [record.info],
    });
    expect(back.id).toBe(silent.id);
    await until(() => framework.statuses().length === 2);
    expect(framework.statuses()[1]).toMatchObject({
      state: 'TASK_RUNNING',
      reason: 'REASON_AGENT_REREGISTERED',
    });
  });

  it('whose stream breaks is not offered until it is back', async () => {
    const server = await start();
    const framework = await startFramework(server.port);
    const agent = await join(server.port);
    await until(() => framework.types().includes('OFFERS'));
    const info = agentOf(server, agent.id).info;
    agent.stop();
    await until(() => framework.types().includes('RESCIND'));
    expect(agentOf(server, agent.id)).toMatchObject({ connected: false, active: false });
    await join(server.port, { agent_info: info });
    await until(() => framework.types().filter((type) => type === 'OFFERS').length === 2);
  });

  it('that says good-bye is removed at once', async () => {
    const server = await start();
    const framework = await startFramework(server.port);
    const agent = await join(server.port);
    expect((await agent.send({ type: 'UNSUBSCRIBE' })).status).toBe(200);
    await until(() => framework.types().includes('FAILURE'));
    expect(server.master.state.agents.size).toBe(0);
  });
});

describe('the operator', () => {
  it('tears down, marks gone, drains, deactivates and reactivates, and hears of everything', async () => {
    const server = await start();
    const { master } = server;
    const heard: string[] = [];
    const leave = master.subscribeOperator((event) => heard.push(event.type));
    const framework = await startFramework(server.port);
    const agent = await join(server.port);
    await framework.accept([launchOf(taskInfo('t1', agentOf(server, agent.id)))]);
    expect(await master.deactivateAgent(agent.id)).toEqual({ ok: true });
    expect(await master.reactivateAgent(agent.id)).toEqual({ ok: true });
    expect(await master.reactivateAgent(agent.id)).toMatchObject({ ok: false, status: 400 });
    expect(await master.drainAgent('nobody', {})).toMatchObject({ ok: false, status: 400 });
    expect(await master.drainAgent(agent.id, {})).toEqual({ ok: true });
    await until(() => agent.types().includes('KILL'));
    expect(await master.markAgentGone('nobody')).toMatchObject({ ok: false, status: 404 });
    expect(await master.markAgentGone(agent.id)).toEqual({ ok: true });
    await until(() => agent.types().includes('SHUTDOWN'));
    expect(master.teardown('nobody')).toMatchObject({ ok: false, status: 400 });
    expect(master.teardown(framework.id)).toEqual({ ok: true });
    expect(heard).toEqual([
      'FRAMEWORK_ADDED',
      'AGENT_ADDED',
      'TASK_ADDED',
      'TASK_UPDATED',
      'AGENT_REMOVED',
      'FRAMEWORK_REMOVED',
    ]);
    leave();
    expect(await master.updateWeights([{ role: 'prod', weight: 0 }])).toMatchObject({ status: 400 });
    expect(await master.updateWeights([{ role: 'prod', weight: 3 }])).toEqual({ ok: true });
    expect(master.state.weights.get('prod')).toBe(3);
  });

  it('maintenance: schedule, down, up', async () => {
    const stored: string[] = [];
    const server = await start({
      registry: {
        store: (change) => {
          stored.push(change.type);
          return Promise.resolve();
        },
      },
    });
    const { master } = server;
    const agent = await join(server.port);
    const machines = [{ hostname: 'h1', ip: '127.0.0.1' }];
    expect(await master.startMaintenance(machines)).toMatchObject({ status: 400 });
    const unavailability = { start: { nanoseconds: 1 } };
    const windows = [{ machine_ids: machines, unavailability }];
    expect(await master.updateMaintenanceSchedule({ windows })).toEqual({ ok: true });
    expect(await master.startMaintenance(machines)).toEqual({ ok: true });
    await until(() => agent.types().includes('SHUTDOWN'));
    const refused = await join(server.port);
    expect(refused.types()).toEqual(['SHUTDOWN']);
    expect(await master.stopMaintenance(machines)).toEqual({ ok: true });
    expect((await join(server.port)).types()).toEqual(['SUBSCRIBED']);
    expect(stored.filter((type) => type === 'MAINTENANCE')).toHaveLength(3);
  });
});
