/** How failed log-ins slow down the next ones of an address. */

/** Failures of an address that cost nothing. */
export const FAILURES_FREE = 5;
/** Failures are forgotten so long after the last one, ms. */
export const FAILURES_KEPT_MS = 10 * 60_000;
/** The first delay, ms; it doubles with each failure. */
export const DELAY_FIRST_MS = 100;
export const DELAY_MAX_MS = 5_000;
/** Addresses that are remembered; beyond, the one whose last failure is oldest is forgotten. */
export const ADDRESSES_MAX = 10_000;

interface Failures {
  readonly count: number;
  readonly lastAt: number;
}

export class Throttle {
  /** In the order of their last failures. */
  readonly #failures = new Map<string, Failures>();

  /** How long an attempt of this address has to wait, ms. */
  delayMs(address: string, now: number): number {
    const known = this.#failures.get(address);
    if (known === undefined || now - known.lastAt > FAILURES_KEPT_MS || known.count <= FAILURES_FREE)
      return 0;
    return Math.min(DELAY_MAX_MS, DELAY_FIRST_MS * 2 ** Math.min(known.count - FAILURES_FREE - 1, 20));
  }

  failed(address: string, now: number): void {
    const known = this.#failures.get(address);
    const count = known === undefined || now - known.lastAt > FAILURES_KEPT_MS ? 0 : known.count;
    this.#failures.delete(address);
    this.#failures.set(address, { count: count + 1, lastAt: now });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > ADDRESSES_MAX && oldest !== undefined) this.#failures.delete(oldest);
  }

  succeeded(address: string): void {
    this.#failures.delete(address);
  }

  get size(): number {
    return this.#failures.size;
  }
}
