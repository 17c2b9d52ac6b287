import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, readFileSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeText,
  encode,
  encodeRecord,
  type FrameworkInfo,
  type Resource,
  type TaskInfo,
  type TaskState,
  type TaskStatus,
} from '@murmur/engine';
import { silentLog } from '@murmur/service';
import { onStopAll, tempFolder, waitFor } from '@murmur/testkit';
import { startAgent, type RunningAgent } from '../../src/agent/start.js';
import { withAgentDefaults, type AgentOptions } from '../../src/agent/options.js';
import { probeThisMachine } from '../../src/containerizer/index.js';
import {
  AGENT_MESSAGES_PATH,
  AGENT_PATH,
  AgentHello,
  AgentMessages,
  MasterMessage,
  STREAM_HEADER,
  type AgentMessage,
} from '../../src/protocol.js';

/** A master that does what a test says: it takes hellos, keeps what agents say, and acknowledges updates if told to. */
export interface ScriptedMaster {
  readonly address: string;
  readonly hellos: AgentHello[];
  readonly messages: AgentMessage[];
  /** Whether updates are acknowledged at once. */
  acknowledge: boolean;
  send(message: MasterMessage): void;
  /** Ends the agent's stream. */
  drop(): void;
  /** While false, agents are answered 503. */
  leads: boolean;
  statuses(taskId: string): TaskStatus[];
  states(taskId: string): TaskState[];
  waitForState(taskId: string, state: TaskState): Promise<TaskStatus>;
  close(): Promise<void>;
}

export const AGENT_ID = 'm1-S0';
export const FRAMEWORK = 'm1-0000';

export async function scriptedMaster(clusterKey = ''): Promise<ScriptedMaster> {
  const hellos: AgentHello[] = [];
  const messages: AgentMessage[] = [];
  let stream: { readonly id: string; readonly response: ServerResponse } | null = null;
  const write = (message: MasterMessage): void => {
    stream?.response.write(encodeRecord(encode(MasterMessage, message)));
  };
  const subscribe = (body: string, response: ServerResponse): void => {
    const hello = decodeText(AgentHello, body);
    hellos.push(hello);
    stream?.response.end();
    stream = { id: randomBytes(8).toString('hex'), response };
    response.writeHead(200, { 'content-type': 'application/json', [STREAM_HEADER]: stream.id });
    const id = hello.agent_info.id ?? { value: AGENT_ID };
    write({
      type: 'SUBSCRIBED',
      agent_info: { ...hello.agent_info, id },
      ping_interval: { nanoseconds: 15e9 },
      ping_timeout: { nanoseconds: 75e9 },
    });
  };
  const take = (request: IncomingMessage, body: string, response: ServerResponse): void => {
    if (request.headers[STREAM_HEADER] !== stream?.id) {
      response.writeHead(409).end('not the current stream');
      return;
    }
    for (const message of decodeText(AgentMessages, body).messages ?? []) {
      messages.push(message);
      if (message.type === 'UPDATE' && master.acknowledge) acknowledge(message);
    }
    response.writeHead(200).end();
  };
  const acknowledge = (message: AgentMessage): void => {
    const { status, framework_id } = message;
    if (status?.uuid === undefined || framework_id === undefined) return;
    write({ type: 'ACKNOWLEDGE', framework_id, task_id: status.task_id, uuid: status.uuid });
  };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const key = clusterKey === '' ? undefined : `Bearer ${clusterKey}`;
      if (!master.leads) response.writeHead(503).end('No leader elected');
      else if (request.headers.authorization !== key) response.writeHead(401).end('wrong key');
      else if (request.url === AGENT_PATH) subscribe(body, response);
      else if (request.url === AGENT_MESSAGES_PATH) take(request, body, response);
      else response.writeHead(404).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const statuses = (taskId: string): TaskStatus[] =>
    messages.flatMap(({ type, status }) =>
      type === 'UPDATE' && status?.task_id.value === taskId ? [status] : [],
    );
  const master: ScriptedMaster = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    hellos,
    messages,
    acknowledge: true,
    leads: true,
    send: write,
    drop: () => {
      stream?.response.end();
      stream = null;
    },
    statuses,
    states: (taskId) => statuses(taskId).map((status) => status.state),
    waitForState: (taskId, state) =>
      waitFor(() => statuses(taskId).find((status) => status.state === state), {
        what: `${taskId} to be ${state}`,
        timeoutMs: 60_000,
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  onStopAll(() => master.close());
  return master;
}

export interface AgentUnderTest {
  readonly agent: RunningAgent;
  readonly options: AgentOptions;
}

/** An agent in a temporary folder with cgroups of its own; `stopAll` ends what runs and removes them. */
export async function agentAt(
  master: ScriptedMaster,
  more: Partial<AgentOptions> = {},
): Promise<AgentUnderTest> {
  const workDir = more.workDir ?? (await tempFolder('agent'));
  const cgroupsRoot = more.cgroupsRoot ?? `murmur-test-${process.pid}-${randomBytes(4).toString('hex')}`;
  const options = withAgentDefaults({
    master: master.address,
    port: 0,
    resources: 'cpus:4;mem:4096;disk:4096;ports:[31000-32000]',
    attributes: 'rack:a',
    speed: false,
    graceMs: 200,
    workDir,
    cgroupsRoot,
    ...more,
  });
  const agent = await startAgent(options, { log: silentLog() });
  onStopAll(async () => {
    await agent.stop();
    await endAll(options);
  });
  return { agent, options };
}

/** Ends what an agent left running, and its cgroups. */
export async function endAll(options: AgentOptions): Promise<void> {
  const cleaner = await startAgent(
    { ...options, port: 0, master: '127.0.0.1:9', recover: 'cleanup' },
    { log: silentLog() },
  );
  await cleaner.stop();
  const { v1, unified } = probeThisMachine();
  const mounts = new Set([...(Object.values(v1) as string[]), ...(unified === null ? [] : [unified.mount])]);
  for (const mount of mounts) removeTree(join(mount, options.cgroupsRoot));
}

function removeTree(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(folder, entry.name));
  }
  rmdirSync(folder);
}

export function registered(master: ScriptedMaster, agent: RunningAgent): Promise<unknown> {
  return waitFor(() => master.hellos.length > 0 && agent.state.connected, { what: 'the agent to register' });
}

export const frameworkInfo: FrameworkInfo = {
  user: 'root',
  name: 'tested',
  id: { value: FRAMEWORK },
  failover_timeout: 60,
  checkpoint: true,
  roles: ['prod'],
  capabilities: [{ type: 'MULTI_ROLE' }, { type: 'PARTITION_AWARE' }, { type: 'TASK_KILLING_STATE' }],
};

export function scalar(name: string, value: number): Resource {
  return { name, type: 'SCALAR', scalar: { value }, allocation_info: { role: 'prod' } };
}

/** A command task: a shell script with 0.1 cpus and 32 MB. */
export function commandTask(id: string, script: string, more: Partial<TaskInfo> = {}): TaskInfo {
  return {
    name: id,
    task_id: { value: id },
    agent_id: { value: AGENT_ID },
    resources: [scalar('cpus', 0.1), scalar('mem', 32)],
    command: { value: script },
    ...more,
  };
}

export function run(...tasks: readonly TaskInfo[]): MasterMessage {
  return { type: 'RUN', framework_info: frameworkInfo, framework_id: { value: FRAMEWORK }, tasks };
}

export function kill(taskId: string): MasterMessage {
  return { type: 'KILL', framework_id: { value: FRAMEWORK }, task_id: { value: taskId } };
}

const EXECUTOR = join(import.meta.dirname, 'executor.mjs');

/** A task of the custom executor in `executor.mjs`; `does` is what it does. */
export function customTask(
  id: string,
  does: 'finish' | 'stay' | 'exit',
  more: { readonly executorId?: string; readonly env?: Record<string, string>; readonly mem?: number } = {},
): TaskInfo {
  const variables = Object.entries(more.env ?? {}).map(([name, value]) => ({ name, value }));
  return {
    name: id,
    task_id: { value: id },
    agent_id: { value: AGENT_ID },
    resources: [scalar('cpus', 0.1), scalar('mem', more.mem ?? 32)],
    data: Buffer.from(does).toString('base64'),
    executor: {
      type: 'CUSTOM',
      executor_id: { value: more.executorId ?? 'e1' },
      framework_id: { value: FRAMEWORK },
      command: { value: `exec '${process.execPath}' '${EXECUTOR}'`, environment: { variables } },
      resources: [scalar('cpus', 0.1), scalar('mem', 128)],
    },
  };
}

/** Lines that the executor wrote about what it did. */
export function effectsOf(options: AgentOptions, executorId = 'e1'): string[] {
  const runs = `slaves/${AGENT_ID}/frameworks/${FRAMEWORK}/executors/${executorId}/runs/latest/effects`;
  try {
    return readFileSync(join(options.workDir, runs), 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}
