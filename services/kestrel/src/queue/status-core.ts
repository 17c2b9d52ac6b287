/** What a server lets clients do, from most to least. */
export type Status = 'up' | 'writeAvoid' | 'readOnly' | 'quiescent' | 'down';

const RANK: Readonly<Record<Status, number>> = { up: 1, writeAvoid: 2, readOnly: 3, quiescent: 4, down: 100 };
const SETTABLE: readonly Status[] = ['up', 'writeAvoid', 'readOnly', 'quiescent'];

/** The status a client may set by this name, in any case; null: no such one. `down` is not for clients. */
export function parseStatus(name: string): Status | null {
  return SETTABLE.find((status) => status.toLowerCase() === name.toLowerCase()) ?? null;
}

/** The server's status, and who wants to hear when it changes. */
export class StatusKeeper {
  #status: Status = 'up';
  readonly #listeners: ((status: Status) => void)[] = [];

  get current(): Status {
    return this.#status;
  }
  /** Blocks set, flush, flush_all, flush_expired, delete. */
  get blocksWrites(): boolean {
    return RANK[this.#status] >= RANK.readOnly;
  }
  /** Blocks get, peek, monitor too; confirm, close and abort always work. */
  get blocksReads(): boolean {
    return RANK[this.#status] >= RANK.quiescent;
  }

  set(status: Status): void {
    if (status === this.#status) return;
    this.#status = status;
    for (const listener of this.#listeners) listener(status);
  }

  onChange(listener: (status: Status) => void): void {
    this.#listeners.push(listener);
  }
}
