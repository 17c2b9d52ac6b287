import { ExecutorEvent, createRecordDecoder, decodeText } from '@murmur/engine';
import { stopAll, waitFor } from '@murmur/testkit';
import type { RunningAgent } from '../../src/agent/start.js';
import { FRAMEWORK, agentAt, commandTask, customTask, registered, run, scriptedMaster } from './support.js';

afterEach(stopAll);

const ids = { framework_id: { value: FRAMEWORK }, executor_id: { value: 'e1' } };
const uuid = 'AAAAAAAAQACAAAAAAAAAAQ=='; // version 4, variant 10
const status = (more: object) => ({
  status: { task_id: { value: 'c1' }, state: 'TASK_RUNNING', source: 'SOURCE_EXECUTOR', uuid, ...more },
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly allow: string | null;
}

async function call(
  agent: RunningAgent,
  body: unknown,
  more: { readonly method?: string; readonly path?: string; readonly headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${agent.port}${more.path ?? '/api/v1/executor'}`, {
    method: more.method ?? 'POST',
    headers: more.headers ?? { 'content-type': 'application/json' },
    ...(more.method === 'GET'
      ? {}
      : { body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) }),
  });
  return { status: response.status, text: await response.text(), allow: response.headers.get('allow') };
}

/** An agent with a custom executor that has been launched and has not subscribed, and a command task. */
async function waiting(): Promise<RunningAgent> {
  const master = await scriptedMaster();
  const { agent } = await agentAt(master);
  await registered(master, agent);
  master.send(run(customTask('c1', 'stay', { env: { SILENT: '1' } }), commandTask('t1', 'exec sleep 1000')));
  await master.waitForState('t1', 'TASK_RUNNING');
  await waitFor(() => [...agent.state.runs.values()].every((each) => each.record !== null), {
    what: 'the executor to be launched',
  });
  return agent;
}

async function subscribe(agent: RunningAgent): Promise<{ events: ExecutorEvent[]; ended: () => boolean }> {
  const response = await fetch(`http://127.0.0.1:${agent.port}/slave(1)/api/v1/executor/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ type: 'SUBSCRIBE', ...ids, subscribe: {} }),
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json');
  const events: ExecutorEvent[] = [];
  let ended = false;
  const decoder = createRecordDecoder();
  const read = async (): Promise<void> => {
    for await (const chunk of response.body ?? []) {
      for (const each of decoder.push(chunk as Uint8Array))
        events.push(decodeText(ExecutorEvent, each.toString()));
    }
  };
  void read()
    .catch(() => undefined)
    .then(() => (ended = true));
  return { events, ended: () => ended };
}

describe('POST /api/v1/executor', () => {
  it('refuses what is wrong, with the codes and texts of a real agent', async () => {
    const agent = await waiting();
    const prefix = 'Failed to validate Executor::Call: ';
    const table: readonly [what: string, body: unknown, status: number, text: string | RegExp][] = [
      ['no type', ids, 400, `${prefix}Expecting 'type' to be present`],
      ['an unknown type', { type: 'DANCE', ...ids }, 400, `${prefix}Expecting 'type' to be present`],
      [
        'no executor id',
        { type: 'HEARTBEAT', framework_id: ids.framework_id },
        400,
        /Missing required fields: executor_id/,
      ],
      ['no subscribe', { type: 'SUBSCRIBE', ...ids }, 400, `${prefix}Expecting 'subscribe' to be present`],
      ['no update', { type: 'UPDATE', ...ids }, 400, `${prefix}Expecting 'update' to be present`],
      ['no message', { type: 'MESSAGE', ...ids }, 400, `${prefix}Expecting 'message' to be present`],
      [
        'no uuid',
        { type: 'UPDATE', ...ids, update: status({ uuid: null }) },
        400,
        `${prefix}Expecting 'uuid' to be present`,
      ],
      [
        '16 bytes that are no UUID',
        { type: 'UPDATE', ...ids, update: status({ uuid: 'qE0vueFv6lODMvfgG2Vqkw==' }) },
        400,
        `${prefix}Not a valid UUID`,
      ],
      [
        '15 bytes',
        { type: 'UPDATE', ...ids, update: status({ uuid: 'AAAAAAAAQACAAAAAAAAA' }) },
        400,
        `${prefix}Not a valid UUID`,
      ],
      [
        'another source',
        { type: 'UPDATE', ...ids, update: status({ source: 'SOURCE_AGENT' }) },
        400,
        /with invalid source, expecting 'SOURCE_EXECUTOR'$/,
      ],
      ['no source', { type: 'UPDATE', ...ids, update: status({ source: null }) }, 400, /with invalid source/],
      [
        'TASK_STAGING',
        { type: 'UPDATE', ...ids, update: status({ state: 'TASK_STAGING' }) },
        400,
        /^Failed to validate Executor::Call: Received TASK_STAGING from executor e1/,
      ],
      [
        'another executor in the status',
        { type: 'UPDATE', ...ids, update: status({ executor_id: { value: 'e2' } }) },
        400,
        `${prefix}ExecutorID in Call: e1 does not match ExecutorID in TaskStatus: e2`,
      ],
      [
        'an unknown framework',
        { type: 'SUBSCRIBE', ...ids, framework_id: { value: 'x' }, subscribe: {} },
        400,
        'Framework cannot be found',
      ],
      [
        'an unknown executor',
        { type: 'SUBSCRIBE', ...ids, executor_id: { value: 'x' }, subscribe: {} },
        400,
        'Executor cannot be found',
      ],
      [
        'a command task',
        { type: 'SUBSCRIBE', ...ids, executor_id: { value: 't1' }, subscribe: {} },
        400,
        'Executor cannot be found',
      ],
      [
        'an update before SUBSCRIBE',
        { type: 'UPDATE', ...ids, update: status({}) },
        403,
        'Executor is not subscribed',
      ],
      [
        'a message before SUBSCRIBE',
        { type: 'MESSAGE', ...ids, message: { data: '' } },
        403,
        'Executor is not subscribed',
      ],
      [
        'a heartbeat of anybody',
        { type: 'HEARTBEAT', framework_id: { value: 'x' }, executor_id: { value: 'x' } },
        202,
        '',
      ],
      ['no JSON', '{"type":', 400, /^Failed to parse body into JSON: /],
      ['no object', '[]', 400, /^Failed to convert JSON into Call protobuf: /],
    ];
    for (const [what, body, wanted, text] of table) {
      const answer = await call(agent, body);
      expect([what, answer.status]).toEqual([what, wanted]);
      if (typeof text === 'string') expect([what, answer.text]).toEqual([what, text]);
      else expect(answer.text).toMatch(text);
    }
  });

  it('refuses other methods, types and accepts', async () => {
    const agent = await waiting();
    const call1 = { type: 'SUBSCRIBE', ...ids, subscribe: {} };
    expect(await call(agent, null, { method: 'GET' })).toMatchObject({ status: 405, allow: 'POST' });
    expect(await call(agent, call1, { headers: {} })).toMatchObject({
      status: 400,
      text: "Expecting 'Content-Type' to be present",
    });
    expect((await call(agent, call1, { headers: { 'content-type': 'text/plain' } })).status).toBe(415);
    const accept = { 'content-type': 'application/json', accept: 'text/html' };
    expect((await call(agent, call1, { headers: accept })).status).toBe(406);
  });

  it('opens a stream: SUBSCRIBED with everything of itself, then LAUNCH; a second closes the first', async () => {
    const agent = await waiting();
    const first = await subscribe(agent);
    await waitFor(() => first.events.length >= 2, { what: 'SUBSCRIBED and LAUNCH' });
    const [subscribed, launched] = first.events;
    expect(subscribed).toMatchObject({
      type: 'SUBSCRIBED',
      subscribed: {
        executor_info: { executor_id: { value: 'e1' }, framework_id: { value: FRAMEWORK } },
        framework_info: { id: { value: FRAMEWORK } },
        agent_info: { id: { value: 'm1-S0' } },
        container_id: { value: expect.any(String) },
      },
    });
    expect(launched).toMatchObject({ type: 'LAUNCH', launch: { task: { task_id: { value: 'c1' } } } });

    expect((await call(agent, { type: 'UPDATE', ...ids, update: status({}) })).status).toBe(202);
    await waitFor(() => first.events.length >= 3, { what: 'ACKNOWLEDGED' });
    expect(first.events[2]).toEqual({
      type: 'ACKNOWLEDGED',
      acknowledged: { task_id: { value: 'c1' }, uuid },
    });

    const second = await subscribe(agent);
    await waitFor(() => first.ended() && second.events.length >= 1, { what: 'the first stream to end' });
    expect(second.events.map((event) => event.type)).toEqual(['SUBSCRIBED']);
  });
});
