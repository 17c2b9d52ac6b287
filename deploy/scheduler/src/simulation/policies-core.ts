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
