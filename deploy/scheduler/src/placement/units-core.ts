import type { Sizes } from '../model/agent.js';

/** Sizes in whole thousandths, as Mesos compares them: sums of such numbers are exact. */
export interface Amounts {
  readonly cpu: number;
  readonly mem: number;
  readonly disk: number;
  readonly gpu: number;
  readonly ports: number;
}

const PER_UNIT = 1000;

/** Thousandths of CPUs, MiB and GPUs, rounded to the nearest; ports are counted whole. */
export function amountsOf(sizes: Sizes, ports: number): Amounts {
  return {
    cpu: thousandths(sizes.cpus),
    mem: thousandths(sizes.memMb),
    disk: thousandths(sizes.diskMb),
    gpu: thousandths(sizes.gpus),
    ports,
  };
}

export function fits(free: Amounts, needs: Amounts): boolean {
  return (
    free.cpu >= needs.cpu &&
    free.mem >= needs.mem &&
    free.disk >= needs.disk &&
    free.gpu >= needs.gpu &&
    free.ports >= needs.ports
  );
}

export function minus(free: Amounts, needs: Amounts): Amounts {
  return {
    cpu: free.cpu - needs.cpu,
    mem: free.mem - needs.mem,
    disk: free.disk - needs.disk,
    gpu: free.gpu - needs.gpu,
    ports: free.ports - needs.ports,
  };
}

/** Thousandths as people write them: `0.25`. */
export function printAmount(amount: number): string {
  return String(amount / PER_UNIT);
}

function thousandths(value: number): number {
  return Math.round(value * PER_UNIT);
}
