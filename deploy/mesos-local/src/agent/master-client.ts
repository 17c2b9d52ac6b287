import { Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { createRecordDecoder, decodeText, encode } from '@murmur/engine';
import type { Log } from '@murmur/service';
import {
  AGENT_MESSAGES_PATH,
  AGENT_PATH,
  AgentHello,
  AgentMessages,
  MasterMessage,
  STREAM_HEADER,
  type AgentMessage,
} from '../protocol.js';
import type { Leader, LeaderSource } from './leader.js';
import { post, readText } from './master-http.js';
import { newOutbox, put, readAuthority, registrationBackoffMs, takeBatch } from './outbox-core.js';

/** Silence after which a master that said nothing of its own counts as gone, ms. */
const DEFAULT_PING_TIMEOUT_MS = 75_000;

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
  readonly #connections = new HttpAgent({ keepAlive: true, maxSockets: 1 });
  readonly #closing = new AbortController();
  #session: Session | null = null;
  #attempt = new AbortController();
  #failures = 0;
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

  async close(): Promise<void> {
    this.#closing.abort();
    this.#attempt.abort();
    this.#wake?.();
    await this.#running;
    this.#connections.destroy();
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const redirected = this.#redirect !== null;
      const leader = this.#redirect ?? this.#options.leaders.current();
      this.#attempt = new AbortController();
      if (leader !== null) await this.#subscribe(leader, this.#attempt.signal);
      if (this.#closing.signal.aborted) return;
      // A redirect is followed at once, but one that redirects again waits like any failure.
      if (this.#redirect !== null && !redirected) continue;
      await this.#pause(registrationBackoffMs(this.#failures, this.#options.random()));
      this.#failures += 1;
    }
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
    const { hello, clusterKey, log } = this.#options;
    const at = `${leader.host}:${leader.port}`;
    this.#redirect = null;
    try {
      const body = encode(AgentHello, hello());
      const headers = authorization(clusterKey);
      const answer = await post({ to: leader, path: AGENT_PATH, body, headers, signal });
      if (answer.statusCode === 307) {
        this.#redirect = readAuthority(answer.headers.location ?? '');
        answer.destroy();
        return;
      }
      if (answer.statusCode !== 200) {
        const text = await readText(answer);
        log.warn({ master: at, status: answer.statusCode, text }, 'master: subscription refused');
        return;
      }
      await this.#listen(leader, answer, signal);
    } catch (error) {
      if (!signal.aborted) log.warn({ master: at, err: error }, 'master: not reached, or lost');
    }
  }

  async #listen(leader: Leader, answer: IncomingMessage, signal: AbortSignal): Promise<void> {
    const { clusterKey, onMessage, onLost, log } = this.#options;
    const streamId = answer.headers[STREAM_HEADER];
    const lose = (reason: string): void => void answer.destroy(new Error(reason));
    const session = new Session(leader, {
      headers: { ...authorization(clusterKey), [STREAM_HEADER]: String(streamId) },
      connections: this.#connections,
      signal,
      lose,
    });
    this.#session = session;
    const decoder = createRecordDecoder();
    let silence: NodeJS.Timeout | undefined;
    let timeoutMs = DEFAULT_PING_TIMEOUT_MS;
    const heard = (): void => {
      clearTimeout(silence);
      silence = setTimeout(lose, timeoutMs, `nothing heard for ${timeoutMs} ms`);
    };
    heard();
    try {
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        heard();
        for (const record of decoder.push(chunk)) {
          const message = decodeText(MasterMessage, record.toString('utf8'));
          if (message.type === 'SUBSCRIBED') {
            timeoutMs = (message.ping_timeout?.nanoseconds ?? timeoutMs * 1e6) / 1e6;
            heard();
            session.subscribe(message.agent_info?.id?.value ?? '');
            this.#failures = 0;
            log.info(
              { master: `${leader.host}:${leader.port}`, agent: session.agentId },
              'master: subscribed',
            );
          }
          onMessage(message);
        }
      }
    } finally {
      clearTimeout(silence);
      answer.destroy();
      this.#session = null;
      if (session.subscribed) onLost();
    }
  }
}

function authorization(clusterKey: string): Record<string, string> {
  return clusterKey === '' ? {} : { authorization: `Bearer ${clusterKey}` };
}

interface SessionTools {
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: HttpAgent;
  readonly signal: AbortSignal;
  readonly lose: (reason: string) => void;
}

/** One subscription's messages to the master: one post at a time, so that their order is kept. */
class Session {
  readonly leader: Leader;
  readonly #tools: SessionTools;
  readonly #outbox = newOutbox();
  #posting = false;
  subscribed = false;
  agentId = '';

  constructor(leader: Leader, tools: SessionTools) {
    this.leader = leader;
    this.#tools = tools;
  }

  subscribe(agentId: string): void {
    this.agentId = agentId;
    this.subscribed = true;
  }

  send(message: AgentMessage): void {
    if (!this.subscribed || !put(this.#outbox, message) || this.#posting) return;
    this.#posting = true;
    // What the same turn still adds goes into the same post.
    queueMicrotask(() => void this.#post());
  }

  async #post(): Promise<void> {
    const { headers, connections, signal, lose } = this.#tools;
    try {
      while (this.#outbox.waiting.length > 0 && !signal.aborted) {
        const body = encode(AgentMessages, { agent_id: this.agentId, messages: takeBatch(this.#outbox) });
        const answer = await post({
          to: this.leader,
          path: AGENT_MESSAGES_PATH,
          body,
          headers,
          signal,
          agent: connections,
        });
        const text = await readText(answer);
        if (answer.statusCode !== 200)
          throw new Error(`messages were answered ${String(answer.statusCode)}: ${text}`);
      }
    } catch (error) {
      lose(error instanceof Error ? error.message : 'messages were not taken');
    } finally {
      this.#posting = false;
    }
  }
}
