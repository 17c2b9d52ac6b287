import type { Policy, PolicyMaker } from './policies-core.js';
import { total, type Size, type Workload } from './workloads-core.js';

/** What became of one cell that the tasks arrived in, one after the other. */
export interface Filled {
  readonly machines: number;
  /** Tasks that no machine took. */
  readonly pending: number;
  /** False: more were pending than allowed, and the rest was not tried. */
  readonly complete: boolean;
  /** CPUs and memory of the tasks that were placed. */
  readonly placed: Size;
  readonly errors: Errors;
}

/** Both are to be 0. Counted apart from the policy's own books. */
export interface Errors {
  readonly overfull: number;
  readonly lost: number;
}

/** Tasks that may stay pending: hard ones must not decide alone how large a cell is (Borg allows 0.2 %). */
export const PENDING_SHARE = 0.002;

/** Tasks arrive in their order on the first `count` machines; it ends early when more than `allowed` stay pending. */
export function fill(workload: Workload, count: number, make: PolicyMaker, allowed: number): Filled {
  const machines = workload.machines.slice(0, count);
  const policy: Policy = make(machines);
  const used = machines.map(() => ({ cpu: 0, mem: 0 }));
  const placed = { cpu: 0, mem: 0 };
  let pending = 0;
  let done = 0;
  let landed = 0;
  for (const task of workload.tasks) {
    const at = policy.place(task, done++);
    const its = used[at];
    if (its === undefined) {
      if (++pending > allowed) break;
      continue;
    }
    landed++;
    for (const sum of [its, placed]) {
      sum.cpu += task.cpu;
      sum.mem += task.mem;
    }
  }
  const overfull = machines.filter((size, i) => {
    const its = used[i];
    return its === undefined || its.cpu > size.cpu || its.mem > size.mem;
  }).length;
  const errors = { overfull, lost: done - landed - pending };
  return { machines: count, pending, complete: pending <= allowed, placed, errors };
}

/** How many of the machines, in their order, have as much in all as was placed: no rule can do with fewer. */
export function lowerBound(machines: readonly Size[], placed: Size): number {
  let cpu = 0;
  let mem = 0;
  const last = machines.findIndex((size) => {
    cpu += size.cpu;
    mem += size.mem;
    return cpu >= placed.cpu && mem >= placed.mem;
  });
  return last < 0 ? machines.length : last + 1;
}

export interface Compacted {
  /** The smallest cell found; null: not even the whole cell is enough. */
  readonly smallest: Filled | null;
  /** Machines above the bound, as a share of the bound. */
  readonly excess: number | null;
  readonly bound: number;
  readonly errors: Errors;
}

/**
 * Cell compaction: the smallest cell that takes the tasks. It begins at `guess` (a share above the bound), goes in growing steps until
 * it has one cell that is enough and one that is not, and halves what is between them down to `resolution` (a share of the bound).
 */
export function compact(
  workload: Workload,
  make: PolicyMaker,
  {
    share,
    guess,
    resolution,
  }: { readonly share: number; readonly guess: number; readonly resolution: number },
): Compacted {
  const { machines, tasks } = workload;
  const allowed = Math.floor(share * tasks.length);
  const least = lowerBound(machines, total(tasks));
  const errors = { overfull: 0, lost: 0 };
  const attempt = (count: number): Filled => {
    const filled = fill(workload, count, make, allowed);
    errors.overfull += filled.errors.overfull;
    errors.lost += filled.errors.lost;
    return filled;
  };
  const clamp = (count: number): number => Math.max(1, Math.min(machines.length, Math.round(count)));
  const grain = Math.max(1, Math.round(least * resolution));
  let low = 0;
  let best: Filled | null = null;
  for (let at = clamp(least * (1 + guess)), step = 2 * grain; ; step *= 2) {
    const filled = attempt(at);
    if (filled.complete) best = filled;
    else low = Math.max(low, at);
    if (best !== null && low > 0) break;
    if (best !== null && at === 1) break;
    if (best === null && at === machines.length)
      return { smallest: null, excess: null, bound: least, errors };
    at = clamp(best === null ? at + step : at - step);
  }
  while (best.machines - low > grain) {
    const filled = attempt((best.machines + low) >> 1);
    if (filled.complete) best = filled;
    else low = filled.machines;
  }
  const bound = lowerBound(machines, best.placed);
  return { smallest: best, excess: (best.machines - bound) / bound, bound, errors };
}

/** The smallest value that at least this share of them does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
