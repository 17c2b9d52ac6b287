import { encode, type Http } from '@murmur/engine';
import { AGENT_MESSAGES_PATH, AgentMessages, type AgentMessage } from '../protocol.js';
import { newOutbox, put, takeBatch } from './outbox-core.js';

/** Until a post to the master is answered, ms. */
export const ANSWER_TIMEOUT_MS = 15_000;
/** Of the text of a refusal, what goes into the log, characters. */
export const REFUSAL_MAX = 2_000;

/**
 * The messages of one subscription: one post at a time, so that their order is kept. What comes before the master has
 * answered waits for it.
 */
export class MasterSession {
  /** `http://host:port` */
  readonly leader: string;
  readonly outbox = newOutbox();
  readonly #signal: AbortSignal;
  readonly #http: Http;
  #headers: Readonly<Record<string, string>> = {};
  #lose: (reason: string) => void = () => undefined;
  #posting = false;
  subscribed = false;
  agentId = '';

  constructor(leader: string, signal: AbortSignal, http: Http) {
    this.leader = leader;
    this.#signal = signal;
    this.#http = http;
  }

  /** The stream is there; `lose` ends it. */
  opened(headers: Readonly<Record<string, string>>, lose: (reason: string) => void): void {
    this.#headers = headers;
    this.#lose = lose;
  }

  subscribe(agentId: string): void {
    this.agentId = agentId;
    this.subscribed = true;
    this.#wake();
  }

  send(message: AgentMessage): void {
    if (put(this.outbox, message) && this.subscribed) this.#wake();
  }

  #wake(): void {
    if (this.#posting) return;
    this.#posting = true;
    // What the same turn still adds goes into the same post.
    queueMicrotask(() => void this.#post());
  }

  async #post(): Promise<void> {
    try {
      while (this.outbox.waiting.length > 0 && !this.#signal.aborted) {
        const answer = await this.#http.call(
          {
            method: 'POST',
            origin: this.leader,
            path: AGENT_MESSAGES_PATH,
            headers: this.#headers,
            body: encode(AgentMessages, { agent_id: this.agentId, messages: takeBatch(this.outbox) }),
            timeoutMs: ANSWER_TIMEOUT_MS,
          },
          this.#signal,
        );
        const text = answer.body.slice(0, REFUSAL_MAX);
        if (answer.status !== 200) throw new Error(`messages were answered ${answer.status}: ${text}`);
      }
    } catch (error) {
      this.#lose(error instanceof Error ? error.message : 'messages were not taken');
    } finally {
      this.#posting = false;
    }
  }
}
