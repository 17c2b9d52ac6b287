import type { Log } from '@murmur/service';

/** A log whose debug lines can be switched on for a while, as Mesos's `/logging/toggle` does with its verbose ones. */
export interface ToggledLog {
  readonly log: Log;
  /** 0 = as started; above, debug lines are written too. */
  level(): number;
  /** Sets it for `durationMs`, then it is 0 again. */
  set(level: number, durationMs: number): void;
  close(): void;
}

/** Longest time that a timer of Node.js can wait, ms. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export function toggledLog(base: Log): ToggledLog {
  let level = 0;
  let timer: NodeJS.Timeout | undefined;
  const wrap = (inner: Log): Log => ({
    debug: (fields, message) => {
      if (level > 0) inner.info({ verbose: true, ...fields }, message);
      else inner.debug(fields, message);
    },
    info: (fields, message) => {
      inner.info(fields, message);
    },
    warn: (fields, message) => {
      inner.warn(fields, message);
    },
    error: (fields, message) => {
      inner.error(fields, message);
    },
    child: (fields) => wrap(inner.child(fields)),
  });
  return {
    log: wrap(base),
    level: () => level,
    set: (next, durationMs) => {
      clearTimeout(timer);
      level = next;
      if (next > 0) timer = setTimeout(() => (level = 0), Math.min(durationMs, TIMER_MS_MAX)).unref();
    },
    close: () => {
      clearTimeout(timer);
    },
  };
}
