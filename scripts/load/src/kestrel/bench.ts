/** What every part of the benchmark is given, and what it answers. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Loader } from './loader.js';
import type { BenchServer, Place } from './servers.js';
import { operations, type Tally } from './tally-core.js';
import type { Plan } from './plan.js';
import type { Verdict } from './goals-core.js';

export interface Bench {
  readonly plan: Plan;
  readonly loader: Loader;
  /** A fresh folder for a server, on the core of the servers. */
  readonly place: () => Place;
  readonly say: (line: string) => void;
}

export interface Outcome {
  readonly verdicts: readonly Verdict[];
  /** Values lost, doubled, changed, refused or out of order. */
  readonly faults: number;
}

export function placesIn(folder: string, fixed: Omit<Place, 'folder'>): () => Place {
  return () => ({ folder: mkdtempSync(join(folder, 'server-')), ...fixed });
}

export interface Measured {
  readonly tally: Tally;
  readonly operationsPerSecond: number;
  readonly operationsPerCpuSecond: number;
  readonly cpuSeconds: number;
}

/** Runs the loader, and counts the CPU time that the server takes meanwhile. */
export async function measure(server: BenchServer, run: () => Promise<Tally>): Promise<Measured> {
  const before = server.cpuSeconds();
  const tally = await run();
  const cpuSeconds = server.cpuSeconds() - before;
  return {
    tally,
    operationsPerSecond: operations(tally) / tally.seconds,
    operationsPerCpuSecond: operations(tally) / cpuSeconds,
    cpuSeconds,
  };
}

export const whole = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(0));
export const milliseconds = (microseconds: number): string =>
  Number.isNaN(microseconds) ? '-' : `${(microseconds / 1000).toFixed(2)} ms`;
export const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
