/** How much memory a server may have. Pure. */
import type { Goal } from './goals-core.js';

const MIB = 2 ** 20;

/** Our default of `maxMemorySize`: what one queue may hold in memory. */
export const MAX_MEMORY_BYTES = 128 * MIB;

/**
 * What comes on top of it in a process, however long the queue: Node.js itself and its heap's slack (70 MiB idle), the buffers that requests
 * came in and that the collector has not yet freed, and the parts of the journal that are being read. Measured, not derived.
 */
export const OVERHEAD_BYTES = 256 * MIB;

export const MEMORY_GOAL: Goal = {
  what: `read-behind, most memory with the backlog (maxMemorySize ${MAX_MEMORY_BYTES / MIB} + overhead ${OVERHEAD_BYTES / MIB})`,
  bound: 'at most',
  value: (MAX_MEMORY_BYTES + OVERHEAD_BYTES) / MIB,
  digits: 0,
  unit: ' MiB',
};

export interface Sample {
  readonly phase: string;
  readonly bytes: number;
}

/** The most of each phase, in the order in which the phases came. */
export function mostByPhase(samples: readonly Sample[]): Map<string, number> {
  const most = new Map<string, number>();
  for (const { phase, bytes } of samples) most.set(phase, Math.max(most.get(phase) ?? 0, bytes));
  return most;
}

/** What one of `count` more things takes, bytes; 0 when memory shrank meanwhile. */
export const bytesEach = (before: number, after: number, count: number): number =>
  Math.max(0, after - before) / count;
