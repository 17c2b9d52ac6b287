/** The wait between two connections to one server. */
import { backOffMs } from './requests-core.js';

export interface Reconnect {
  /** Calls `open` after the next back-off step, or after `exactMs`. */
  later(exactMs?: number): void;
  /** If it waits: at once. */
  now(): void;
  /**
   * The server answers. Only a connection that then lasts `maxMs` makes the next wait a short one again: a server that
   * takes connections and drops them is not asked ever faster.
   */
  answered(): void;
  cancel(): void;
}

export function createReconnect(minMs: number, maxMs: number, open: () => void): Reconnect {
  let attempt = 0;
  let answeredAtMs: number | null = null;
  let timer: NodeJS.Timeout | null = null;

  function cancel(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  }
  function fire(): void {
    timer = null;
    open();
  }
  return {
    later: (exactMs) => {
      cancel();
      if (answeredAtMs !== null && performance.now() - answeredAtMs >= maxMs) attempt = 0;
      answeredAtMs = null;
      timer = setTimeout(fire, exactMs ?? backOffMs(attempt++, minMs, maxMs, Math.random()));
    },
    now: () => {
      if (timer === null) return;
      cancel();
      open();
    },
    answered: () => {
      answeredAtMs ??= performance.now();
    },
    cancel,
  };
}
