import { createPlacer } from '../placement/placer-core.js';
import type { PlaceContext } from '../placement/port.js';
import { costOf, pointOf } from '../placement/score-core.js';
import { percentile } from './compaction-core.js';
import { fullScan } from './peers-core.js';
import { askOf, machineOf } from './policies-core.js';
import { total, type Size, type Workload } from './workloads-core.js';

/** Work by wall clock and by CPU time of this process: the second is steadier on a busy machine. */
export interface Rate {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

export interface Speed {
  readonly index: Rate;
  readonly scan: Rate;
  /** Of one to the other, per CPU-second. */
  readonly times: number;
}

const ROUNDS = 3;
/** The scan, too slow for all of them, is asked about SCANNED of every STRETCH tasks, while the cell fills. */
const STRETCH = 4_000;
const SCANNED = 100;
const CONTEXT: PlaceContext = { now: 0, limitCount: () => 0 };

/**
 * Placements per second of the index (`place` and `take`), each task an ask of its own, and choices per second of a scan of all machines
 * with the same cost, in the same cell from empty to full. Making cell and asks is not counted. In turn, ROUNDS times; the medians.
 */
export function measureSpeed(workload: Workload): Speed {
  const rounds = Array.from({ length: ROUNDS }, () => round(workload));
  const times = rounds.map(({ index, scan }) => index.perCpuSecond / scan.perCpuSecond);
  return {
    index: medianRate(rounds.map(({ index }) => index)),
    scan: medianRate(rounds.map(({ scan }) => scan)),
    times: percentile(times, 0.5),
  };
}

function round({ machines, tasks }: Workload): { readonly index: Rate; readonly scan: Rate } {
  const placer = createPlacer();
  machines.forEach((size, i) => placer.set(machineOf(size, i)));
  const scan = scanOf(machines);
  const asks = tasks.map(askOf);
  const byIndex = new Stopwatch();
  const byScan = new Stopwatch();
  for (let from = 0; from < tasks.length; from += STRETCH) {
    const some = tasks.slice(from, from + SCANNED);
    byScan.time(some.length, () => some.forEach((task) => void scan.choose(task)));
    const placed: (string | null)[] = [];
    const stretch = asks.slice(from, from + STRETCH);
    byIndex.time(stretch.length, () => {
      for (const ask of stretch) {
        const agent = placer.place(ask, CONTEXT);
        if (agent !== null) placer.take(agent, ask);
        placed.push(agent);
      }
    });
    placed.forEach((agent, i) => {
      const task = tasks[from + i];
      if (agent !== null && task !== undefined) scan.take(Number(agent), task);
    });
  }
  return { index: byIndex.rate, scan: byScan.rate };
}

class Stopwatch {
  #count = 0;
  #wallMs = 0;
  #cpuUs = 0;

  time(count: number, work: () => void): void {
    const wall = performance.now();
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    this.#wallMs += performance.now() - wall;
    this.#cpuUs += user + system;
    this.#count += count;
  }

  get rate(): Rate {
    return {
      perSecond: (this.#count / this.#wallMs) * 1e3,
      perCpuSecond: (this.#count / this.#cpuUs) * 1e6,
    };
  }
}

function medianRate(rates: readonly Rate[]): Rate {
  return {
    perSecond: percentile(
      rates.map(({ perSecond }) => perSecond),
      0.5,
    ),
    perCpuSecond: percentile(
      rates.map(({ perCpuSecond }) => perCpuSecond),
      0.5,
    ),
  };
}

function scanOf(machines: readonly Size[]): ReturnType<typeof fullScan> {
  const { cpu, mem } = total(machines);
  const scale = cpu / mem;
  return fullScan(machines, (freeCpu, freeMem, task: Size) => {
    const left = pointOf(freeCpu - task.cpu, freeMem - task.mem, scale);
    return costOf(left.sum, Math.abs(left.skew));
  });
}
