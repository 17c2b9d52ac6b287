import { randomUUID } from 'node:crypto';
import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  SchedulerCall,
  SchedulerEvent,
  createRecordDecoder,
  decode,
  encode,
  type FrameworkInfo,
  type Message,
  type OfferOperation,
} from '@murmur/engine';
import { silentLog } from '@murmur/service';
import { waitFor } from '@murmur/testkit';
import {
  createMaster,
  MASTER_DEFAULTS,
  type Master,
  type MasterConfig,
  type MasterOptions,
} from '../../src/master/master.js';
import {
  AGENT_MESSAGES_PATH,
  AGENT_PATH,
  AgentHello,
  AgentMessages,
  MasterMessage,
  STREAM_HEADER,
  type AgentMessage,
} from '../../src/protocol.js';
import { CPUS_4, MASTER_INFO, frameworkInfo } from './harness.js';

/** Waits for a condition; its source is what a failure names. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  await waitFor(condition, { what: condition.toString(), timeoutMs });
}

export interface MasterServer {
  readonly port: number;
  readonly master: Master;
  close(): Promise<void>;
}

/** A master behind a plain HTTP server, quick in everything that is timed. */
export async function startMaster(
  options: Partial<Omit<MasterOptions, 'config'>> & { readonly config?: Partial<MasterConfig> } = {},
): Promise<MasterServer> {
  const { config, ...rest } = options;
  const master = createMaster({
    now: () => Date.now(),
    random: () => Math.random(),
    uuid: () => randomUUID(),
    log: silentLog(),
    ...rest,
    config: { ...MASTER_DEFAULTS, info: MASTER_INFO, allocationIntervalMs: 50, ...config },
  });
  const server: Server = createServer((request, response) => {
    if (request.url === '/api/v1/scheduler') master.schedulerHandler(request, response);
    else if (request.url === AGENT_PATH) master.agentHandler(request, response);
    else if (request.url === AGENT_MESSAGES_PATH) master.agentMessagesHandler(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  master.start();
  return {
    port: (server.address() as AddressInfo).port,
    master,
    close: async () => {
      master.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One finished exchange. */
export function exchange(
  port: number,
  path: string,
  body: string,
  headers: Record<string, string> = {},
  method = 'POST',
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', path, method, headers, agent: false };
    const outgoing = httpRequest(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    outgoing.on('error', reject).end(body);
  });
}

export interface Stream<T> {
  readonly headers: IncomingHttpHeaders;
  /** As they came; every HTTP chunk must have been one record. */
  readonly records: T[];
  ended(): boolean;
  /** Stops reading, without closing. */
  pause(): void;
  destroy(): void;
}

export function openStream<T>(
  port: number,
  path: string,
  body: string,
  type: Message<T>,
  headers: Record<string, string> = {},
): Promise<Stream<T>> {
  return new Promise((resolve, reject) => {
    const all = { 'content-type': 'application/json', accept: 'application/json', ...headers };
    const options = { port, host: '127.0.0.1', path, method: 'POST', headers: all, agent: false };
    const outgoing = httpRequest(options, (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        reject(new Error(`status ${String(response.statusCode)}`));
        return;
      }
      const decoder = createRecordDecoder();
      const records: T[] = [];
      let ended = false;
      response.on('data', (chunk: Buffer) => {
        for (const record of decoder.push(chunk)) {
          records.push(decode(type, JSON.parse(record.toString('utf8')) as unknown));
        }
      });
      response.on('close', () => (ended = true)).on('error', () => (ended = true));
      resolve({
        headers: response.headers,
        records,
        ended: () => ended,
        pause: () => response.pause(),
        destroy: () => outgoing.destroy(),
      });
    });
    outgoing.on('error', reject).end(body);
  });
}

/** A scheduler as small as can be. */
export async function startFramework(
  port: number,
  given: Partial<FrameworkInfo> = {},
  headers: Record<string, string> = {},
) {
  const info = frameworkInfo(given);
  const body = encode(SchedulerCall, {
    type: 'SUBSCRIBE',
    ...(info.id === undefined ? {} : { framework_id: info.id }),
    subscribe: { framework_info: info },
  });
  const stream = await openStream(port, '/api/v1/scheduler', body, SchedulerEvent, headers);
  await until(() => stream.records.length > 0);
  const id = stream.records[0]?.subscribed?.framework_id.value ?? '';
  const streamId = String(stream.headers['mesos-stream-id']);
  const framework = {
    id,
    streamId,
    stream,
    call: (call: SchedulerCall): Promise<Reply> =>
      exchange(port, '/api/v1/scheduler', encode(SchedulerCall, { framework_id: { value: id }, ...call }), {
        'content-type': 'application/json',
        'mesos-stream-id': streamId,
        ...headers,
      }),
    offerIds: () => stream.records.flatMap((event) => event.offers?.offers ?? []).map((offer) => offer.id),
    statuses: () => stream.records.flatMap((event) => (event.update ? [event.update.status] : [])),
    types: () => stream.records.map((event) => event.type).filter((type) => type !== 'HEARTBEAT'),
    /** Waits for an offer that was not used, and uses it. */
    accept: async (operations: OfferOperation[]): Promise<void> => {
      const used = offersUsed;
      await until(() => framework.offerIds().length > used);
      offersUsed = framework.offerIds().length;
      const offer_ids = framework.offerIds().slice(-1);
      const accept = { offer_ids, operations, filters: { refuse_seconds: 0 } };
      const reply = await framework.call({ type: 'ACCEPT', accept });
      if (reply.status !== 202) throw new Error(`ACCEPT: ${String(reply.status)} ${reply.body}`);
    },
  };
  let offersUsed = 0;
  return framework;
}

/** An agent that speaks src/protocol.ts and does nothing by itself but answer pings. */
export async function startAgent(
  port: number,
  given: Partial<AgentHello> = {},
  options: { readonly key?: string; readonly pong?: boolean } = {},
) {
  const auth: Record<string, string> =
    options.key === undefined ? {} : { authorization: `Bearer ${options.key}` };
  const hello: AgentHello = {
    agent_info: { hostname: 'h1', port: 5051, resources: CPUS_4 },
    version: '1.12.0',
    pid: 'slave(1)@127.0.0.1:5051',
    total_resources: CPUS_4,
    ...given,
  };
  const stream = await openStream(port, AGENT_PATH, encode(AgentHello, hello), MasterMessage, auth);
  await until(() => stream.records.length > 0);
  const id = stream.records[0]?.agent_info?.id?.value ?? '';
  const send = (...messages: AgentMessage[]): Promise<Reply> =>
    exchange(port, AGENT_MESSAGES_PATH, encode(AgentMessages, { agent_id: id, messages }), {
      'content-type': 'application/json',
      [STREAM_HEADER]: String(stream.headers[STREAM_HEADER]),
      ...auth,
    });
  let answered = 0;
  const pinger = setInterval(() => {
    const pings = stream.records.filter((message) => message.type === 'PING').length;
    if (options.pong === false || pings === answered || stream.ended()) return;
    answered = pings;
    send({ type: 'PONG' }).catch(() => undefined);
  }, 10);
  return {
    id,
    stream,
    send,
    types: () => stream.records.map((message) => message.type).filter((type) => type !== 'PING'),
    update: (frameworkId: string, taskId: string, state: 'TASK_RUNNING' | 'TASK_FINISHED', uuid: string) =>
      send({
        type: 'UPDATE',
        framework_id: { value: frameworkId },
        status: {
          task_id: { value: taskId },
          state,
          source: 'SOURCE_EXECUTOR',
          agent_id: { value: id },
          uuid,
        },
        latest_state: state,
      }),
    stop: () => {
      clearInterval(pinger);
      stream.destroy();
    },
  };
}
