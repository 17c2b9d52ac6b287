import { pointOf, type Score } from '../placement/score-core.js';
import { Stripes, type Entry } from '../placement/stripes-core.js';
import type { Policy } from './policies-core.js';
import type { Size } from './workloads-core.js';

/** Machines that are looked at together: only if one has enough CPU, and one enough memory, each is looked at. */
const BLOCK = 16;

class Blocks {
  readonly cpu: Float64Array;
  readonly mem: Float64Array;
  readonly count: number;
  readonly mostCpu: Float64Array;
  readonly mostMem: Float64Array;

  constructor(machines: readonly Size[]) {
    this.cpu = Float64Array.from(machines, (size) => size.cpu);
    this.mem = Float64Array.from(machines, (size) => size.mem);
    this.count = Math.ceil(machines.length / BLOCK);
    this.mostCpu = new Float64Array(this.count);
    this.mostMem = new Float64Array(this.count);
    for (let block = 0; block < this.count; block++) this.#sum(block);
  }

  mayTake(block: number, task: Size): boolean {
    return (this.mostCpu[block] ?? 0) >= task.cpu && (this.mostMem[block] ?? 0) >= task.mem;
  }

  end(block: number): number {
    return Math.min(this.cpu.length, (block + 1) * BLOCK);
  }

  take(i: number, task: Size): void {
    this.cpu[i] = (this.cpu[i] ?? 0) - task.cpu;
    this.mem[i] = (this.mem[i] ?? 0) - task.mem;
    this.#sum(Math.floor(i / BLOCK));
  }

  #sum(block: number): void {
    let cpu = 0;
    let mem = 0;
    for (let i = block * BLOCK; i < this.end(block); i++) {
      cpu = Math.max(cpu, this.cpu[i] ?? 0);
      mem = Math.max(mem, this.mem[i] ?? 0);
    }
    this.mostCpu[block] = cpu;
    this.mostMem[block] = mem;
  }
}

/** The first machine in order of their numbers. */
export function firstFit(machines: readonly Size[]): Policy {
  const blocks = new Blocks(machines);
  const { cpu, mem } = blocks;
  return {
    place(task) {
      for (let block = 0; block < blocks.count; block++) {
        if (!blocks.mayTake(block, task)) continue;
        for (let i = block * BLOCK; i < blocks.end(block); i++) {
          if ((cpu[i] ?? 0) < task.cpu || (mem[i] ?? 0) < task.mem) continue;
          blocks.take(i, task);
          return i;
        }
      }
      return -1;
    },
  };
}

/** A machine's cost is the sum of what is left of both. */
const SUM_OF_RESIDUALS: Score = {
  costOf: (dSum) => dSum,
  floor: (distance) => distance,
  sumLimit: (cost) => cost,
};

/** The machine with the least sum of what is left of both, in units of the largest machine, as in the traces. */
export function bestFit(machines: readonly Size[]): Policy {
  const scale = scaleOf(machines);
  const memoryScale = scale.mem / scale.cpu;
  const index = new Stripes<Free>(1 / scale.cpu, SUM_OF_RESIDUALS);
  const free = (cpu: number, mem: number, order: number): Free => ({
    ...pointOf(cpu, mem, memoryScale),
    ...{ cpu, mem, order },
  });
  machines.forEach(({ cpu, mem }, i) => index.add(free(cpu, mem, i)));
  return {
    place({ cpu, mem }) {
      const found = index.search(
        pointOf(cpu, mem, memoryScale),
        Infinity,
        (its) => its.cpu >= cpu && its.mem >= mem,
      );
      if (found === null) return -1;
      const { entry } = found;
      index.remove(entry);
      index.add(free(entry.cpu - cpu, entry.mem - mem, entry.order));
      return entry.order;
    },
  };
}

interface Free extends Entry {
  readonly cpu: number;
  readonly mem: number;
}

/** The machine with the greatest task · free, both in units of the largest machine. */
export function dotProduct(machines: readonly Size[]): Policy {
  const scale = scaleOf(machines);
  const blocks = new Blocks(machines);
  const { cpu, mem } = blocks;
  return {
    place(task) {
      const byCpu = task.cpu * scale.cpu ** 2;
      const byMem = task.mem * scale.mem ** 2;
      let best = -1;
      let most = -1;
      for (let block = 0; block < blocks.count; block++) {
        const its = (blocks.mostCpu[block] ?? 0) * byCpu + (blocks.mostMem[block] ?? 0) * byMem;
        if (its <= most || !blocks.mayTake(block, task)) continue;
        for (let i = block * BLOCK; i < blocks.end(block); i++) {
          const freeCpu = cpu[i] ?? 0;
          const freeMem = mem[i] ?? 0;
          const product = freeCpu * byCpu + freeMem * byMem;
          if (product <= most || freeCpu < task.cpu || freeMem < task.mem) continue;
          most = product;
          best = i;
        }
      }
      if (best >= 0) blocks.take(best, task);
      return best;
    },
  };
}

export interface Scan extends Policy {
  /** Where `place` would put it. */
  choose(task: Size): number;
  take(machine: number, task: Size): void;
}

/** Looks at every machine for every task: the least `cost` of what is free and asked. */
export function fullScan(
  machines: readonly Size[],
  cost: (freeCpu: number, freeMem: number, task: Size) => number,
): Scan {
  const cpu = Float64Array.from(machines, (size) => size.cpu);
  const mem = Float64Array.from(machines, (size) => size.mem);
  const choose = (task: Size): number => {
    let best = -1;
    let least = Infinity;
    for (let i = 0; i < cpu.length; i++) {
      const freeCpu = cpu[i] ?? 0;
      const freeMem = mem[i] ?? 0;
      if (freeCpu < task.cpu || freeMem < task.mem) continue;
      const its = cost(freeCpu, freeMem, task);
      if (its < least) {
        least = its;
        best = i;
      }
    }
    return best;
  };
  const take = (machine: number, task: Size): void => {
    cpu[machine] = (cpu[machine] ?? 0) - task.cpu;
    mem[machine] = (mem[machine] ?? 0) - task.mem;
  };
  return {
    choose,
    take,
    place(task) {
      const best = choose(task);
      if (best >= 0) take(best, task);
      return best;
    },
  };
}

function scaleOf(machines: readonly Size[]): Size {
  return {
    cpu: 1 / machines.reduce((most, { cpu }) => Math.max(most, cpu), 1),
    mem: 1 / machines.reduce((most, { mem }) => Math.max(most, mem), 1),
  };
}
