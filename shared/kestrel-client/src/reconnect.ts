/** The wait between two connections to one server. */
import { backOffMs } from './requests-core.js';

export interface Reconnect {
  /** Calls `open` after the next back-off step, or after `exactMs`. */
  later(exactMs?: number): void;
  /** If it waits: at once. */
  now(): void;
  /** The connection proved good: the next wait is a short one again. */
  succeeded(): void;
  cancel(): void;
}

export function createReconnect(minMs: number, maxMs: number, open: () => void): Reconnect {
  let attempt = 0;
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
      timer = setTimeout(fire, exactMs ?? backOffMs(attempt++, minMs, maxMs, Math.random()));
    },
    now: () => {
      if (timer === null) return;
      cancel();
      open();
    },
    succeeded: () => {
      attempt = 0;
    },
    cancel,
  };
}
