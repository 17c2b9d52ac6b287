import { openHttp, redirectedTo, type Http, type HttpCall, type HttpStream } from '../http.js';
import { decodeText, encode } from '../wire/json-core.js';
import type { FrameworkInfo } from '../wire/messages/entities.js';
import { SchedulerCall, SchedulerEvent } from '../wire/messages/scheduler.js';
import { createRecordDecoder } from '../wire/recordio-core.js';
import {
  HEARTBEATS_MISSED_MAX,
  initialState,
  step,
  type ClientEffect,
  type ClientEvent,
  type ClientState,
} from './client-core.js';
import type { MasterDetector } from './detector.js';

export const SCHEDULER_PATH = '/api/v1/scheduler';
/** Calls that wait for their turn on the connection; beyond it a scheduler is told to slow down. */
export const CALLS_WAITING_MAX = 10_000;
/** From the call to its 202, which the master gives before it acts. */
export const CALL_TIMEOUT_MS = 15_000;
/** Assumed until SUBSCRIBED names its own, seconds. */
const HEARTBEAT_SECONDS = 15;

export interface SchedulerClientLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface SchedulerClientOptions {
  readonly detector: MasterDetector;
  /** With `id` when it was registered before: then its tasks are still its own. */
  readonly framework: FrameworkInfo;
  readonly suppressedRoles?: readonly string[];
  readonly log: SchedulerClientLog;
  readonly random?: () => number;
}

export interface SchedulerListener {
  /** Every event of the stream but HEARTBEAT, in its order; SUBSCRIBED first. */
  event(event: SchedulerEvent): void;
  disconnected(reason: string): void;
  /** For good. `reason` is null after `stop()`, else what the master said: the framework was removed, failed over, is invalid. */
  ended(reason: string | null): void;
}

/** A call that the master refused, or that was not sent, or that may not have arrived (`sure` is false then). */
export class SchedulerCallError extends Error {
  override readonly name = 'SchedulerCallError';
  readonly sure: boolean;
  constructor(message: string, sure: boolean) {
    super(message);
    this.sure = sure;
  }
}

/** Everything of a call but the framework's id, which the client knows. */
export type Call = Omit<SchedulerCall, 'framework_id'>;

export interface SchedulerClient {
  /** Sends a call; calls arrive in the order of `send`. Rejects with SchedulerCallError, at once while not subscribed. */
  send(call: Call): Promise<void>;
  frameworkId(): string | null;
  subscribed(): boolean;
  /** Closes the stream; the framework's failover time-out begins to run. */
  stop(): Promise<void>;
}

/** Subscribes, and stays subscribed until `stop` or until the master says that this framework is over. */
export function createSchedulerClient(
  options: SchedulerClientOptions,
  listener: SchedulerListener,
): SchedulerClient {
  return new Client(options, listener);
}

class Client implements SchedulerClient {
  readonly #options: SchedulerClientOptions;
  readonly #listener: SchedulerListener;
  #state: ClientState = initialState;
  #framework: FrameworkInfo;
  #http: Http | null = null;
  #url = '';
  /** The end of the queue of calls: their order is kept by sending one at a time. */
  #tail: Promise<unknown> = Promise.resolve();
  #stream: HttpStream | null = null;
  #streamId: string | null = null;
  /** Counts connections: news of an older one is ignored. */
  #connection = 0;
  #heartbeatSeconds = HEARTBEAT_SECONDS;
  #silence: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #waiting = 0;
  readonly #unwatch: () => void;

  constructor(options: SchedulerClientOptions, listener: SchedulerListener) {
    this.#options = options;
    this.#listener = listener;
    this.#framework = options.framework;
    this.#unwatch = options.detector.onChange((url) => this.#on({ kind: 'leader', url }));
    this.#on({ kind: 'leader', url: options.detector.leader() });
  }

  frameworkId(): string | null {
    return this.#framework.id?.value ?? null;
  }

  subscribed(): boolean {
    return this.#state.phase === 'subscribed' && this.#streamId !== null;
  }

  async send(call: Call): Promise<void> {
    const what = call.type ?? 'call';
    if (this.#waiting >= CALLS_WAITING_MAX)
      throw new SchedulerCallError(`${what}: ${CALLS_WAITING_MAX} calls wait already`, true);
    this.#waiting += 1;
    const sent = this.#tail.then(() => this.#send(call, what));
    this.#tail = sent.catch(() => undefined);
    try {
      await sent;
    } finally {
      this.#waiting -= 1;
    }
  }

  async #send(call: Call, what: string): Promise<void> {
    const { id } = this.#framework;
    if (!this.subscribed() || id === undefined || this.#http === null || this.#streamId === null)
      throw new SchedulerCallError(`${what}: not subscribed`, true);
    const request = post(this.#url, { ...call, framework_id: id }, { 'mesos-stream-id': this.#streamId });
    const answer = await this.#http.call(request).catch((error: unknown) => {
      throw new SchedulerCallError(`${what}: ${(error as Error).message}`, false);
    });
    if (answer.status >= 300) throw new SchedulerCallError(`${what}: ${answer.status} ${answer.body}`, true);
  }

  async stop(): Promise<void> {
    const http = this.#http;
    this.#on({ kind: 'stop' });
    this.#unwatch();
    await http?.close();
  }

  #on(event: ClientEvent): void {
    const { state, effects } = step(this.#state, event, (this.#options.random ?? Math.random)());
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: ClientEffect): void {
    switch (effect.kind) {
      case 'connect':
        void this.#connect(effect.url);
        return;
      case 'disconnect':
        this.#disconnect();
        return;
      case 'retry':
        clearTimeout(this.#retry);
        this.#retry = setTimeout(() => this.#on({ kind: 'due' }), effect.afterMs);
        return;
      case 'tell-disconnected':
        this.#options.log.warn({ reason: effect.reason }, 'not subscribed to the master any more');
        this.#listener.disconnected(effect.reason);
        return;
      case 'tell-ended':
        clearTimeout(this.#retry);
        this.#listener.ended(effect.reason);
    }
  }

  #disconnect(): void {
    this.#connection += 1;
    clearTimeout(this.#silence);
    this.#stream?.close();
    // A call under way still gets its answer: a TEARDOWN ends the stream before it is answered.
    const http = this.#http;
    void this.#tail.then(() => http?.close());
    this.#stream = null;
    this.#http = null;
    this.#streamId = null;
  }

  async #connect(url: string): Promise<void> {
    clearTimeout(this.#retry);
    this.#disconnect();
    const connection = this.#connection;
    const current = (): boolean => connection === this.#connection;
    const tell = (event: ClientEvent): void => {
      if (current()) this.#on(event);
    };
    const http = openHttp();
    this.#http = http;
    this.#url = url;
    try {
      const stream = await http.open(post(url, this.#subscription(), {}));
      if (!current()) {
        stream.close();
        return;
      }
      this.#stream = stream;
      if (stream.status === 200) await this.#read(stream, tell, current);
      else tell(await refusal(stream, url));
    } catch (error) {
      tell({
        kind: this.subscribed() ? 'closed' : 'refused',
        reason: (error as Error).message,
        fatal: false,
      });
    }
  }

  #subscription(): SchedulerCall {
    const { id } = this.#framework;
    return {
      type: 'SUBSCRIBE',
      ...(id === undefined ? {} : { framework_id: id }),
      subscribe: {
        framework_info: this.#framework,
        suppressed_roles: this.#options.suppressedRoles ?? [],
      },
    };
  }

  async #read(stream: HttpStream, tell: (event: ClientEvent) => void, current: () => boolean): Promise<void> {
    const decoder = createRecordDecoder();
    this.#listen();
    for await (const chunk of stream.chunks) {
      if (!current()) return;
      for (const record of decoder.push(chunk)) {
        const event = decodeText(SchedulerEvent, record.toString('utf8'));
        this.#receive(event, stream, tell);
        if (!current()) return;
      }
    }
    tell({ kind: 'closed', reason: 'the master closed the stream' });
  }

  #receive(event: SchedulerEvent, stream: HttpStream, tell: (event: ClientEvent) => void): void {
    this.#listen();
    if (event.type === 'SUBSCRIBED' && event.subscribed !== undefined) {
      this.#framework = { ...this.#framework, id: event.subscribed.framework_id };
      this.#heartbeatSeconds = event.subscribed.heartbeat_interval_seconds ?? HEARTBEAT_SECONDS;
      this.#streamId = stream.headers['mesos-stream-id'] ?? null;
      this.#options.log.info({ frameworkId: this.frameworkId() }, 'subscribed to the master');
      tell({ kind: 'opened' });
    }
    if (event.type === 'ERROR') tell({ kind: 'error', message: event.error?.message ?? 'unknown error' });
    else if (event.type !== 'HEARTBEAT' && event.type !== undefined) this.#listener.event(event);
  }

  /** Starts to wait anew: something was heard. */
  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(
      () => this.#on({ kind: 'silent' }),
      this.#heartbeatSeconds * HEARTBEATS_MISSED_MAX * 1_000,
    );
  }
}

function post(origin: string, call: SchedulerCall, headers: Readonly<Record<string, string>>): HttpCall {
  return {
    method: 'POST',
    origin,
    path: SCHEDULER_PATH,
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: encode(SchedulerCall, call),
    timeoutMs: CALL_TIMEOUT_MS,
  };
}

/** 307 names the leader without a scheme. A 4xx says that the same request will never be taken; 5xx that it may be later. */
async function refusal(stream: HttpStream, url: string): Promise<ClientEvent> {
  const leader = redirectedTo(stream, url);
  if (leader !== null) {
    stream.close();
    return { kind: 'redirected', url: leader };
  }
  const reason = `SUBSCRIBE: ${stream.status} ${await stream.text()}`;
  return { kind: 'refused', reason, fatal: stream.status >= 400 && stream.status < 500 };
}
