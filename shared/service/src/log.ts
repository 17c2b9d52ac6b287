import { pino } from 'pino';
import { stdoutSink, type LineSink } from './line-sink.js';
import type { Log } from './types.js';

/** One for the process. */
let sink: LineSink | null = null;

/** JSON lines on stdout, times as ISO 8601; an `err` field is written with its stack and causes. */
export function createLog(options: { readonly name: string; readonly level: string }): Log {
  const settings = {
    name: options.name,
    level: options.level,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(settings, (sink ??= stdoutSink()));
}

/** A log that says nothing, for tests and benchmarks. */
export function silentLog(): Log {
  const nothing = (): void => undefined;
  const log: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => log };
  return log;
}
