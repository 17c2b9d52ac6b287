import { encode, MaintenanceClusterStatus, MasterInfo, MasterResponseGetRoles } from '@murmur/engine';
import { removeFramework } from '../../../src/master/frameworks-core.js';
import { getRoles, renderRoles, weightInfos } from '../../../src/master/operator/roles-core.js';
import { renderMetrics, type MetricFacts } from '../../../src/master/operator/metrics-core.js';
import { renderMaintenanceStatus } from '../../../src/master/operator/maintenance-core.js';
import {
  renderFrameworks,
  renderSlaves,
  renderState,
  renderStateSummary,
  renderTasks,
  type Facts,
} from '../../../src/master/operator/state-core.js';
import {
  getAgents,
  getExecutors,
  getFrameworks,
  getState,
  getTasks,
  object,
} from '../../../src/master/operator/v1-core.js';
import { recording, type Exchange } from '../../transcripts/recording.js';
import { differences } from '../../transcripts/shape.js';
import { CPUS_4, createCluster, launchOf, scalarOf, taskInfo, UUID, UUID_2 } from '../harness.js';

/** Where answers are meant to differ from the recording: path within the answer, and why. */
const DELIBERATE: readonly (readonly [within: RegExp, why: string])[] = [
  [/^flags\./, 'the flags are our own'],
  [/^git_(sha|branch)$/, 'built from no checkout'],
  [/^capabilities/, 'the state of this test has none; over HTTP they are there'],
  [/agent_info\.checkpoint$/, 'deprecated in Mesos: every agent checkpoints'],
];

const FACTS: Facts = {
  version: { version: '1.12.0', build_date: '', build_time: 0, build_user: '' },
  flags: { port: '5050' },
  cluster: null,
};
const METRICS: MetricFacts = {
  now: 5_000_000,
  elected: true,
  allocation: { runs: 3, lastMs: 0.5 },
  registry: { queued: 0, bytes: 10, fetchMs: 1, storeMs: [2, 1] },
  system: { cpus: 2, load: [1, 2, 3], totalBytes: 10, freeBytes: 5 },
  operatorSubscribers: 0,
};

/** What was there when the recorded operator asked: a framework that is gone, and one with a task that starts. */
function recordedCluster() {
  const cluster = createCluster();
  const { agent } = cluster.hello({
    info: { attributes: [{ name: 'rack', type: 'TEXT', text: { value: 'a' } }], resources: CPUS_4 },
  });
  const capabilities = [
    { type: 'MULTI_ROLE' },
    { type: 'PARTITION_AWARE' },
    { type: 'TASK_KILLING_STATE' },
  ] as const;
  const container_status = {
    container_id: { value: 'c' },
    network_infos: [{ ip_addresses: [{ protocol: 'IPv4', ip_address: '127.0.0.1' }] }],
    executor_pid: 7,
  } as const;
  const launch = (name: string, given: Parameters<typeof taskInfo>[2], principal: string | null) => {
    const { framework } = cluster.subscribe({
      name,
      capabilities,
      ...(principal === null ? {} : { principal }),
    });
    cluster.allocate();
    const resources = [scalarOf('cpus', 0.1), scalarOf('mem', 32)];
    cluster.accept(framework, [launchOf(taskInfo(`${name}-1`, agent, { resources, ...given }))], 0);
    return framework;
  };
  const status = (id: string, state: 'TASK_STARTING' | 'TASK_FINISHED', uuid: string) => ({
    task_id: { value: id },
    agent_id: { value: agent.id },
    executor_id: { value: id },
    source: 'SOURCE_EXECUTOR' as const,
    state,
    timestamp: 1_000.5,
    uuid,
    container_status,
  });
  const old = launch('check', {}, null);
  cluster.update(agent, old, status('check-1', 'TASK_STARTING', UUID));
  cluster.turn((turn) => {
    removeFramework(turn, old, 'TEARDOWN');
  });
  old.reregisteredAt = cluster.now() + 1;
  const framework = launch(
    'recorded',
    {
      labels: { labels: [{ key: 'k', value: 'v' }] },
      discovery: {
        visibility: 'CLUSTER',
        name: 'svc',
        ports: { ports: [{ number: 31000, name: 'http' }] },
      },
    },
    'p',
  );
  cluster.update(agent, framework, status('recorded-1', 'TASK_STARTING', UUID_2));
  cluster.allocate();
  return { cluster, framework, agent };
}

const exchanges = recording().filter(
  (line): line is Exchange =>
    line.what === 'exchange' && line.request.headers['x-recorded-from'] === undefined,
);
const recorded = (method: string, path: string, call?: string): unknown => {
  const found = exchanges.find(
    ({ request }) =>
      request.method === method &&
      request.path === path &&
      (call === undefined || request.body === JSON.stringify({ type: call })),
  );
  return JSON.parse(found?.response.body ?? 'null') as unknown;
};
/** Resources have no order; here they have that of their names. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const name = (each: unknown): string => {
      const given = (each as { name?: unknown } | null)?.name;
      return typeof given === 'string' ? given : '';
    };
    return value.map(sorted).sort((a, b) => name(a).localeCompare(name(b)));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, sorted(each)]));
}
const unlike = (wanted: unknown, got: unknown): string[] =>
  differences(sorted(wanted), sorted(JSON.parse(JSON.stringify(got))))
    .filter(({ path }) => !DELIBERATE.some(([within]) => within.test(path)))
    .map(({ path, what }) => `${path} ${what}`);

describe('what operators read has the shape of what a real Mesos answered', () => {
  const { cluster, framework, agent } = recordedCluster();
  const { state } = cluster;
  const none = new URLSearchParams();

  it.each([
    ['/state', () => renderState(state, FACTS)],
    ['/state-summary', () => renderStateSummary(state, FACTS)],
    ['/slaves', () => renderSlaves(state, none)],
    ['/frameworks', () => renderFrameworks(state, none)],
    ['/tasks', () => renderTasks(state, none)],
    ['/roles', () => renderRoles(state)],
    ['/weights', () => weightInfos(state)],
    ['/version', () => FACTS.version],
    [
      '/maintenance/status',
      () => JSON.parse(encode(MaintenanceClusterStatus, renderMaintenanceStatus(state))) as unknown,
    ],
  ])('GET %s', (path, render) => {
    expect(unlike(recorded('GET', path), render())).toEqual([]);
  });

  it.each([
    ['GET_AGENTS', 'get_agents', () => getAgents(state)],
    ['GET_FRAMEWORKS', 'get_frameworks', () => getFrameworks(state)],
    ['GET_EXECUTORS', 'get_executors', () => getExecutors(state)],
    ['GET_TASKS', 'get_tasks', () => getTasks(state)],
    ['GET_STATE', 'get_state', () => getState(state)],
    ['GET_ROLES', 'get_roles', () => encode(MasterResponseGetRoles, getRoles(state))],
    [
      'GET_MASTER',
      'get_master',
      () =>
        object({
          master_info: encode(MasterInfo, {
            ...state.info,
            address: { hostname: 'h', ip: '1.2.3.4', port: 1 },
            capabilities: [{ type: 'AGENT_UPDATE' }],
          }),
          start_time: '1',
          elected_time: '1',
        }),
    ],
  ] as const)('POST /api/v1 %s', (call, field, text) => {
    const answer = { type: call, [field]: JSON.parse(text()) as unknown };
    expect(unlike(recorded('POST', '/api/v1', call), answer)).toEqual([]);
  });

  it('counts what is used and offered once', () => {
    const [slave] = (renderSlaves(state, none) as { slaves: Record<string, unknown>[] }).slaves;
    expect(slave).toMatchObject({
      resources: { cpus: 4, mem: 4096, disk: 4096, gpus: 0, ports: '[31000-32000]' },
      used_resources: { cpus: 0.1, mem: 32, disk: 0, gpus: 0 },
      offered_resources: { cpus: 3.9, mem: 4064, disk: 4096, ports: '[31000-32000]' },
    });
    const roles = renderRoles(state) as { roles: Record<string, unknown>[] };
    expect(roles.roles[0]).toMatchObject({
      name: 'prod',
      allocated: { cpus: 0.1, mem: 32 },
      offered: { ports: 1001 },
      resources: { cpus: 4, ports: 1001 },
    });
  });

  it('has the metrics that tools look for', () => {
    const metrics = renderMetrics(state, METRICS);
    const snapshot = recorded('GET', '/metrics/snapshot') as Record<string, number>;
    const absent = Object.keys(snapshot).filter(
      (name) =>
        !(name in metrics) &&
        !/^(master\/(operations|frameworks\/|task_)|allocator\/|frameworks\/|.*http_cache)/.test(name),
    );
    expect(absent).toEqual([]);
    expect(Object.values(metrics).every((value) => Number.isFinite(value))).toBe(true);
    expect(metrics).toMatchObject({
      'master/cpus_total': 4,
      'master/cpus_used': 0.1,
      'master/slaves_active': 1,
      'master/frameworks_connected': 1,
      'master/tasks_starting': 1,
      'master/outstanding_offers': 1,
      'registrar/state_store_ms/max': 2,
      [`master/frameworks/recorded/${framework.id}/tasks/active/task_starting`]: 1,
    });
  });

  it('picks agents, frameworks and tasks by query', () => {
    const slaves = (text: string): number =>
      (renderSlaves(state, new URLSearchParams(text)) as { slaves: unknown[] }).slaves.length;
    expect([slaves(`slave_id=${agent.id}`), slaves('slave_id=x')]).toEqual([1, 0]);
    const tasks = (text: string): unknown[] =>
      (renderTasks(state, new URLSearchParams(text)) as { tasks: { id: string }[] }).tasks.map(
        ({ id }) => id,
      );
    expect(tasks('')).toHaveLength(2);
    expect(tasks(`framework_id=${framework.id}`)).toEqual(['recorded-1']);
    expect(tasks('task_id=check-1&limit=-1')).toEqual(['check-1']);
    expect([tasks('limit=0'), tasks('limit=x&offset=2'), tasks('order=asc&limit=1').length]).toEqual([
      [],
      [],
      1,
    ]);
  });
});
