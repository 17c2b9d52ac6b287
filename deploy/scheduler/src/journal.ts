import type { BackupInfo, LogStorage } from './storage/port.js';
import { encodeTransaction } from './state/encode-core.js';
import type { Committed, Tx } from './state/port.js';
import type { State } from './state/store.js';

export interface JournalOptions {
  readonly state: State;
  readonly storage: LogStorage;
  /** Of the last entry that was recovered. */
  readonly position: number;
  readonly now: () => number;
  /** In the same turn, before it is durable: for what is derived from the state. */
  readonly onApplied: (committed: Committed) => void;
  /** Once durable, in order. */
  readonly onCommitted: (committed: Committed, position: number) => void;
  /** The log or a decision failed: what is in memory is ahead of what is stored, so nothing may follow. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Every change goes through here: a decision runs on the state in memory, its transaction is appended to the log, and what
 * follows from it (orders to the engine, answers) happens once it is durable, in the order of the decisions.
 */
export class Journal {
  readonly #options: JournalOptions;
  #position: number;
  #failed: unknown = null;
  /** Settles once everything up to now is durable and its consequences have begun. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#position = options.position;
  }

  /** Of the newest entry, durable or not yet. */
  get position(): number {
    return this.#position;
  }

  /**
   * Decides. Resolves with the decision's result once it is durable and `after` has run; rejects when that cannot be. Where the decision wrote
   * nothing, that is once all before it is durable: it may have read what is not yet.
   */
  transact<T>(decide: (tx: Tx) => T, after: (result: T) => void = () => undefined): Promise<T> {
    if (this.#failed !== null)
      return Promise.reject(new Error('the log has failed', { cause: this.#failed }));
    const decided = this.#decide(decide);
    if (decided === null) return Promise.reject(new Error('the decision failed', { cause: this.#failed }));
    const { result, committed } = decided;
    const stored = committed === null ? null : { committed, position: this.#append(committed) };
    const done = this.#tail.then(async () => {
      if (stored !== null) this.#options.onCommitted(stored.committed, await stored.position);
      after(result);
      return result;
    });
    this.#tail = done;
    done.catch((error: unknown) => {
      this.#fail(error);
    });
    return done;
  }

  #decide<T>(decide: (tx: Tx) => T): { result: T; committed: Committed | null } | null {
    const { state, now, onApplied } = this.#options;
    try {
      const decided = state.transact(now(), decide);
      if (decided.committed !== null) onApplied(decided.committed);
      return decided;
    } catch (error) {
      this.#fail(error);
      return null;
    }
  }

  #append({ transaction }: Committed): Promise<number> {
    this.#position += 1;
    const appended = this.#options.storage.append(encodeTransaction(transaction));
    // It is awaited in its turn; until then a rejection is nobody's.
    appended.catch(() => undefined);
    return appended;
  }

  #fail(error: unknown): void {
    if (this.#failed !== null) return;
    this.#failed = error;
    this.#options.onFailure(error);
  }

  /** Replaces the log by the state of this moment. Resolves with the position that it stands for. */
  async snapshot(): Promise<number> {
    const { position, chunks } = await this.#copy();
    await this.#options.storage.compact(position, chunks);
    return position;
  }

  async backup(): Promise<BackupInfo> {
    const { position, chunks } = await this.#copy();
    return this.#options.storage.backup(position, chunks, this.#options.now());
  }

  async #copy(): Promise<{ position: number; chunks: Iterable<Uint8Array> }> {
    const position = this.#position;
    const chunks = this.#options.state.snapshotChunks();
    await this.settled();
    return { position, chunks };
  }

  /** Resolves once everything decided up to now is durable; rejects when the log failed. */
  async settled(): Promise<void> {
    await this.#tail;
  }
}
