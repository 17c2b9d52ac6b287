/** Who has had what: the reason why an event that comes twice is seen once. Pure; time is an argument. */
import type { Id } from '@murmur/model';

export interface DeliveredLimits {
  /** A mark is kept at least so long, ms, unless `entriesMax` is reached. */
  readonly ageMaxMs: number;
  /** Marks (one id at one connection) over all. */
  readonly entriesMax: number;
}

interface Entry {
  readonly readers: Set<number>;
  /** No mark of this entry is older, and none is newer than this + one refresh interval. */
  readonly touchedMs: number;
}

/** Part of the age after which an entry that gets a new mark moves to the young end. */
const REFRESH_PARTS = 8;

/**
 * Marks of deliveries, bounded in age and number. The oldest ids are forgotten first; `horizonMs` says up to when
 * marks may be gone, so that nobody asks it about the time before.
 */
export class DeliveredSet {
  readonly #limits: DeliveredLimits;
  /** Oldest touch first. */
  readonly #entries = new Map<Id, Entry>();
  #size = 0;
  #horizonMs = 0;
  #last: { readonly id: Id; readonly entry: Entry } | null = null;

  constructor(limits: DeliveredLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  /** Marks made after this time (unix ms) are all still here. */
  get horizonMs(): number {
    return this.#horizonMs;
  }

  has(id: Id, connection: number): boolean {
    return this.#entries.get(id)?.readers.has(connection) ?? false;
  }

  /** Marks it; false when it was marked before. */
  mark(id: Id, connection: number, nowMs: number): boolean {
    const readers = this.#entryOf(id, nowMs).readers;
    if (readers.has(connection)) return false;
    readers.add(connection);
    this.#size++;
    if (this.#size > this.#limits.entriesMax) this.#forgetOldest();
    return true;
  }

  /** Forgets what is too old. Cheap when there is nothing to do; call it now and then. */
  expire(nowMs: number): void {
    const { ageMaxMs } = this.#limits;
    const before = nowMs - ageMaxMs - ageMaxMs / REFRESH_PARTS;
    for (const [id, entry] of this.#entries) {
      if (entry.touchedMs >= before) break;
      this.#forget(id, entry);
    }
  }

  #entryOf(id: Id, nowMs: number): Entry {
    const last = this.#last;
    const known = last !== null && last.id === id ? last.entry : this.#entries.get(id);
    const refreshMs = this.#limits.ageMaxMs / REFRESH_PARTS;
    if (known !== undefined && nowMs - known.touchedMs < refreshMs) {
      if (last?.entry !== known) this.#last = { id, entry: known };
      return known;
    }
    const entry = { readers: known?.readers ?? new Set<number>(), touchedMs: nowMs };
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    this.#last = { id, entry };
    return entry;
  }

  #forgetOldest(): void {
    for (const [id, entry] of this.#entries) {
      this.#forget(id, entry);
      return;
    }
  }

  #forget(id: Id, entry: Entry): void {
    this.#entries.delete(id);
    this.#size -= entry.readers.size;
    if (this.#last?.id === id) this.#last = null;
    const newestMark = entry.touchedMs + this.#limits.ageMaxMs / REFRESH_PARTS;
    if (newestMark > this.#horizonMs) this.#horizonMs = newestMark;
  }
}

/** Ids seen lately, at most `max` of them: deleted statuses, whose late `update` must not be shown. */
export class RecentIds {
  readonly #max: number;
  readonly #ids = new Set<Id>();

  constructor(max: number) {
    this.#max = max;
  }

  add(id: Id): void {
    this.#ids.delete(id);
    this.#ids.add(id);
    if (this.#ids.size <= this.#max) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }

  has(id: Id): boolean {
    return this.#ids.has(id);
  }
}
