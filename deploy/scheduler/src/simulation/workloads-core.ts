import { createRandom, lognormal, pick, shuffle, type Random } from './random-core.js';

/** Thousandths of a CPU, and MiB. */
export interface Size {
  readonly cpu: number;
  readonly mem: number;
}

/** A cell and what arrives in it, in this order. */
export interface Workload {
  /** In the order in which compaction keeps them: the first k are the cell of k machines. */
  readonly machines: readonly Size[];
  readonly tasks: readonly Size[];
}

export const CLASSES = ['google', 'azure', 'alibaba'] as const;
export type ClassName = (typeof CLASSES)[number];

interface WorkloadClass {
  readonly title: string;
  readonly machines: readonly (readonly [count: number, size: Size])[];
  readonly task: (random: Random) => Size;
  /** CPUs or memory asked for, whichever is more, as a share of the whole cell's. */
  readonly load: number;
}

/** 1.0 of the traces' normalised units: the largest machine. */
const WHOLE = { cpu: 128_000, mem: 524_288 } as const;
const normal = (cpu: number, mem: number): Size => ({
  cpu: Math.max(1, Math.round(cpu * WHOLE.cpu)),
  mem: Math.max(1, Math.round(mem * WHOLE.mem)),
});
const machine = (cores: number, gib: number): Size => ({
  cpu: Math.round(cores * 1000),
  mem: Math.round(gib * 1024),
});

/**
 * Machines of the Google cluster trace of 2011: 12,583 of ten shapes (Reiss, Wilkes, Hellerstein; counts as in "Heterogeneity and dynamicity
 * of clouds at scale", SoCC 2012).
 */
const GOOGLE_2011 = [
  [6_732, normal(0.5, 0.5)],
  [3_863, normal(0.5, 0.25)],
  [1_001, normal(0.5, 0.75)],
  [795, normal(1, 1)],
  [126, normal(0.25, 0.25)],
  [52, normal(0.5, 0.12)],
  [5, normal(0.5, 0.03)],
  [5, normal(0.5, 0.97)],
  [3, normal(1, 0.5)],
  [1, normal(0.5, 0.06)],
] as const;

/** Requests like Google's: no sweet spots and no correlation (Borg, EuroSys 2015), about eleven to a machine. Derived, not published. */
function googleTask(random: Random): Size {
  const cpu = Math.min(0.5, lognormal(random, 0.025, 1.08));
  return normal(cpu, Math.min(0.5, lognormal(random, 0.016, 1.2)));
}

/** Virtual machines of the Azure V1 trace of 2017, per cent of arrivals (counted in huaweicloud/trace_generation_rnn). */
const AZURE_2017 = [
  [42.65, machine(1, 1.75)],
  [27.82, machine(2, 3.5)],
  [11.31, machine(4, 7)],
  [11.18, machine(8, 14)],
  [4.62, machine(8, 56)],
  [2.32, machine(1, 0.75)],
] as const;

/** The five frequent pods without a GPU of Alibaba's 2023 trace, per cent (alibaba/clusterdata, openb_pod_list_default.csv). */
const ALIBABA_2023 = [
  [33.5, machine(12.5, 56)],
  [26.1, machine(32, 48)],
  [15, machine(8, 29.8)],
  [11, machine(15.4, 50)],
  [8.7, machine(16.5, 50)],
] as const;

/** The seven frequent nodes of the same trace; its twenty rare shapes (223 nodes) are left out. */
const ALIBABA_NODES = [
  [549, machine(96, 384)],
  [387, machine(104, 512)],
  [129, machine(32, 256)],
  [107, machine(16, 120)],
  [59, machine(96, 512)],
  [39, machine(128, 768)],
  [30, machine(96, 384)],
] as const;

export const WORKLOADS: Readonly<Record<ClassName, WorkloadClass>> = {
  google: { title: 'Google-like', machines: GOOGLE_2011, task: googleTask, load: 0.8 },
  azure: {
    title: 'Azure 2017',
    machines: [[1_000, machine(48, 192)]],
    task: (random) => pick(random, AZURE_2017),
    load: 0.8,
  },
  alibaba: {
    title: 'Alibaba 2023',
    machines: ALIBABA_NODES,
    task: (random) => pick(random, ALIBABA_2023),
    load: 0.8,
  },
};

/** The same for the same class, seed and `scale` (1: the whole cell). */
export function createWorkload(name: ClassName, seed: number, scale = 1): Workload {
  const { machines, task, load } = WORKLOADS[name];
  const random = createRandom(seed);
  const all = machines.flatMap(([count, size]) => new Array<Size>(count).fill(size));
  const cell = shuffle(all, random).slice(0, Math.max(1, Math.round(all.length * scale)));
  const room = total(cell);
  const tasks: Size[] = [];
  for (let cpu = 0, mem = 0; cpu < load * room.cpu && mem < load * room.mem;) {
    const next = task(random);
    tasks.push(next);
    cpu += next.cpu;
    mem += next.mem;
  }
  return { machines: cell, tasks };
}

export function total(sizes: readonly Size[]): Size {
  return sizes.reduce((sum, { cpu, mem }) => ({ cpu: sum.cpu + cpu, mem: sum.mem + mem }), {
    cpu: 0,
    mem: 0,
  });
}
