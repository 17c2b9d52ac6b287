/** A Mesos agent's executor API, as far as one executor can see: it gives a task, acknowledges, kills, goes away and comes back. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeRecord, type TaskInfo, type TaskState, type TaskStatus } from '@murmur/engine';

export interface AgentOptions {
  readonly capabilities?: readonly string[];
  readonly hostname?: string;
}

export interface StubAgent {
  readonly endpoint: string;
  /** Of the executor, without repeats, in order. */
  readonly updates: TaskStatus[];
  /** What each SUBSCRIBE brought along. */
  readonly subscribes: {
    readonly unacknowledged_tasks?: readonly TaskInfo[];
    readonly unacknowledged_updates?: readonly { readonly status: TaskStatus }[];
  }[];
  states(): TaskState[];
  /** Off: updates are taken and not acknowledged. */
  acknowledges: boolean;
  launch(task: TaskInfo): void;
  kill(taskId: string, graceSecs?: number): void;
  shutdown(): void;
  /** Cuts the stream and refuses everything, as an agent that is down. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

interface Call {
  readonly type: string;
  readonly subscribe?: StubAgent['subscribes'][number];
  readonly update?: { readonly status: TaskStatus };
}

export async function startAgent({
  capabilities = [],
  hostname = '127.0.0.1',
}: AgentOptions = {}): Promise<StubAgent> {
  let stream: ServerResponse | null = null;
  let server: Server;
  let port = 0;
  const waiting: object[] = [];
  const send = (event: object): void => {
    if (stream === null) waiting.push(event);
    else stream.write(encodeRecord(JSON.stringify(event)));
  };
  const take = (status: TaskStatus): void => {
    const isNew = !agent.updates.some(({ uuid }) => uuid === status.uuid);
    if (isNew) agent.updates.push(status);
    const { task_id, uuid } = status;
    if (agent.acknowledges) send({ type: 'ACKNOWLEDGED', acknowledged: { task_id, uuid } });
  };
  const subscribed = {
    executor_info: { executor_id: { value: 'e1' } },
    framework_info: {
      user: 'root',
      name: 'stub',
      id: { value: 'f1' },
      capabilities: capabilities.map((type) => ({ type })),
    },
    agent_info: { hostname, id: { value: 'a1' } },
  };
  const answer = (call: Call, response: ServerResponse): void => {
    if (call.type === 'SUBSCRIBE') {
      agent.subscribes.push(call.subscribe ?? {});
      stream?.end();
      stream = response.writeHead(200, { 'content-type': 'application/json' });
      response.on('close', () => {
        if (stream === response) stream = null;
      });
      send({ type: 'SUBSCRIBED', subscribed });
      for (const { status } of call.subscribe?.unacknowledged_updates ?? []) take(status);
      for (const event of waiting.splice(0)) send(event);
      return;
    }
    response.writeHead(202).end();
    if (call.update !== undefined) take(call.update.status);
  };
  const open = async (): Promise<void> => {
    server = createServer((request, response) => {
      void bodyOf(request).then((text) => answer(JSON.parse(text) as Call, response));
    });
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
    port = (server.address() as AddressInfo).port;
  };
  const shut = (): Promise<void> =>
    new Promise((done) => {
      stream?.destroy();
      stream = null;
      server.close(() => done());
      server.closeAllConnections();
    });
  const agent: StubAgent = {
    get endpoint() {
      return `127.0.0.1:${port}`;
    },
    updates: [],
    subscribes: [],
    acknowledges: true,
    states: () => agent.updates.map(({ state }) => state),
    launch: (task) => send({ type: 'LAUNCH', launch: { task } }),
    kill: (taskId, graceSecs) =>
      send({
        type: 'KILL',
        kill: {
          task_id: { value: taskId },
          ...(graceSecs === undefined
            ? {}
            : { kill_policy: { grace_period: { nanoseconds: graceSecs * 1e9 } } }),
        },
      }),
    shutdown: () => send({ type: 'SHUTDOWN' }),
    goDown: shut,
    comeBack: open,
    stop: shut,
  };
  await open();
  return agent;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
