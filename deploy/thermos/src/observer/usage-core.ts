import type { ProcessUsage } from '../runner/types.js';

/** What one process uses, with its rate of CPU since it was looked at before. */
export interface Usage extends ProcessUsage {
  /** CPUs: 1 = one CPU all the time. */
  readonly cpu: number;
}

export interface Sample {
  readonly at: number;
  readonly processes: readonly Usage[];
}

/** Adds the rate to what was measured; a process seen for the first time, or in another run, has none yet. */
export function sampleOf(measured: readonly ProcessUsage[], at: number, before: Sample | undefined): Sample {
  const seconds = before === undefined ? 0 : (at - before.at) / 1_000;
  return {
    at,
    processes: measured.map((usage) => {
      const earlier = before?.processes.find(({ pid, run }) => pid === usage.pid && run === usage.run);
      const used = earlier === undefined ? 0 : usage.cpuSeconds - earlier.cpuSeconds;
      return { ...usage, cpu: seconds > 0 ? Math.max(0, used / seconds) : 0 };
    }),
  };
}

export interface Consumption {
  /** CPUs. */
  readonly cpu: number;
  /** Bytes. */
  readonly ram: number;
  /** Bytes. */
  readonly disk: number;
}

export function consumptionOf(processes: readonly Usage[], disk: number): Consumption {
  return {
    cpu: processes.reduce((sum, { cpu }) => sum + cpu, 0),
    ram: processes.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
    disk,
  };
}
