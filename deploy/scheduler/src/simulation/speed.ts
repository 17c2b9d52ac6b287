import { costOf, pointOf } from '../placement/score-core.js';
import { murmur } from './policies-core.js';
import { fullScan } from './peers-core.js';
import { total, type Size, type Workload } from './workloads-core.js';

/** Work by wall clock and by CPU time of this process: the second is steadier on a busy machine. */
export interface Rate {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

export interface Speed {
  readonly index: Rate;
  readonly scan: Rate;
}

/** Tasks that the scan places; it is too slow for all of them. */
const SCANNED = 5_000;

/**
 * Placements per second of the index on the whole cell, all tasks, and of a scan of all machines with the same cost: the same first tasks
 * on the same empty cell. Making the cell is not counted.
 */
export function measureSpeed({ machines, tasks }: Workload): Speed {
  const { cpu, mem } = total(machines);
  const scale = cpu / mem;
  const scan = fullScan(machines, (freeCpu, freeMem, task: Size) => {
    const left = pointOf(freeCpu - task.cpu, freeMem - task.mem, scale);
    return costOf(left.sum, Math.abs(left.skew));
  });
  const index = murmur(machines);
  return {
    index: rateOf(tasks, (task, i) => void index.place(task, i)),
    scan: rateOf(tasks.slice(0, SCANNED), (task, i) => void scan.place(task, i)),
  };
}

function rateOf(tasks: readonly Size[], place: (task: Size, number: number) => void): Rate {
  const wall = performance.now();
  const before = process.cpuUsage();
  tasks.forEach(place);
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - wall) / 1000;
  return { perSecond: tasks.length / seconds, perCpuSecond: tasks.length / ((user + system) / 1e6) };
}
