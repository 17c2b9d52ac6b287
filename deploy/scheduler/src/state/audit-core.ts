import type { AuditEntry } from '../model/tables.js';

const ID_DIGITS = 16;

/** The audit log by id: a sorted list, since entries come at its end and go at its beginning. */
export class AuditLog {
  #entries: AuditEntry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  get(id: string): AuditEntry | undefined {
    const entry = this.#entries[this.#position(id)];
    return entry?.id === id ? entry : undefined;
  }

  set(entry: AuditEntry): void {
    const position = this.#position(entry.id);
    const known = this.#entries[position]?.id === entry.id;
    this.#entries.splice(position, known ? 1 : 0, entry);
  }

  delete(id: string): void {
    const position = this.#position(id);
    if (this.#entries[position]?.id === id) this.#entries.splice(position, 1);
  }

  /** Oldest first. */
  all(): readonly AuditEntry[] {
    return [...this.#entries];
  }

  /** Newest first; only those before an id, if one is given. */
  page(limit: number, before?: string): readonly AuditEntry[] {
    const end = before === undefined ? this.#entries.length : this.#position(before);
    return this.#entries.slice(Math.max(0, end - limit), end).reverse();
  }

  /** Where it is, or would be: the first that is not below it. */
  #position(id: string): number {
    let [low, high] = [0, this.#entries.length];
    // Nearly always the end.
    if ((this.#entries.at(-1)?.id ?? '') < id) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.id ?? '') < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The id after this one; the first of all without. */
export function nextAuditId(id: string | undefined): string {
  return String(Number(id ?? '0') + 1).padStart(ID_DIGITS, '0');
}
