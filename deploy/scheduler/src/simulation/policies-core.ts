import { createPlacer } from '../placement/placer-core.js';
import type { Ask, Machine, PlaceContext } from '../placement/port.js';
import type { Size } from './workloads-core.js';

/** A cell that is filled by one rule. `place` subtracts, and gives the number of the machine, or -1. */
export interface Policy {
  place(task: Size, number: number): number;
}
export type PolicyMaker = (machines: readonly Size[]) => Policy;

const CONTEXT: PlaceContext = { now: 0, limitCount: () => 0 };

/** What the scheduler uses, through its port, each task an ask of its own: nothing is shared between equal ones. */
export function murmur(machines: readonly Size[]): Policy {
  const placer = createPlacer();
  machines.forEach((size, i) => placer.set(machineOf(size, i)));
  return {
    place(task, number) {
      const ask = askOf(task, number);
      const agent = placer.place(ask, CONTEXT);
      if (agent === null) return -1;
      placer.take(agent, ask);
      return Number(agent);
    },
  };
}

const NO_ATTRIBUTES = {};

export function machineOf({ cpu, mem }: Size, number: number): Machine {
  const sizes = { cpus: cpu / 1000, memMb: mem, diskMb: 0, gpus: 0 };
  return {
    agentId: String(number),
    host: `host-${number}`,
    free: sizes,
    freePorts: 0,
    capacity: sizes,
    attributes: NO_ATTRIBUTES,
    mode: 'NONE',
    absentFrom: null,
  };
}

export function askOf({ cpu, mem }: Size, number: number): Ask {
  return {
    key: String(number),
    job: 'simulation/test/tasks',
    needs: { cpus: cpu / 1000, memMb: mem, diskMb: 0, gpus: 0 },
    ports: 0,
    constraints: [],
    dedicated: null,
  };
}

/** The first machine in order of their numbers, by a tree over what is free at most. */
export function firstFit(machines: readonly Size[]): Policy {
  const leaves = 2 ** Math.ceil(Math.log2(Math.max(1, machines.length)));
  const cpu = new Float64Array(2 * leaves).fill(-1);
  const mem = new Float64Array(2 * leaves).fill(-1);
  const put = (at: number, freeCpu: number, freeMem: number): void => {
    cpu[at] = freeCpu;
    mem[at] = freeMem;
    for (let i = at >> 1; i >= 1; i >>= 1) {
      cpu[i] = Math.max(cpu[2 * i] ?? -1, cpu[2 * i + 1] ?? -1);
      mem[i] = Math.max(mem[2 * i] ?? -1, mem[2 * i + 1] ?? -1);
    }
  };
  machines.forEach((size, i) => put(leaves + i, size.cpu, size.mem));
  const find = (at: number, task: Size): number => {
    if ((cpu[at] ?? -1) < task.cpu || (mem[at] ?? -1) < task.mem) return -1;
    if (at >= leaves) return at;
    const left = find(2 * at, task);
    return left >= 0 ? left : find(2 * at + 1, task);
  };
  return {
    place(task) {
      const at = find(1, task);
      if (at < 0) return -1;
      put(at, (cpu[at] ?? 0) - task.cpu, (mem[at] ?? 0) - task.mem);
      return at - leaves;
    },
  };
}

/** Units in which the sums of the peers are taken: the largest machine has 1 of both, as in the traces. */
function scaleOf(machines: readonly Size[]): Size {
  return {
    cpu: 1 / machines.reduce((most, { cpu }) => Math.max(most, cpu), 1),
    mem: 1 / machines.reduce((most, { mem }) => Math.max(most, mem), 1),
  };
}

/** The machine with the least sum of residuals: machines sorted by that sum, the first from the task's own upward that fits. */
export function bestFit(machines: readonly Size[]): Policy {
  const scale = scaleOf(machines);
  const cpu = Float64Array.from(machines, (size) => size.cpu);
  const mem = Float64Array.from(machines, (size) => size.mem);
  const keyOf = (i: number): number => (cpu[i] ?? 0) * scale.cpu + (mem[i] ?? 0) * scale.mem;
  const keys = Float64Array.from(machines, (_, i) => keyOf(i));
  const order = Int32Array.from(machines, (_, i) => i).sort(
    (a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b,
  );
  const seek = (key: number, number: number): number => {
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = order[middle] ?? 0;
      const its = keys[other] ?? 0;
      if (its < key || (its === key && other < number)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    place(task) {
      const own = task.cpu * scale.cpu + task.mem * scale.mem;
      for (let at = seek(own - 1e-9, -1); at < order.length; at++) {
        const i = order[at] ?? 0;
        if ((cpu[i] ?? 0) < task.cpu || (mem[i] ?? 0) < task.mem) continue;
        cpu[i] = (cpu[i] ?? 0) - task.cpu;
        mem[i] = (mem[i] ?? 0) - task.mem;
        const to = seek(keyOf(i), i);
        order.copyWithin(to + 1, to, at);
        order[to] = i;
        keys[i] = keyOf(i);
        return i;
      }
      return -1;
    },
  };
}

/** The machine with the greatest task · free, both in units of the largest machine: a full scan. */
export function dotProduct(machines: readonly Size[]): Policy {
  const scale = scaleOf(machines);
  return fullScan(
    machines,
    (cpu, mem, task) => -(cpu * task.cpu * scale.cpu ** 2 + mem * task.mem * scale.mem ** 2),
  );
}

/** Looks at every machine for every task: the least `cost` of what is free and asked. */
export function fullScan(
  machines: readonly Size[],
  cost: (freeCpu: number, freeMem: number, task: Size) => number,
): Policy {
  const cpu = Float64Array.from(machines, (size) => size.cpu);
  const mem = Float64Array.from(machines, (size) => size.mem);
  return {
    place(task) {
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
      if (best >= 0) {
        cpu[best] = (cpu[best] ?? 0) - task.cpu;
        mem[best] = (mem[best] ?? 0) - task.mem;
      }
      return best;
    },
  };
}
