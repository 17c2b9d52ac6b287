import { createRecordDecoder, encode, type Message } from '@murmur/engine';
import { silentLog } from '@murmur/service';
import { onStopAll, tempFolder, waitFor } from '@murmur/testkit';
import { withMasterDefaults, type MasterFlags } from '../../../src/master/options.js';
import { startMaster, type MasterStartTools, type RunningMaster } from '../../../src/master/start.js';
import { AgentHello, AgentMessages, type AgentMessage } from '../../../src/protocol.js';
import { CPUS_4 } from '../harness.js';

export interface Stage {
  readonly url: string;
  readonly running: RunningMaster;
  readonly workDir: string;
}

/** A master of this process on a free port, leading unless it has a ZooKeeper. */
export async function stageMaster(
  flags: Partial<MasterFlags> = {},
  tools: Partial<MasterStartTools> = {},
): Promise<Stage> {
  const workDir = flags.workDir ?? (await tempFolder());
  const values = withMasterDefaults({
    port: 0,
    allocationInterval: '100ms',
    graceMs: 200,
    ...flags,
    workDir,
  });
  const running = await startMaster(values, { log: silentLog(), ...tools });
  onStopAll(() => running.stop());
  const stage = { url: `http://127.0.0.1:${running.port}`, running, workDir };
  if (values.zk === '') await leads(stage);
  return stage;
}

export function leads(stage: Stage): Promise<unknown> {
  return waitFor(() => stage.running.master() !== null, { what: 'the master to lead', timeoutMs: 60_000 });
}

export interface Stream<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly records: readonly T[];
  /** Each HTTP chunk that came is at least as long as a record; ended when the server ended it. */
  ended(): boolean;
  close(): void;
}

/** Opens a stream of records and collects them. */
export async function openStream<T>(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Stream<T>> {
  const abort = new AbortController();
  onStopAll(() => {
    abort.abort();
    return Promise.resolve();
  });
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: abort.signal,
  });
  const records: T[] = [];
  let ended = false;
  const decoder = createRecordDecoder();
  const read = async (): Promise<void> => {
    for await (const chunk of answer.body ?? [])
      for (const record of decoder.push(chunk as Uint8Array))
        records.push(JSON.parse(record.toString()) as T);
  };
  void read()
    .catch(() => undefined)
    .finally(() => (ended = true));
  return {
    status: answer.status,
    headers: answer.headers,
    records,
    ended: () => ended,
    close: () => {
      abort.abort();
    },
  };
}

export interface FakeAgent {
  readonly id: string;
  readonly stream: Stream<{ type: string }>;
  say(...messages: AgentMessage[]): Promise<number>;
}

/** An agent that has a stream and runs nothing. */
export async function fakeAgent(stage: Stage, hostname: string, key?: string): Promise<FakeAgent> {
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const hello = encode(AgentHello, {
    agent_info: { hostname, port: 5051, resources: CPUS_4 },
    version: '1.12.0',
    pid: 'slave(1)@127.0.0.1:5051',
    total_resources: CPUS_4,
  });
  const stream = await openStream<{ type: string; agent_info?: { id: { value: string } } }>(
    `${stage.url}/internal/agent`,
    hello,
    headers,
  );
  const first = await waitFor(() => stream.records[0], { what: 'SUBSCRIBED', timeoutMs: 60_000 });
  const id = first.agent_info?.id.value ?? '';
  const say = async (...messages: AgentMessage[]): Promise<number> => {
    const answer = await post(
      `${stage.url}/internal/agent/messages`,
      text(AgentMessages, { agent_id: id, messages }),
      { ...headers, 'murmur-stream-id': stream.headers.get('murmur-stream-id') ?? '' },
    );
    return answer.status;
  };
  return { id, stream, say };
}

function text<T>(type: Message<T>, value: T): string {
  return encode(type, value);
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return ask(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(url, { redirect: 'manual', ...init });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}
