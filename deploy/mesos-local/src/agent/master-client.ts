import { Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { createRecordDecoder, decodeText, encode } from '@murmur/engine';
import type { Log } from '@murmur/service';
import { AGENT_PATH, AgentHello, MasterMessage, STREAM_HEADER, type AgentMessage } from '../protocol.js';
import type { Leader, LeaderSource } from './leader.js';
import { post, readText } from './master-http.js';
import { MasterSession } from './master-session.js';
import { readAuthority, registrationBackoffMs } from './outbox-core.js';

/** Silence after which a master that said nothing of its own counts as gone, ms. */
const DEFAULT_PING_TIMEOUT_MS = 75_000;
/** An idle connection is closed sooner than the master would close it, ms. */
const IDLE_MS = 30_000;

export interface MasterClientOptions {
  readonly leaders: LeaderSource;
  /** Empty = none is shown. */
  readonly clusterKey: string;
  /** Everything the agent has; made anew for each subscription. */
  readonly hello: () => AgentHello;
  readonly onMessage: (message: MasterMessage) => void;
  readonly onLost: () => void;
  readonly log: Log;
  readonly random: () => number;
}

/**
 * Keeps the agent subscribed at the leading master: hello, stream, messages in order; again after a loss, a silence or a
 * change of leader, with a growing random wait. What is sent while nobody is subscribed to is dropped: the next hello says it.
 */
export class MasterClient {
  readonly #options: MasterClientOptions;
  readonly #connections = new HttpAgent({ keepAlive: true, maxSockets: 1, timeout: IDLE_MS });
  readonly #closing = new AbortController();
  #session: MasterSession | null = null;
  #attempt = new AbortController();
  #failures = 0;
  #refused = 0;
  #redirect: Leader | null = null;
  #running: Promise<void> | null = null;
  #wake: (() => void) | null = null;

  constructor(options: MasterClientOptions) {
    this.#options = options;
  }

  start(): void {
    this.#options.leaders.onChange(() => {
      this.#redirect = null;
      this.#attempt.abort();
      this.#wake?.();
    });
    this.#running = this.#run();
  }

  /** Whether a master has answered SUBSCRIBED and is heard of. */
  connected(): Leader | null {
    return this.#session?.subscribed === true ? this.#session.leader : null;
  }

  send(message: AgentMessage): void {
    this.#session?.send(message);
  }

  /** Messages since the start that found the queue full. */
  refused(): number {
    return this.#refused + (this.#session?.outbox.refused ?? 0);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#attempt.abort();
    this.#wake?.();
    await this.#running;
    this.#connections.destroy();
  }

  async #run(): Promise<void> {
    while (!this.#stopped()) {
      const redirected = this.#redirect !== null;
      const leader = this.#redirect ?? this.#options.leaders.current();
      this.#attempt = new AbortController();
      if (leader !== null) await this.#subscribe(leader, this.#attempt.signal);
      if (this.#stopped()) return;
      // A redirect is followed at once, but one that redirects again waits like any failure.
      if (this.#redirect !== null && !redirected) continue;
      await this.#pause(registrationBackoffMs(this.#failures, this.#options.random()));
      this.#failures += 1;
    }
  }

  #stopped(): boolean {
    return this.#closing.signal.aborted;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #subscribe(leader: Leader, signal: AbortSignal): Promise<void> {
    const { hello, clusterKey, onLost, log } = this.#options;
    const at = `${leader.host}:${leader.port}`;
    this.#redirect = null;
    // From here on: what happens while the hello is under way is not in it.
    const session = new MasterSession(leader, signal, this.#connections);
    this.#session = session;
    try {
      const body = encode(AgentHello, hello());
      const headers = authorization(clusterKey);
      const answer = await post({ to: leader, path: AGENT_PATH, body, headers, signal });
      if (answer.statusCode === 307) {
        this.#redirect = readAuthority(answer.headers.location ?? '');
        answer.destroy();
      } else if (answer.statusCode === 200) await this.#listen(session, answer);
      else {
        const text = await readText(answer);
        log.warn({ master: at, status: answer.statusCode, text }, 'master: subscription refused');
      }
    } catch (error) {
      if (!signal.aborted) log.warn({ master: at, err: error }, 'master: not reached, or lost');
    } finally {
      this.#session = null;
      this.#refused += session.outbox.refused;
      if (session.subscribed) onLost();
    }
  }

  async #listen(session: MasterSession, answer: IncomingMessage): Promise<void> {
    const { clusterKey } = this.#options;
    const lose = (reason: string): void => void answer.destroy(new Error(reason));
    const streamId = String(answer.headers[STREAM_HEADER]);
    session.opened({ ...authorization(clusterKey), [STREAM_HEADER]: streamId }, lose);
    const decoder = createRecordDecoder();
    let silence: NodeJS.Timeout | undefined;
    let timeoutMs = DEFAULT_PING_TIMEOUT_MS;
    const heard = (): void => {
      clearTimeout(silence);
      silence = setTimeout(lose, timeoutMs, `nothing heard for ${timeoutMs} ms`);
    };
    try {
      heard();
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        for (const record of decoder.push(chunk)) {
          const message = decodeText(MasterMessage, record.toString('utf8'));
          if (message.type === 'SUBSCRIBED') {
            timeoutMs = (message.ping_timeout?.nanoseconds ?? timeoutMs * 1e6) / 1e6;
          }
          this.#take(session, message);
        }
        heard();
      }
    } finally {
      clearTimeout(silence);
      answer.destroy();
    }
  }

  #take(session: MasterSession, message: MasterMessage): void {
    const { onMessage, log } = this.#options;
    if (message.type === 'SUBSCRIBED') {
      const { host, port } = session.leader;
      session.subscribe(message.agent_info?.id?.value ?? '');
      this.#failures = 0;
      log.info({ master: `${host}:${port}`, agent: session.agentId }, 'master: subscribed');
    }
    onMessage(message);
  }
}

function authorization(clusterKey: string): Record<string, string> {
  return clusterKey === '' ? {} : { authorization: `Bearer ${clusterKey}` };
}
