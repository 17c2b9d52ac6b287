import type { Endpoint } from '@murmur/discovery';
import { backoffMs } from './backoff-core.js';
import { Deadlines } from './deadlines.js';
import { createMemjsServer, RowRefused, type MemjsServer } from './memjs.js';
import { REQUEST_TIMEOUT_MS, type CacheOptions } from './options.js';
import { endpointName } from './server-table.js';

/** Requests under way on one server; more fail at once. */
export const ROW_REQUESTS_MAX = 20_000;

/** One memcached of the row pool: bounds every request in time, and asks a dead server only now and then. */
export class RowServer {
  readonly name: string;
  readonly #endpoint: Endpoint;
  readonly #options: Pick<CacheOptions, 'log' | 'hooks'>;
  readonly #requestMs: number;
  readonly #deadlines: Deadlines;
  #client: MemjsServer | null = null;
  #failures = 0;
  #retryAt = 0;
  #probing = false;
  #underWay = 0;
  #closed = false;

  constructor(endpoint: Endpoint, options: Pick<CacheOptions, 'log' | 'hooks' | 'timeouts'>) {
    this.name = endpointName(endpoint);
    this.#endpoint = endpoint;
    this.#options = options;
    this.#requestMs = options.timeouts?.requestMs ?? REQUEST_TIMEOUT_MS;
    this.#deadlines = new Deadlines(this.#requestMs, () => this.#failed(this.#client, 'no answer in time'));
  }

  /** Null when the server is away or refused. While it is away, one request at a time finds out whether it is back. */
  async run<T>(operation: (client: MemjsServer) => Promise<T>): Promise<T | null> {
    if (this.#closed || this.#underWay >= ROW_REQUESTS_MAX) return null;
    const probe = this.#failures > 0;
    if (probe && (this.#probing || performance.now() < this.#retryAt)) return null;
    const client = (this.#client ??= createMemjsServer(this.#endpoint, this.#requestMs));
    const deadline = this.#deadlines.begin();
    this.#underWay++;
    this.#probing ||= probe;
    try {
      const value = await operation(client);
      this.#answered();
      return value;
    } catch (error) {
      if (error instanceof RowRefused) this.#answered();
      else this.#failed(client, error instanceof Error ? error.message : String(error));
      return null;
    } finally {
      this.#underWay--;
      if (probe) this.#probing = false;
      this.#deadlines.end(deadline);
    }
  }

  close(): void {
    this.#closed = true;
    this.#discard();
  }

  #answered(): void {
    if (this.#failures > 0) this.#options.log.info({ server: this.name }, 'memcached is back');
    this.#failures = 0;
  }

  #failed(client: MemjsServer | null, reason: string): void {
    // Everything under way on a client fails with it: that is one failure, not many.
    if (client === null || client !== this.#client) return;
    this.#failures++;
    this.#retryAt = performance.now() + backoffMs(this.#failures, Math.random());
    if (this.#failures === 1) this.#options.log.warn({ server: this.name, reason }, 'memcached is away');
    this.#options.hooks?.serverFailed?.(this.name);
    this.#discard();
  }

  #discard(): void {
    const client = this.#client;
    this.#client = null;
    this.#deadlines.clear();
    client?.discard();
  }
}
