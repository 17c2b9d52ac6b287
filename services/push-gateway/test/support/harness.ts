/** A gateway in this process, with a timeline, a token table and a queue that the test holds in its hands. */
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { encodePushItem, type Cursor, type HomeSince, type Id, type PushItem } from '@murmur/model';
import type { Caller } from '@murmur/public-api';
import { apiErrors } from '@murmur/public-api';
import { createHttp, createMetrics, silentLog, type Metrics } from '@murmur/service';
import { waitFor } from '@murmur/testkit';
import { WebSocket } from 'ws';
import { createGateway, type CoreOptions, type Gateway } from '../../src/gateway.js';

export const CLUSTER_KEY = 'a key of sixteen characters';
export const NOTHING_MISSED: HomeSince = { statuses: [], complete: true, gapBelow: null };

export interface TestGateway {
  readonly gateway: Gateway;
  readonly metrics: Metrics;
  readonly port: number;
  readonly tokens: Map<string, Caller>;
  readonly puts: { queue: string; payload: Buffer }[];
  /** Replace to say what timeline answers. */
  home: (account: Id, cursor: Cursor) => Promise<HomeSince>;
  /** Replace to let puts fail. */
  put: (queue: string, payload: Buffer) => Promise<void>;
  /** One batch of the push queue. */
  push(...items: PushItem[]): Promise<void>;
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  stop(): Promise<void>;
}

export function caller(accountId: Id | null, scopes: readonly string[] = ['read']): Caller {
  return { accountId, appId: 1n, scopes, tokenSha256: '' };
}

export async function startTestGateway(overrides: Partial<CoreOptions> = {}): Promise<TestGateway> {
  const metrics = createMetrics();
  const log = silentLog();
  const nothing = (): void => undefined;
  const http = createHttp({
    log,
    metrics,
    clusterKey: CLUSTER_KEY,
    health: () => null,
    onQuit: nothing,
    onAbort: nothing,
  });
  let epochs = 0;
  const test = { home: () => Promise.resolve(NOTHING_MISSED) } as unknown as TestGateway;
  const puts: TestGateway['puts'] = [];
  const tokens = new Map<string, Caller>([
    ['alice', caller(1n)],
    ['bob', caller(2n, ['read:statuses', 'write'])],
    ['writer', caller(3n, ['write'])],
    ['app', caller(null)],
  ]);
  test.put = (queue, payload) => {
    puts.push({ queue, payload });
    return Promise.resolve();
  };
  const gateway = createGateway(
    {
      instance: 'g1',
      publicUrl: 'http://h',
      connectionsMax: 1_000,
      accountConnectionsMax: 32,
      bufferBytesMax: 262_144,
      catchUpMs: 600_000,
      catchUpConcurrency: 4,
      catchUpsPerSecond: 10_000,
      tokenCheckMs: 86_400_000,
      ...overrides,
    },
    {
      http,
      metrics,
      log,
      resolveToken: (token) =>
        token === 'away' ? Promise.reject(new Error('away')) : Promise.resolve(tokens.get(token) ?? null),
      askHome: (account, cursor) => test.home(account, cursor),
      put: (queue, payload) => test.put(queue, payload),
      queueStats: () => Promise.resolve([{ server: 'k', items: 3, ageMs: 2_000 }]),
      newEpoch: () => `e${String(++epochs)}`,
      now: () => Date.now(),
    },
  );
  http.app.use(...apiErrors({ log }));
  const port = await http.listen(0, '127.0.0.1');
  return Object.assign(test, {
    gateway,
    metrics,
    port,
    tokens,
    puts,
    push: (...items: PushItem[]) => gateway.deliver(items.map(encodePushItem)),
    metric: (name: string, labels = {}) => metricOf(metrics, name, labels),
    stop: async () => {
      await gateway.drain(0);
      await gateway.stop();
      await http.close(0);
    },
  } satisfies Omit<TestGateway, 'home' | 'put'>);
}

async function metricOf(
  metrics: Metrics,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const found = await metrics.registry.getSingleMetric(name)?.get();
  if (found === undefined) throw new Error(`no metric ${name}`);
  return found.values
    .filter((value) =>
      Object.entries(labels).every(([key, text]) =>
        Object.entries(value.labels).some(([k, v]) => k === key && v === text),
      ),
    )
    .reduce((sum, value) => sum + value.value, 0);
}

export interface SseEvent {
  readonly event: string;
  readonly id: string | null;
  readonly data: string;
}

/** Events of whole blocks; comments are left out. */
export function parseSse(text: string): SseEvent[] {
  const blocks = text.split('\n\n').slice(0, -1);
  return blocks.flatMap((block) => {
    const fields = new Map<string, string>();
    for (const line of block.split('\n')) {
      const at = line.indexOf(': ');
      if (at > 0) fields.set(line.slice(0, at), line.slice(at + 2));
    }
    const event = fields.get('event');
    return event === undefined
      ? []
      : [{ event, id: fields.get('id') ?? null, data: fields.get('data') ?? '' }];
  });
}

export interface SseClient {
  readonly socket: Socket;
  text(): string;
  head(): string;
  events(): SseEvent[];
  /** Ids of the statuses in `update` events, in order. */
  ids(): string[];
  ended(): boolean;
  close(): void;
}

/** Resolves once the stream has begun (its first bytes have come). */
export async function openSse(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<SseClient> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let ended = false;
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => (text += chunk));
  socket.on('error', () => undefined);
  socket.on('close', () => (ended = true));
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: h\r\n${lines.join('')}\r\n`);
  await waitFor(() => text.includes('\r\n\r\n:)\n') || ended, { what: 'the stream to begin' });
  const body = (): string => text.slice(text.indexOf('\r\n\r\n:)\n') + 7);
  const client: SseClient = {
    socket,
    text: body,
    head: () => text.slice(0, text.indexOf('\r\n\r\n')),
    events: () => parseSse(body()),
    ids: () => client.events().flatMap((e) => (e.event === 'update' ? [idOf(e.data)] : [])),
    ended: () => ended,
    close: () => socket.destroy(),
  };
  return client;
}

function idOf(payload: string): string {
  return (JSON.parse(payload) as { id: string }).id;
}

export interface WsMessage {
  readonly stream?: string[];
  readonly event?: string;
  readonly payload?: string;
  readonly cursor?: string;
  readonly error?: string;
  readonly status?: number;
}

export interface WsClient {
  readonly ws: WebSocket;
  readonly messages: WsMessage[];
  ids(): string[];
  closed(): { code: number; reason: string } | null;
}

export async function openWs(port: number, path: string, protocol?: string): Promise<WsClient> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocol === undefined ? [] : [protocol]);
  const messages: WsMessage[] = [];
  let closed: { code: number; reason: string } | null = null;
  ws.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as WsMessage));
  ws.on('close', (code, reason) => (closed = { code, reason: reason.toString() }));
  await new Promise((resolve, reject) => {
    ws.once('open', resolve);
    ws.once('error', reject);
  });
  return {
    ws,
    messages,
    closed: () => closed,
    ids: () => messages.flatMap((m) => (m.event === 'update' ? [idOf(m.payload ?? '{}')] : [])),
  };
}

export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request that is answered, not streamed; also what an upgrade that is refused gets. */
export function ask(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    const req = httpRequest({ port, host: '127.0.0.1', path, headers, method, agent: false }, (res) => {
      let body = '';
      res.setEncoding('utf8');
      res.on('data', (chunk: string) => (body += chunk));
      res.on('end', () => {
        resolve({ status: res.statusCode ?? 0, headers: res.headers, body });
      });
    });
    req.on('error', reject);
    req.end();
  });
}

export const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
} as const;
