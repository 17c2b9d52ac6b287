import { writeSync } from 'node:fs';
import { pino } from 'pino';
import type { Log } from './types.js';

/** JSON lines on stdout, times as ISO 8601; an `err` field is written with its stack and causes. */
export function createLog(options: { readonly name: string; readonly level: string }): Log {
  const settings = {
    name: options.name,
    level: options.level,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  // Asked for in this way, a pipe is one that does not block.
  return pino(settings, lineSink(process.stdout.fd));
}

/**
 * Writes lines to a file descriptor at once. What nobody takes, because the pipe is closed or has been full, is dropped: a process neither
 * stands still nor fails to exit because of its log. (pino's own stream tries a closed pipe for ever when the process exits.)
 */
export function lineSink(fd: number): { write(line: string): void } {
  return {
    write: (line) => {
      try {
        const bytes = Buffer.from(line);
        for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
      } catch {
        // There is nobody to tell.
      }
    },
  };
}

/** A log that says nothing, for tests and benchmarks. */
export function silentLog(): Log {
  const nothing = (): void => undefined;
  const log: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => log };
  return log;
}
