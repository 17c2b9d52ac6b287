import { waitFor } from '@murmur/testkit';
import {
  createExecutorClient,
  type ExecutorClient,
  type ExecutorClientOptions,
} from '../../src/executor-client.js';
import { readExecutorEnvironment } from '../../src/executor-environment.js';
import { startScriptedAgent, SUBSCRIBED, type ScriptedAgent, type Subscription } from './agent.js';
import type { ExecutorHandler } from '../../src/executor-events.js';
import type { Ledger } from '../../src/executor-client-core.js';

const T1 = { name: 't1', task_id: { value: 't1' }, agent_id: { value: 'a1' } };
const RUNNING = { task_id: { value: 't1' }, state: 'TASK_RUNNING' } as const;

let agent: ScriptedAgent;
let heard: string[];
let ledgers: Ledger[];
const clients: ExecutorClient[] = [];

beforeEach(async () => {
  agent = await startScriptedAgent();
  heard = [];
  ledgers = [];
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await agent.stop();
});

const handler: ExecutorHandler = {
  subscribed: ({ agent_info }) => void heard.push(`subscribed at ${agent_info.hostname}`),
  launch: ({ task_id }) => void heard.push(`launch ${task_id.value}`),
  kill: (id, graceMs) => void heard.push(`kill ${id} ${graceMs}`),
  message: (data) => void heard.push(`message ${data}`),
  shutdown: () => void heard.push('shutdown'),
  acknowledged: () => void heard.push('acknowledged'),
  dead: (reason) => void heard.push(`dead: ${reason}`),
};

function connect(
  env: Record<string, string> = {},
  more: Partial<ExecutorClientOptions> = {},
): ExecutorClient {
  const client = createExecutorClient({
    environment: readExecutorEnvironment({
      MESOS_FRAMEWORK_ID: 'f1',
      MESOS_EXECUTOR_ID: 'e1',
      MESOS_SLAVE_ID: 'a1',
      MESOS_DIRECTORY: '/sandbox',
      MESOS_AGENT_ENDPOINT: agent.endpoint,
      MESOS_CHECKPOINT: '1',
      MESOS_SUBSCRIPTION_BACKOFF_MAX: '20ms',
      ...env,
    }),
    handler,
    log: { info: () => undefined, warn: () => undefined },
    onLedger: (ledger) => void ledgers.push(ledger),
    ...more,
  });
  clients.push(client);
  client.start();
  return client;
}

const subscription = (n: number): Promise<Subscription> =>
  waitFor(() => agent.subscriptions[n] ?? false, { what: `subscription ${n}` });
const hears = (what: string): Promise<true> =>
  waitFor(() => heard.some((line) => line.startsWith(what)), { what: `"${what}" among ${heard.join(', ')}` });
const uuidOf = (n: number): string =>
  (agent.calls[n]?.body['update'] as { status: { uuid: string } }).status.uuid;

describe('an executor client', () => {
  it('subscribes, hears every kind of event, and sends with its ids', async () => {
    const client = connect();
    const stream = await subscription(0);
    expect(stream.body).toEqual({
      type: 'SUBSCRIBE',
      executor_id: { value: 'e1' },
      framework_id: { value: 'f1' },
      subscribe: {},
    });
    stream.event(SUBSCRIBED);
    stream.event({ type: 'HEARTBEAT' });
    stream.event({ type: 'LAUNCH', launch: { task: T1 } });
    stream.event({ type: 'LAUNCH_GROUP', launch_group: { task_group: { tasks: [T1] } } });
    stream.event({ type: 'MESSAGE', message: { data: 'aGk=' } });
    stream.event({ type: 'SOMETHING_NEW' });
    stream.event({ type: 'KILL', kill: { task_id: T1.task_id } });
    const kill_policy = { grace_period: { nanoseconds: 5_000_000_000 } };
    stream.event({ type: 'KILL', kill: { task_id: T1.task_id, kill_policy } });
    stream.event({ type: 'SHUTDOWN' });
    await hears('shutdown');
    expect(heard).toEqual([
      'subscribed at h1',
      'launch t1',
      'launch t1',
      'message aGk=',
      'kill t1 null',
      'kill t1 5000',
      'shutdown',
    ]);
    await client.message('aGk=');
    expect(agent.calls[0]?.body).toMatchObject({ type: 'MESSAGE', message: { data: 'aGk=' } });
  });

  it('keeps an update until it is acknowledged; its uuid is one of version 4', async () => {
    const client = connect();
    const stream = await subscription(0);
    stream.event(SUBSCRIBED);
    stream.event({ type: 'LAUNCH', launch: { task: T1 } });
    await hears('launch');
    client.update(RUNNING);
    await waitFor(() => agent.calls.length === 1, { what: 'the update' });
    expect(agent.calls[0]?.body).toMatchObject({
      type: 'UPDATE',
      update: { status: { ...RUNNING, source: 'SOURCE_EXECUTOR', executor_id: { value: 'e1' } } },
    });
    const uuid = Buffer.from(uuidOf(0), 'base64');
    expect(uuid).toHaveLength(16);
    expect([uuid[6]! >> 4, uuid[8]! >> 6]).toEqual([4, 2]);
    expect(client.ledger()).toMatchObject({ tasks: [T1], updates: [RUNNING] });
    stream.event({ type: 'ACKNOWLEDGED', acknowledged: { task_id: T1.task_id, uuid: uuidOf(0) } });
    await hears('acknowledged');
    expect(client.ledger()).toEqual({ tasks: [], updates: [] });
    expect(ledgers.at(-1)).toEqual(client.ledger());
  });

  it('brings what is unacknowledged along when it subscribes again, and does not send it twice', async () => {
    const client = connect();
    const stream = await subscription(0);
    stream.event(SUBSCRIBED);
    stream.event({ type: 'LAUNCH', launch: { task: T1 } });
    await hears('launch');
    client.update(RUNNING);
    await waitFor(() => agent.calls.length === 1, { what: 'the update' });
    stream.cut();
    const second = await subscription(1);
    expect(second.body['subscribe']).toMatchObject({
      unacknowledged_tasks: [T1],
      unacknowledged_updates: [{ status: { ...RUNNING, uuid: uuidOf(0) } }],
    });
    // Made while it is not subscribed yet: sent once it is.
    client.update({ ...RUNNING, state: 'TASK_FINISHED' });
    second.event(SUBSCRIBED);
    await waitFor(() => agent.calls.length === 2, { what: 'the second update' });
    expect(agent.calls[1]?.body).toMatchObject({ update: { status: { state: 'TASK_FINISHED' } } });
  });

  it('takes over what an earlier process left unacknowledged', async () => {
    const status = { ...RUNNING, uuid: 'AAAAAAAAQACAAAAAAAAAAA==' };
    connect({}, { ledger: { tasks: [T1], updates: [status] } });
    expect((await subscription(0)).body['subscribe']).toEqual({
      unacknowledged_tasks: [T1],
      unacknowledged_updates: [{ status }],
    });
  });

  it.each([404, 503, 400])('tries again after a SUBSCRIBE that was answered %d', async (status) => {
    agent.subscribeStatus = status;
    const client = connect();
    await waitFor(() => client.state() === 'waiting', { what: 'the first try to fail', everyMs: 1 });
    agent.subscribeStatus = null;
    (await subscription(0)).event(SUBSCRIBED);
    await hears('subscribed');
  });

  it.each([
    ['an ERROR event', '44\n{"type":"ERROR","error":{"message":"go away"}}'],
    ['bytes that are no record', 'hello\n'],
    ['a record that is no event', '2\n[]'],
  ])('subscribes again after %s', async (_what, bytes) => {
    connect();
    const stream = await subscription(0);
    stream.event(SUBSCRIBED);
    stream.raw(bytes.replace('44', String(bytes.length - 3)));
    await subscription(1);
  });

  it('says after its recovery time-out that the agent is gone, and why', async () => {
    const client = connect({ MESOS_RECOVERY_TIMEOUT: '100ms' });
    const stream = await subscription(0);
    stream.event(SUBSCRIBED);
    await hears('subscribed');
    agent.subscribeStatus = 503;
    stream.cut();
    await hears('dead: the agent at');
    expect(heard.at(-1)).toContain('503 not now');
    expect(client.state()).toBe('dead');
  });

  it('dies with its agent when it is not to outlive it', async () => {
    connect({ MESOS_CHECKPOINT: '0' });
    const stream = await subscription(0);
    stream.event(SUBSCRIBED);
    await hears('subscribed');
    stream.end();
    await hears('dead: the agent at');
    expect(agent.subscriptions).toHaveLength(1);
  });

  it('sends an update again that the agent could not take, and drops one that it refuses', async () => {
    const client = connect();
    (await subscription(0)).event(SUBSCRIBED);
    await hears('subscribed');
    agent.callStatus = 503;
    client.update(RUNNING);
    await waitFor(() => agent.calls.length >= 2, { what: 'a second try' });
    expect(uuidOf(1)).toBe(uuidOf(0));
    agent.callStatus = 400;
    await waitFor(() => client.ledger().updates.length === 0, { what: 'the refused update to be dropped' });
  });

  it('sends its token with every call', async () => {
    const client = connect({ MESOS_EXECUTOR_AUTHENTICATION_TOKEN: 'a.b.c' });
    const stream = await subscription(0);
    stream.event(SUBSCRIBED);
    await hears('subscribed');
    await client.message('aGk=');
    expect([stream, ...agent.calls].map(({ headers }) => headers.authorization)).toEqual([
      'Bearer a.b.c',
      'Bearer a.b.c',
    ]);
  });

  it('says nothing more after it was closed', async () => {
    const client = connect();
    const stream = await subscription(0);
    stream.event(SUBSCRIBED);
    await hears('subscribed');
    await client.close();
    expect(client.state()).toBe('closed');
    expect(heard).toEqual(['subscribed at h1']);
  });
});
