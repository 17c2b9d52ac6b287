import {
  createRecordDecoder,
  decodeText,
  encode,
  openHttp,
  redirectedTo,
  type HttpStream,
  type MasterDetector,
} from '@murmur/engine';
import type { Log } from '@murmur/service';
import { AGENT_PATH, AgentHello, MasterMessage, STREAM_HEADER, type AgentMessage } from '../protocol.js';
import { ANSWER_TIMEOUT_MS, MasterSession, REFUSAL_MAX } from './master-session.js';
import { registrationBackoffMs } from './outbox-core.js';

/** Silence after which a master that said nothing of its own counts as gone, ms. */
const DEFAULT_PING_TIMEOUT_MS = 75_000;

export interface MasterClientOptions {
  readonly leaders: MasterDetector;
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
  readonly #http = openHttp();
  readonly #closing = new AbortController();
  #session: MasterSession | null = null;
  #attempt = new AbortController();
  #failures = 0;
  #refused = 0;
  #redirect: string | null = null;
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

  /** URL of the master that has answered SUBSCRIBED and is heard of; null without one. */
  connected(): string | null {
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
    await this.#http.close();
  }

  async #run(): Promise<void> {
    while (!this.#stopped()) {
      const redirected = this.#redirect !== null;
      const leader = this.#redirect ?? this.#options.leaders.leader();
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

  async #subscribe(leader: string, signal: AbortSignal): Promise<void> {
    const { hello, clusterKey, onLost, log } = this.#options;
    this.#redirect = null;
    // From here on: what happens while the hello is under way is not in it.
    const session = new MasterSession(leader, signal, this.#http);
    this.#session = session;
    try {
      const answer = await this.#http.open(
        {
          method: 'POST',
          origin: leader,
          path: AGENT_PATH,
          headers: headersOf(clusterKey),
          body: encode(AgentHello, hello()),
          timeoutMs: ANSWER_TIMEOUT_MS,
        },
        signal,
      );
      this.#redirect = redirectedTo(answer, leader);
      if (this.#redirect !== null) answer.close();
      else if (answer.status === 200) await this.#listen(session, answer);
      else {
        const text = (await answer.text()).slice(0, REFUSAL_MAX);
        log.warn({ master: leader, status: answer.status, text }, 'master: subscription refused');
      }
    } catch (error) {
      if (!signal.aborted) log.warn({ master: leader, err: error }, 'master: not reached, or lost');
    } finally {
      this.#session = null;
      this.#refused += session.outbox.refused;
      if (session.subscribed) onLost();
    }
  }

  async #listen(session: MasterSession, answer: HttpStream): Promise<void> {
    const { clusterKey } = this.#options;
    const lost: { reason: string | null } = { reason: null };
    const lose = (reason: string): void => {
      lost.reason ??= reason;
      answer.close();
    };
    session.opened({ ...headersOf(clusterKey), [STREAM_HEADER]: answer.headers[STREAM_HEADER] ?? '' }, lose);
    const decoder = createRecordDecoder();
    let silence: NodeJS.Timeout | undefined;
    let timeoutMs = DEFAULT_PING_TIMEOUT_MS;
    const heard = (): void => {
      clearTimeout(silence);
      silence = setTimeout(lose, timeoutMs, `nothing heard for ${timeoutMs} ms`);
    };
    try {
      heard();
      for await (const chunk of answer.chunks) {
        for (const record of decoder.push(chunk)) {
          const message = decodeText(MasterMessage, record.toString('utf8'));
          if (message.type === 'SUBSCRIBED') {
            timeoutMs = (message.ping_timeout?.nanoseconds ?? timeoutMs * 1e6) / 1e6;
          }
          this.#take(session, message);
        }
        heard();
      }
    } catch (error) {
      throw lost.reason === null ? error : new Error(lost.reason, { cause: error });
    } finally {
      clearTimeout(silence);
      answer.close();
    }
  }

  #take(session: MasterSession, message: MasterMessage): void {
    const { onMessage, log } = this.#options;
    if (message.type === 'SUBSCRIBED') {
      session.subscribe(message.agent_info?.id?.value ?? '');
      this.#failures = 0;
      log.info({ master: session.leader, agent: session.agentId }, 'master: subscribed');
    }
    onMessage(message);
  }
}

function headersOf(clusterKey: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: 'application/json',
    ...(clusterKey === '' ? {} : { authorization: `Bearer ${clusterKey}` }),
  };
}
