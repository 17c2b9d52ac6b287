import { createPlacer } from '../placement/placer-core.js';
import type { PlaceContext } from '../placement/port.js';
import { askOf, machineOf, type PolicyMaker } from './policies-core.js';
import type { Workload } from './workloads-core.js';

/** Instances of a job, alike, and how many of them may share a rack. */
export const SPREAD = { instances: 10, perRack: 1, machinesPerRack: 40 } as const;

/** The same cell, and every job ten equal tasks one after the other. */
export function jobsOf({ machines, tasks }: Workload): Workload {
  const jobs = tasks.slice(0, Math.ceil(tasks.length / SPREAD.instances));
  return { machines, tasks: jobs.flatMap((task) => new Array<typeof task>(SPREAD.instances).fill(task)) };
}

export interface SpreadCheck {
  /** Tasks beyond what a rack may have of their job; to be 0. */
  overshot: number;
}

/** Jobs of equal tasks, with `rack: limit:1` or without; what a rack has of a job is counted here, apart from the placer. */
export function murmurJobs(spread: boolean, check: SpreadCheck): PolicyMaker {
  return (machines) => {
    const placer = createPlacer();
    const rackOf = (machine: number): string => `rack-${Math.floor(machine / SPREAD.machinesPerRack)}`;
    const attributes = new Map<string, Record<string, readonly string[]>>();
    machines.forEach((size, i) => {
      const rack = rackOf(i);
      const its = attributes.get(rack) ?? { rack: [rack] };
      attributes.set(rack, its);
      placer.set({ ...machineOf(size, i), attributes: its });
    });
    const constraint = { kind: 'limit', limit: SPREAD.perRack } as const;
    const constraints = spread ? [{ attribute: 'rack', constraint }] : [];
    const counts = new Map<string, number>();
    const countOf = (job: string, rack: string): number => counts.get(`${job}\n${rack}`) ?? 0;
    const context: PlaceContext = { now: 0, limitCount: (job, _attribute, value) => countOf(job, value) };
    return {
      place(task, number) {
        const job = Math.floor(number / SPREAD.instances);
        const ask = { ...askOf(task, job), job: String(job), constraints };
        const agent = placer.place(ask, context);
        if (agent === null) return -1;
        placer.take(agent, ask);
        const rack = rackOf(Number(agent));
        const count = countOf(ask.job, rack) + 1;
        counts.set(`${ask.job}\n${rack}`, count);
        if (spread && count > SPREAD.perRack) check.overshot++;
        return Number(agent);
      },
    };
  };
}
