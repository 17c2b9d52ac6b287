import { jest } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopAll, tempFolder, waitFor } from '@murmur/testkit';
import { silentLog } from '@murmur/service';
import { withMasterDefaults } from '../../../src/master/options.js';
import { startMaster } from '../../../src/master/start.js';
import { ask, fakeAgent, openStream, post, stageMaster, type Stage } from './stage.js';

jest.setTimeout(120_000);

interface Event {
  readonly type: string;
  readonly [field: string]: unknown;
}

const SUBSCRIBE = {
  type: 'SUBSCRIBE',
  subscribe: {
    framework_info: {
      user: 'root',
      name: 'f',
      failover_timeout: 60,
      roles: ['prod'],
      capabilities: [{ type: 'MULTI_ROLE' }, { type: 'PARTITION_AWARE' }],
    },
  },
};

afterAll(stopAll);

describe('a master over HTTP', () => {
  let stage: Stage;
  const api = (call: unknown) => post(`${stage.url}/api/v1`, call);
  beforeAll(async () => {
    stage = await stageMaster({ cluster: 'test', weights: 'prod=2' });
  });

  it.each([
    ['GET', '/state', 200],
    ['GET', '/master/state/', 200],
    ['GET', '/health', 200],
    ['GET', '/', 200],
    ['GET', '/metrics', 200],
    ['GET', '/nothing', 404],
    ['GET', '/redirect/x', 404],
    ['GET', '/%zz', 400],
    ['POST', '/state', 405],
    ['GET', '/teardown', 405],
    ['GET', '/api/v1', 405],
    ['GET', '/files/browse', 400],
    ['GET', '/files/read?path=/master/log', 404],
    ['POST', '/quota', 501],
    ['POST', '/reserve', 501],
  ])('answers %s %s with %d', async (method, path, status) => {
    expect((await ask(stage.url + path, { method })).status).toBe(status);
  });

  it('says which methods there are', async () => {
    const answer = await ask(`${stage.url}/api/v1`, { method: 'PUT' });
    expect([answer.headers.get('allow'), answer.text]).toEqual([
      'POST',
      "405 Method Not Allowed. Expecting one of { 'POST' }, but received 'PUT'.",
    ]);
  });

  it('puts JSON into a callback whose name is one', async () => {
    const good = await ask(`${stage.url}/version?jsonp=angular.callbacks._0`);
    expect([good.headers.get('content-type'), good.text]).toEqual([
      'text/javascript',
      expect.stringMatching(/^angular\.callbacks\._0\(\{.*\}\);$/),
    ]);
    expect((await ask(`${stage.url}/version?jsonp=alert(1)//`)).status).toBe(400);
  });

  it.each([
    ['{"type":', {}, 400, 'Failed to parse body into JSON: syntax error at line 1'],
    ['{}', {}, 400, "Failed to validate master::Call: Expecting 'type' to be present"],
    ['{"type":"NO_SUCH"}', {}, 400, "Expecting 'type' to be present"],
    ['{"type":"TEARDOWN"}', {}, 400, "Expecting 'teardown' to be present"],
    ['{"type":"TEARDOWN","teardown":{}}', {}, 400, 'Missing required fields: teardown.framework_id'],
    ['{"type":"GET_STATE"}', { 'content-type': 'text/plain' }, 415, "Expecting 'Content-Type' of"],
    ['{"type":"GET_STATE"}', { accept: 'text/html' }, 406, "Expecting 'Accept' to allow"],
    ['{"type":"UNKNOWN"}', {}, 501, 'UNKNOWN is not supported'],
    ['{"type":"UPDATE_QUOTA"}', {}, 501, 'UPDATE_QUOTA is not supported'],
    ['{"type":"READ_FILE","read_file":{"path":"/x","offset":0}}', {}, 404, ''],
  ])('answers POST /api/v1 %s (%j) with %d', async (body, headers, status, text) => {
    const answer = await post(`${stage.url}/api/v1`, body, headers);
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(text)]);
  });

  it('wants a Content-Type', async () => {
    const answer = await ask(`${stage.url}/api/v1`, { method: 'POST', body: Buffer.from('{}') });
    expect([answer.status, answer.text]).toEqual([400, "Expecting 'Content-Type' to be present"]);
  });

  it('takes weights, and shows them everywhere', async () => {
    expect((await ask(`${stage.url}/weights`)).text).toBe('[{"weight":2,"role":"prod"}]');
    const put = await ask(`${stage.url}/weights`, { method: 'PUT', body: '[{"role":"dev","weight":3}]' });
    expect(put.status).toBe(200);
    expect((await api({ type: 'GET_WEIGHTS' })).text).toContain('"role":"dev"');
    for (const bad of [
      '{',
      '{}',
      '[{"role":"dev"}]',
      '[{"role":"dev","weight":0}]',
      '[{"role":"/x","weight":1}]',
    ])
      expect((await ask(`${stage.url}/weights`, { method: 'PUT', body: bad })).status).toBe(400);
    const stored = await readFile(join(stage.workDir, 'registry.json'), 'utf8');
    expect(stored).toContain('"role":"dev"');
  });

  it('toggles its log for a while', async () => {
    const toggle = (query: string) => post(`${stage.url}/logging/toggle${query}`, '');
    expect((await toggle('?level=1&duration=10mins')).status).toBe(200);
    expect((await api({ type: 'GET_LOGGING_LEVEL' })).text).toContain('"level":1');
    expect((await toggle('')).text).toBe('1\n');
    for (const bad of ['?level=1', '?duration=1secs', '?level=x&duration=1secs', '?level=1&duration=soon'])
      expect((await toggle(bad)).status).toBe(400);
    await toggle('?level=0&duration=1secs');
    expect((await toggle('')).text).toBe('0\n');
  });

  it('tells subscribers everything that happens, in order', async () => {
    const events = await openStream<Event>(`${stage.url}/api/v1`, { type: 'SUBSCRIBE' });
    const types = (): string[] =>
      events.records.map(({ type }) => type).filter((type) => type !== 'HEARTBEAT');
    await waitFor(() => events.records.length >= 2, { what: 'SUBSCRIBED and HEARTBEAT' });
    expect(events.records.map(({ type }) => type)).toEqual(['SUBSCRIBED', 'HEARTBEAT']);
    expect(events.records[0]?.['subscribed']).toMatchObject({
      heartbeat_interval_seconds: 15,
      get_state: { get_agents: { agents: [] } },
    });
    const agent = await fakeAgent(stage, 'h1');
    const framework = await openStream<Event>(`${stage.url}/api/v1/scheduler`, SUBSCRIBE);
    const offers = await waitFor(() => framework.records.find(({ type }) => type === 'OFFERS'), {
      what: 'an offer',
    });
    const offer = (offers['offers'] as { offers: { id: unknown; framework_id: { value: string } }[] })
      .offers[0];
    const frameworkId = offer?.framework_id ?? { value: '' };
    const call = (body: object) =>
      post(
        `${stage.url}/api/v1/scheduler`,
        { framework_id: frameworkId, ...body },
        { 'mesos-stream-id': framework.headers.get('mesos-stream-id') ?? '' },
      );
    const accept = {
      offer_ids: [offer?.id],
      operations: [
        {
          type: 'LAUNCH',
          launch: {
            task_infos: [
              {
                name: 'ü',
                task_id: { value: 't1' },
                agent_id: { value: agent.id },
                resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 } }],
                command: { value: 'true' },
              },
            ],
          },
        },
      ],
    };
    expect((await call({ type: 'ACCEPT', accept })).status).toBe(202);
    await waitFor(() => agent.stream.records.some(({ type }) => type === 'RUN'), { what: 'RUN' });
    const status = {
      task_id: { value: 't1' },
      agent_id: { value: agent.id },
      state: 'TASK_RUNNING' as const,
      source: 'SOURCE_EXECUTOR' as const,
      uuid: 'N/Xw+VzPTb6k+IGetHd3vQ==',
      timestamp: 1,
    };
    expect(await agent.say({ type: 'UPDATE', framework_id: frameworkId, status })).toBe(200);
    await waitFor(() => types().includes('TASK_UPDATED'), { what: 'TASK_UPDATED' });

    const state = JSON.parse((await ask(`${stage.url}/state`)).text) as {
      cluster: string;
      frameworks: { tasks: { state: string; name: string }[] }[];
    };
    expect([state.cluster, state.frameworks[0]?.tasks[0]]).toEqual([
      'test',
      expect.objectContaining({ state: 'TASK_RUNNING', name: 'ü' }),
    ]);
    const torn = await ask(`${stage.url}/teardown`, {
      method: 'POST',
      body: `frameworkId=${frameworkId.value}`,
    });
    expect(torn.status).toBe(200);
    await waitFor(() => types().includes('FRAMEWORK_REMOVED'), { what: 'FRAMEWORK_REMOVED' });
    expect(
      (await api({ type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id: { value: agent.id } } })).status,
    ).toBe(200);
    await waitFor(() => types().includes('AGENT_REMOVED'), { what: 'AGENT_REMOVED' });
    expect(types().filter((type, i, all) => all.indexOf(type) === i)).toEqual(
      expect.arrayContaining(['SUBSCRIBED', 'AGENT_ADDED', 'FRAMEWORK_ADDED', 'TASK_ADDED', 'TASK_UPDATED']),
    );
    const at = (type: string): number => types().indexOf(type);
    expect(at('TASK_ADDED')).toBeLessThan(at('TASK_UPDATED'));
    expect(at('TASK_UPDATED')).toBeLessThan(at('FRAMEWORK_REMOVED'));
    events.close();
    framework.close();
    agent.stream.close();
  });

  it.each([
    ['', "Missing 'frameworkId' query parameter in the request body"],
    ['frameworkId=none', 'No framework found with specified ID'],
  ])('refuses to tear down %p', async (body, text) => {
    const answer = await ask(`${stage.url}/teardown`, { method: 'POST', body });
    expect([answer.status, answer.text]).toEqual([400, text]);
  });

  it('drains, deactivates and reactivates agents that it knows', async () => {
    const agent = await fakeAgent(stage, 'h2');
    const agent_id = { value: agent.id };
    const show = async (): Promise<unknown> =>
      (JSON.parse((await ask(`${stage.url}/slaves?slave_id=${agent.id}`)).text) as { slaves: unknown[] })
        .slaves[0];
    expect((await api({ type: 'DEACTIVATE_AGENT', deactivate_agent: { agent_id } })).status).toBe(200);
    expect(await show()).toMatchObject({ active: false, deactivated: true });
    expect((await api({ type: 'REACTIVATE_AGENT', reactivate_agent: { agent_id } })).status).toBe(200);
    expect(await show()).toMatchObject({ active: true, deactivated: false });
    const drain = { agent_id, max_grace_period: { seconds: 5 } };
    expect((await api({ type: 'DRAIN_AGENT', drain_agent: drain })).status).toBe(200);
    expect(await show()).toMatchObject({
      drain_info: { config: { max_grace_period: { nanoseconds: 5_000_000_000 }, mark_gone: false } },
    });
    const unknown = { agent_id: { value: 'nobody' } };
    expect((await api({ type: 'DEACTIVATE_AGENT', deactivate_agent: unknown })).status).toBe(400);
    agent.stream.close();
  });

  it('keeps the maintenance of machines', async () => {
    const machine = { hostname: 'h9', ip: '10.0.0.9' };
    const schedule = {
      windows: [
        { machine_ids: [machine], unavailability: { start: { nanoseconds: 1_900_000_000_000_000_000 } } },
      ],
    };
    expect((await post(`${stage.url}/maintenance/schedule`, schedule)).status).toBe(200);
    expect(JSON.parse((await ask(`${stage.url}/maintenance/schedule`)).text)).toEqual(schedule);
    expect((await ask(`${stage.url}/maintenance/status`)).text).toContain(
      '"draining_machines":[{"id":{"hostname":"h9"',
    );
    expect((await post(`${stage.url}/machine/down`, [machine])).status).toBe(200);
    expect(JSON.parse((await api({ type: 'GET_MAINTENANCE_STATUS' })).text)).toEqual({
      type: 'GET_MAINTENANCE_STATUS',
      get_maintenance_status: { status: { down_machines: [machine] } },
    });
    expect((await post(`${stage.url}/machine/up`, [machine])).status).toBe(200);
    expect((await ask(`${stage.url}/maintenance/schedule`)).text).toBe('{}');
    for (const [path, body] of [
      ['/machine/down', '{}'],
      ['/machine/down', '[]'],
      ['/machine/down', [{ hostname: 'unscheduled' }]],
      ['/machine/up', [machine]],
      ['/maintenance/schedule', '{"windows":[{}]}'],
      ['/maintenance/schedule', 'x'],
    ] as const)
      expect([path, body, (await post(stage.url + path, body)).status]).toEqual([path, body, 400]);
  });

  it('has metrics for Mesos tools and for Prometheus', async () => {
    const snapshot = JSON.parse((await ask(`${stage.url}/metrics/snapshot`)).text) as Record<string, number>;
    expect(snapshot['master/elected']).toBe(1);
    expect((await ask(`${stage.url}/metrics`)).text).toContain('murmur_mesos_master_leading 1');
  });
});

describe('who may ask', () => {
  it('is said by --credentials and the flags of each realm', async () => {
    const file = join(await tempFolder(), 'credentials');
    await writeFile(file, 'ops secret\n');
    const stage = await stageMaster({
      credentials: file,
      authenticateHttpReadwrite: true,
      authenticateHttpFrameworks: true,
    });
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    const get = (headers: Record<string, string>) =>
      post(`${stage.url}/api/v1`, { type: 'GET_HEALTH' }, headers);
    expect((await get(basic('ops:secret'))).status).toBe(200);
    for (const headers of [{}, basic('ops:wrong'), basic('nobody:secret'), { authorization: 'Bearer x' }]) {
      const answer = await get(headers);
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
        401,
        'Basic realm="mesos-master-readwrite"',
      ]);
    }
    expect((await ask(`${stage.url}/state`)).status).toBe(200);
    const refused = await post(`${stage.url}/api/v1/scheduler`, SUBSCRIBE);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="mesos-master-scheduler"',
    ]);
  });

  it('is an agent with the cluster key, where there is one', async () => {
    const file = join(await tempFolder(), 'key');
    await writeFile(file, 'a key of the cluster\n');
    const stage = await stageMaster({ clusterKeyFile: file });
    expect((await post(`${stage.url}/internal/agent`, '{}')).status).toBe(401);
    const agent = await fakeAgent(stage, 'h1', 'a key of the cluster');
    expect(agent.id).not.toBe('');
  });
});

describe('a master that starts again', () => {
  it('knows its agents, weights and who is gone', async () => {
    const first = await stageMaster();
    const stays = await fakeAgent(first, 'stays');
    const gone = await fakeAgent(first, 'gone');
    const mark = { type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id: { value: gone.id } } };
    expect((await post(`${first.url}/api/v1`, mark)).status).toBe(200);
    await first.running.stop();
    const second = await stageMaster({ workDir: first.workDir });
    const state = JSON.parse((await ask(`${second.url}/slaves`)).text) as {
      recovered_slaves: { id: string }[];
    };
    expect(state.recovered_slaves.map(({ id }) => id)).toEqual([stays.id]);
    expect([...(second.running.master()?.state.goneAgents.keys() ?? [])]).toEqual([gone.id]);
  });

  it('says which registry it cannot read', async () => {
    const workDir = await tempFolder();
    await writeFile(join(workDir, 'registry.json'), '{"version":1');
    const failures: string[] = [];
    const running = await startMaster(withMasterDefaults({ port: 0, workDir }), {
      log: silentLog(),
      onFailure: (error) => failures.push(error.message),
    });
    await waitFor(() => failures.length > 0, { what: 'the failure' });
    expect(failures[0]).toContain(`the registry ${join(workDir, 'registry.json')} cannot be read`);
    expect((await ask(`http://127.0.0.1:${running.port}/state`)).status).toBe(503);
    await running.stop();
  });
});
