import type { StatusKeeper } from '../queue/status-core.js';

/** A timer cannot wait longer, ms. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Gives a StatusKeeper its time: it looks after what is pending as soon as it is due. */
export class Enforcer {
  readonly #keeper: StatusKeeper;
  #timer: NodeJS.Timeout | null = null;

  constructor(keeper: StatusKeeper) {
    this.#keeper = keeper;
    keeper.onChange(() => this.#arm());
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #arm(): void {
    this.stop();
    const { deadline } = this.#keeper;
    if (deadline === null) return;
    const ms = Math.min(Math.max(0, deadline - Date.now()), TIMER_MS_MAX);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const now = Date.now();
      this.#keeper.advance(now);
      // A clock that was set back, or a timer that came early: not due yet.
      if (this.#keeper.deadline !== null && this.#keeper.deadline > now) this.#arm();
    }, ms);
  }
}
