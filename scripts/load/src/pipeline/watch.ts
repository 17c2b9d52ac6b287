/** What the processes of the house say of themselves while the benchmark runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSecondsOf } from '../common/machine.js';
import { quantileBound } from './graph-core.js';
import type { House } from './house.js';

const FANNED_OUT_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 20;

export class HistogramReading {
  readonly buckets: readonly { readonly le: number; readonly count: number }[];

  constructor(buckets: readonly { readonly le: number; readonly count: number }[]) {
    this.buckets = buckets;
  }

  get count(): number {
    return this.buckets.at(-1)?.count ?? 0;
  }

  since(before: HistogramReading): HistogramReading {
    return new HistogramReading(
      this.buckets.map(({ le, count }, i) => ({ le, count: count - (before.buckets[i]?.count ?? 0) })),
    );
  }

  quantileBound(q: number): number {
    return quantileBound(this.buckets, q);
  }
}

export async function histogramOf(house: House, process: string, name: string): Promise<HistogramReading> {
  const text = await house.metrics(process);
  const lines = text.matchAll(new RegExp(`^${name}_bucket\\{.*le="([^"]+)".*\\} (\\S+)$`, 'gm'));
  return new HistogramReading(
    [...lines].map(([, le, count]) => ({ le: le === '+Inf' ? Infinity : Number(le), count: Number(count) })),
  );
}

/** Until fan-out has appended `count` statuses to every follower since it started. */
export async function waitUntilFannedOut(house: House, count: number): Promise<void> {
  const until = performance.now() + FANNED_OUT_WITHIN_MS;
  for (;;) {
    const { count: done } = await histogramOf(house, 'fanout', 'murmur_fanout_accept_to_fanned_out_seconds');
    if (done >= count) return;
    if (performance.now() > until) throw new Error(`fan-out did ${done} of ${count} statuses`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** CPU seconds (user + system, from /proc) of each process of the house. */
export class CpuMeter {
  readonly #house: House;
  readonly #before: ReadonlyMap<string, number>;

  private constructor(house: House, before: ReadonlyMap<string, number>) {
    this.#house = house;
    this.#before = before;
  }

  static start(house: House): CpuMeter {
    return new CpuMeter(house, read(house));
  }

  report(): string {
    const now = read(this.#house);
    return [...now]
      .map(([name, seconds]) => `${name} ${(seconds - (this.#before.get(name) ?? 0)).toFixed(2)}`)
      .join(', ');
  }
}

function read(house: House): Map<string, number> {
  const out = new Map<string, number>();
  for (const [name, server] of [
    ...house.processes,
    ['memcached', house.memcached] as const,
    ['mariadb', house.mariaDb] as const,
  ])
    out.set(name, cpuSecondsOf(server.pid() ?? 0));
  return out;
}
