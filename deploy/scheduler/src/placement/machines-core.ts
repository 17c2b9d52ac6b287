import type { Attributes, AttributeClass, AttributeClasses } from './attributes-core.js';
import type { Machine } from './port.js';
import { pointOf, type Point } from './score-core.js';
import type { Entry } from './stripes-core.js';
import { amountsOf, type Amounts } from './units-core.js';

/** An agent that will be away within this takes no new task (`draining`). */
export const ABSENCE_MS = 6 * 60_000;

/** An agent in the index; `free` is what is left after `take`. Replaced, never changed. */
export interface Slot extends Entry {
  readonly machine: Machine;
  readonly shared: AttributeClass;
  readonly capacity: Amounts;
  readonly free: Amounts;
}

/** How willingly a class of agents is used: all of a lower rank are tried first. */
export const RANKS = 4;
const HAS_GPU = 1;
const LEAVES = 2;

/** Agents with GPUs after those without, those that will be maintained last; null: it takes nothing (DRAINING, DRAINED). */
export function rankOf({ mode, absentFrom, capacity, free }: Machine): number | null {
  if (mode === 'DRAINING' || mode === 'DRAINED') return null;
  const leaves = mode === 'SCHEDULED' || absentFrom !== null ? LEAVES : 0;
  return leaves + (capacity.gpus > 0 || free.gpus > 0 ? HAS_GPU : 0);
}

/** Agents that can have what a task without, or with, GPUs needs. */
export function servesRank(rank: number, gpu: number): boolean {
  return gpu === 0 || (rank & HAS_GPU) !== 0;
}

export function isLeaving({ absentFrom }: Machine, now: number): boolean {
  return absentFrom !== null && absentFrom - now <= ABSENCE_MS;
}

export function slotOf(machine: Machine, shared: AttributeClass, order: number, memoryScale: number): Slot {
  const free = amountsOf(machine.free, machine.freePorts);
  const capacity = amountsOf(machine.capacity, 0);
  return { machine, shared, capacity, free, order, ...placed(free, memoryScale) };
}

export function withFree(slot: Slot, free: Amounts, memoryScale: number): Slot {
  const { machine, shared, capacity, order } = slot;
  return { machine, shared, capacity, free, order, ...placed(free, memoryScale) };
}

/** The same class again where attributes were not changed: most updates are about what is free. */
export function classFor(
  classes: AttributeClasses,
  before: Slot | undefined,
  attributes: Attributes,
): AttributeClass {
  const same = before !== undefined && before.machine.attributes === attributes;
  const shared = same ? before.shared : classes.take(attributes);
  if (before !== undefined && !same) classes.release(before.shared);
  return shared;
}

function placed(free: Amounts, memoryScale: number): Point {
  return pointOf(free.cpu, free.mem, memoryScale);
}

/** CPUs and memory of all agents, and with it the mean machine that memory is scaled by. */
export class Totals {
  #cpu = 0;
  #mem = 0;
  #count = 0;

  add({ capacity }: Slot, sign: 1 | -1): void {
    this.#cpu += sign * capacity.cpu;
    this.#mem += sign * capacity.mem;
    this.#count += sign;
  }

  /** Thousandths of a CPU for one thousandth of a MiB: the mean machine has as much of both then. */
  get memoryScale(): number {
    return this.#cpu > 0 && this.#mem > 0 ? this.#cpu / this.#mem : 1;
  }

  get meanCpu(): number {
    return this.#count > 0 ? this.#cpu / this.#count : 0;
  }
}
