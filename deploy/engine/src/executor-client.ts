import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  acknowledge,
  EMPTY_LEDGER,
  nextClient,
  verdictOnUpdate,
  withoutUpdate,
  withTask,
  withUpdate,
  type ClientEffect,
  type ClientEvent,
  type ClientState,
  type Ledger,
} from './executor-client-core.js';
import { readEvents, tell, type ExecutorHandler } from './executor-events.js';
import { openHttp, type HttpAnswer, type HttpCall } from './http.js';
import { encode } from './wire/json-core.js';
import { ExecutorCall, type ExecutorEvent } from './wire/messages/executor.js';
import type { ExecutorEnvironment } from './executor-environment.js';
import type { TaskStatus } from './wire/messages/status.js';

/** SUBSCRIBED comes this long after SUBSCRIBE was sent at the latest, ms. */
export const SUBSCRIBE_TIMEOUT_MS = 10_000;
/** An executor that does not outlive its agent tries this long to subscribe for the first time, ms: the agent's own limit. */
export const REGISTRATION_TIMEOUT_MS = 60_000;
/** An update that the agent could not take is sent again after this, ms. */
const UPDATE_RETRY_MS = 500;
const CALL_TIMEOUT_MS = 10_000;
const PATH = '/api/v1/executor';

/** What an update needs; the client adds uuid, source, time, executor and agent. */
export type NewStatus = Pick<TaskStatus, 'task_id' | 'state'> &
  Partial<Pick<TaskStatus, 'message' | 'reason' | 'data' | 'healthy' | 'labels'>>;

export interface ExecutorClientOptions {
  readonly environment: ExecutorEnvironment;
  readonly handler: ExecutorHandler;
  readonly log: { info(fields: object, text: string): void; warn(fields: object, text: string): void };
  /** What an earlier process of this executor left unacknowledged. */
  readonly ledger?: Ledger;
  /** Called with every change of the ledger, before anything is sent of it and before the handler hears of it. */
  readonly onLedger?: (ledger: Ledger) => void;
  /** From 0 up to, not with, 1. */
  readonly random?: () => number;
  readonly now?: () => number;
}

export interface ExecutorClient {
  start(): void;
  /** Kept, and sent again with every new subscription, until the agent acknowledges it. */
  update(status: NewStatus): void;
  /** To the framework, base64; best effort, as in Mesos: rejects when the agent did not take it. */
  message(data: string): Promise<void>;
  state(): ClientState;
  ledger(): Ledger;
  close(): Promise<void>;
}

/** Speaks Mesos's v1 executor API with the agent: keeps the subscription, and updates until they are acknowledged. */
export function createExecutorClient(options: ExecutorClientOptions): ExecutorClient {
  return new Client(options);
}

class Client implements ExecutorClient {
  readonly #options: ExecutorClientOptions;
  readonly #http = openHttp();
  #state: ClientState = 'idle';
  #ledger: Ledger;
  #known = false;
  #lastLoss = 'it was never reached';
  /** Of the present subscription; what an older one still says is not listened to. */
  #attempt = new AbortController();
  #retry: NodeJS.Timeout | null = null;
  #expiry: NodeJS.Timeout | null = null;
  /** Updates that the agent was given in the present subscription. */
  #given: ReadonlySet<string> = new Set();
  #flushing = false;

  constructor(options: ExecutorClientOptions) {
    this.#options = options;
    this.#ledger = options.ledger ?? EMPTY_LEDGER;
  }

  start(): void {
    this.#step('start');
  }

  state(): ClientState {
    return this.#state;
  }

  ledger(): Ledger {
    return this.#ledger;
  }

  update(status: NewStatus): void {
    const { executorId, agentId } = this.#options.environment;
    this.#keep(
      withUpdate(this.#ledger, {
        ...status,
        source: 'SOURCE_EXECUTOR',
        uuid: Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64'),
        timestamp: (this.#options.now ?? Date.now)() / 1000,
        executor_id: { value: executorId },
        ...(agentId === '' ? {} : { agent_id: { value: agentId } }),
      }),
    );
    void this.#flush();
  }

  async message(data: string): Promise<void> {
    const { status, body } = await this.#call({ type: 'MESSAGE', message: { data } });
    if (status !== 202) throw new Error(`MESSAGE: the agent answered ${status} ${body}`);
  }

  async close(): Promise<void> {
    this.#step('close');
    await this.#http.close();
  }

  #keep(ledger: Ledger): void {
    this.#ledger = ledger;
    this.#options.onLedger?.(ledger);
  }

  #step(event: ClientEvent): void {
    const { checkpoint } = this.#options.environment;
    const facts = { checkpoint, known: this.#known, expiring: this.#expiry !== null };
    const move = nextClient(this.#state, event, facts);
    if (move === null) return;
    this.#state = move.to;
    for (const effect of move.effects) this.#perform(effect);
  }

  #perform(effect: ClientEffect): void {
    const { environment, handler, random = Math.random } = this.#options;
    switch (effect) {
      case 'cancelRetry':
        clearTimeout(this.#retry ?? undefined);
        return;
      case 'cancelExpiry':
        clearTimeout(this.#expiry ?? undefined);
        this.#expiry = null;
        return;
      case 'abort':
        this.#attempt.abort();
        return;
      case 'armExpiry':
        this.#expiry = setTimeout(
          () => {
            this.#expiry = null;
            this.#step('expired');
          },
          environment.checkpoint ? environment.recoveryTimeoutMs : REGISTRATION_TIMEOUT_MS,
        );
        return;
      case 'armRetry':
        this.#retry = setTimeout(
          () => this.#step('retry'),
          Math.floor(random() * environment.subscriptionBackoffMaxMs),
        );
        return;
      case 'subscribe':
        void this.#subscribe(new AbortController());
        return;
      case 'flush':
        void this.#flush();
        return;
      case 'die':
        handler.dead(`the agent at ${environment.origin} is gone: ${this.#lastLoss}`);
        return;
    }
  }

  /** Resolves when this subscription is over; whatever ends it is a loss, unless it was us. */
  async #subscribe(attempt: AbortController): Promise<void> {
    this.#attempt = attempt;
    const { signal } = attempt;
    const { tasks, updates } = this.#ledger;
    this.#given = new Set(updates.map(({ uuid = '' }) => uuid));
    const lose = (reason: string): void => {
      if (signal.aborted) return;
      this.#lastLoss = reason;
      this.#options.log.warn({ reason }, 'agent: not subscribed');
      this.#step('lost');
    };
    const late = setTimeout(() => lose(`no SUBSCRIBED in ${SUBSCRIBE_TIMEOUT_MS} ms`), SUBSCRIBE_TIMEOUT_MS);
    try {
      const call = this.#post({
        type: 'SUBSCRIBE',
        subscribe: {
          unacknowledged_tasks: tasks,
          unacknowledged_updates: updates.map((status) => ({ status })),
        },
      });
      const stream = await this.#http.open(call, signal);
      if (stream.status !== 200) throw new Error(`SUBSCRIBE: ${stream.status} ${await stream.text()}`);
      for await (const event of readEvents(stream.chunks)) {
        if (signal.aborted) return;
        if (event.type === 'SUBSCRIBED') clearTimeout(late);
        this.#handle(event);
      }
      lose('the agent ended the stream');
    } catch (error) {
      lose(messageOf(error));
    } finally {
      clearTimeout(late);
    }
  }

  #handle(event: ExecutorEvent): void {
    const { handler } = this.#options;
    if (event.type === 'ERROR')
      throw new Error(`the agent says: ${event.error?.message ?? 'an error without a text'}`);
    if (event.acknowledged !== undefined) {
      const { task_id, uuid } = event.acknowledged;
      this.#keep(acknowledge(this.#ledger, task_id.value, uuid));
    }
    for (const task of [event.launch?.task, ...(event.launch_group?.task_group.tasks ?? [])]) {
      if (task !== undefined) this.#keep(withTask(this.#ledger, task));
    }
    if (event.subscribed === undefined) {
      tell(handler, event);
      return;
    }
    this.#known = true;
    this.#options.log.info({ origin: this.#options.environment.origin }, 'agent: subscribed');
    tell(handler, event);
    this.#step('subscribed');
  }

  /** Gives the agent, one after the other, the updates that it was not given in this subscription. */
  async #flush(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      for (;;) {
        const next = this.#ledger.updates.find(({ uuid = '' }) => !this.#given.has(uuid));
        if (next === undefined || this.#state !== 'subscribed') return;
        await this.#give(next, this.#attempt.signal);
      }
    } finally {
      this.#flushing = false;
    }
  }

  async #give(status: TaskStatus, signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    const { uuid = '', state } = status;
    const answer = await this.#call({ type: 'UPDATE', update: { status } }).catch(messageOf);
    // A subscription that began meanwhile carried it along.
    if (signal.aborted) return;
    const verdict = typeof answer === 'string' ? 'again' : verdictOnUpdate(answer.status);
    const reason = typeof answer === 'string' ? answer : `${answer.status} ${answer.body}`;
    if (verdict === 'sent') this.#given = new Set([...this.#given, uuid]);
    else log.warn({ state, reason, verdict }, 'agent: update not taken');
    // Kept, it would spoil every SUBSCRIBE that is still to come.
    if (verdict === 'refused') this.#keep(withoutUpdate(this.#ledger, uuid));
    if (verdict === 'resubscribe') this.#step('lost');
    if (verdict === 'again') await sleep(UPDATE_RETRY_MS, undefined, { signal }).catch(() => undefined);
  }

  #call(call: AnonymousCall): Promise<HttpAnswer> {
    return this.#http.call(this.#post(call));
  }

  #post(call: AnonymousCall): HttpCall {
    const { executorId, frameworkId, origin, token } = this.#options.environment;
    const json = { 'content-type': 'application/json', accept: 'application/json' };
    const ids = { executor_id: { value: executorId }, framework_id: { value: frameworkId } };
    return {
      method: 'POST',
      origin,
      path: PATH,
      headers: token === '' ? json : { ...json, authorization: `Bearer ${token}` },
      body: encode(ExecutorCall, { ...ids, ...call }),
      timeoutMs: CALL_TIMEOUT_MS,
    };
  }
}

type AnonymousCall = Omit<ExecutorCall, 'executor_id' | 'framework_id'>;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
