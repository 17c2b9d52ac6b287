import type { Agent as HttpAgent } from 'node:http';
import { encode } from '@murmur/engine';
import { AGENT_MESSAGES_PATH, AgentMessages, type AgentMessage } from '../protocol.js';
import type { Leader } from './leader.js';
import { post, readText } from './master-http.js';
import { newOutbox, put, takeBatch } from './outbox-core.js';

/**
 * The messages of one subscription: one post at a time, so that their order is kept. What comes before the master has
 * answered waits for it.
 */
export class MasterSession {
  readonly leader: Leader;
  readonly outbox = newOutbox();
  readonly #signal: AbortSignal;
  readonly #connections: HttpAgent;
  #headers: Readonly<Record<string, string>> = {};
  #lose: (reason: string) => void = () => undefined;
  #posting = false;
  subscribed = false;
  agentId = '';

  constructor(leader: Leader, signal: AbortSignal, connections: HttpAgent) {
    this.leader = leader;
    this.#signal = signal;
    this.#connections = connections;
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
        const answer = await post({
          to: this.leader,
          path: AGENT_MESSAGES_PATH,
          body: encode(AgentMessages, { agent_id: this.agentId, messages: takeBatch(this.outbox) }),
          headers: this.#headers,
          signal: this.#signal,
          agent: this.#connections,
        });
        const text = await readText(answer);
        if (answer.statusCode !== 200)
          throw new Error(`messages were answered ${String(answer.statusCode)}: ${text}`);
      }
    } catch (error) {
      this.#lose(error instanceof Error ? error.message : 'messages were not taken');
    } finally {
      this.#posting = false;
    }
  }
}
