/** What a server lets clients do, from most to least. */
export type Status = 'up' | 'writeAvoid' | 'readOnly' | 'quiescent' | 'down';

const RANK: Readonly<Record<Status, number>> = { up: 1, writeAvoid: 2, readOnly: 3, quiescent: 4, down: 100 };
export const SETTABLE_STATUSES = ['up', 'writeAvoid', 'readOnly', 'quiescent'] as const;

/** The status a client may set by this name, in any case; null: no such one. `down` is not for clients. */
export function parseStatus(name: string): Status | null {
  return SETTABLE_STATUSES.find((status) => status.toLowerCase() === name.toLowerCase()) ?? null;
}

/** A stricter status that is told already and not enforced yet. */
interface Pending {
  /** When it may be enforced, ms since 1970. */
  readonly deadline: number;
  /** False while the server is still in a ServerSet that this status is not for. */
  left: boolean;
}

/**
 * The server's status. A looser one is enforced at once, and then told. A stricter one is told at once and enforced
 * only after the grace period, and not before the ServerSets have been left where there are any; until
 * then a still stricter one is refused, and a looser one takes its place.
 */
export class StatusKeeper {
  /** How long a stricter status is told before it is enforced, ms. */
  graceMs = 0;
  /** True: a stricter status waits for `left` as well. */
  announced = false;
  #told: Status;
  #enforced: Status;
  #pending: Pending | null = null;
  #blocksWrites = false;
  #blocksReads = false;
  readonly #listeners: ((status: Status) => void)[] = [];
  readonly #enforcedListeners: ((status: Status) => void)[] = [];

  constructor(initial: Status = 'up') {
    this.#told = initial;
    this.#enforced = initial;
    this.#enforce(initial);
  }

  /** What is told to who asks. */
  get current(): Status {
    return this.#told;
  }
  /** What holds for requests; looser than `current` until a stricter one has been enforced. */
  get enforced(): Status {
    return this.#enforced;
  }
  /** Blocks set, flush, flush_all, flush_expired, delete. */
  get blocksWrites(): boolean {
    return this.#blocksWrites;
  }
  /** Blocks get, peek, monitor too; confirm, close and abort always work. */
  get blocksReads(): boolean {
    return this.#blocksReads;
  }
  /** When `advance` has something to do, ms since 1970; null: nothing is pending. */
  get deadline(): number | null {
    return this.#pending?.deadline ?? null;
  }

  /** Changes the status. False: refused, because a stricter one is on its way already, or the server is going down. */
  set(status: Status, now: number): boolean {
    if (status === this.#told) return true;
    if (this.#told === 'down') return false;
    const stricter = RANK[status] > RANK[this.#told];
    if (stricter && this.#pending !== null) return false;
    this.#told = status;
    this.#pending = stricter ? { deadline: now + this.graceMs, left: !this.announced } : null;
    if (!stricter) this.#enforce(status);
    for (const listener of this.#listeners) listener(status);
    this.advance(now);
    return true;
  }

  /** The ServerSets that are not for `status` have been left. */
  left(status: Status, now: number): void {
    if (this.#pending === null || status !== this.#told) return;
    this.#pending.left = true;
    this.advance(now);
  }

  /** Enforces what is pending and due. */
  advance(now: number): void {
    if (this.#pending === null || !this.#pending.left || now < this.#pending.deadline) return;
    this.#pending = null;
    this.#enforce(this.#told);
  }

  /** The server stops: told and enforced at once, told to nobody who listens, and for good. */
  goDown(): void {
    this.#pending = null;
    this.#told = 'down';
    this.#enforce('down');
  }

  /** Calls at every change of what is told: a looser one is enforced by then, a stricter one is not. */
  onChange(listener: (status: Status) => void): void {
    this.#listeners.push(listener);
  }

  /** Calls whenever another status begins to hold, but not when the server stops. */
  onEnforced(listener: (status: Status) => void): void {
    this.#enforcedListeners.push(listener);
  }

  #enforce(status: Status): void {
    this.#enforced = status;
    this.#blocksWrites = RANK[status] >= RANK.readOnly;
    this.#blocksReads = RANK[status] >= RANK.quiescent;
    if (status !== 'down') for (const listener of this.#enforcedListeners) listener(status);
  }
}
