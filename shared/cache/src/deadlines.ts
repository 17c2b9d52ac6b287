/**
 * Many deadlines of one length with one timer. All have the same length, so the first that was begun is
 * the first that is due.
 */
export class Deadlines {
  readonly #lengthMs: number;
  readonly #onExpired: () => void;
  readonly #due = new Map<number, number>();
  #next = 0;
  #timer: NodeJS.Timeout | null = null;

  /** `onExpired` is called once when any deadline passes; it is expected to call `clear`. */
  constructor(lengthMs: number, onExpired: () => void) {
    this.#lengthMs = lengthMs;
    this.#onExpired = onExpired;
  }

  begin(): number {
    const token = this.#next++;
    this.#due.set(token, performance.now() + this.#lengthMs);
    this.#timer ??= setTimeout(() => this.#look(), this.#lengthMs);
    return token;
  }

  end(token: number): void {
    this.#due.delete(token);
  }

  clear(): void {
    this.#due.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #look(): void {
    this.#timer = null;
    const first = this.#due.entries().next().value;
    if (first === undefined) return;
    const [token, dueAt] = first;
    const leftMs = dueAt - performance.now();
    if (leftMs > 0) {
      this.#timer = setTimeout(() => this.#look(), Math.ceil(leftMs));
      return;
    }
    // A busy process reaches its timers before its sockets: the answer may be there, unread. Read first.
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#due.has(token)) this.#onExpired();
      else this.#look();
    }, AFTER_READING_MS);
  }
}

/** Long enough for one turn of the event loop to read what has arrived. */
const AFTER_READING_MS = 5;
