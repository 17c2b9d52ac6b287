import type { AttributeConstraint } from '../../src/model/config.js';
import type { Ask, Machine, PlaceContext } from '../../src/placement/port.js';

export const NOW = 1_700_000_000_000;
export const ROOM = { cpus: 8, memMb: 16_384, diskMb: 100_000, gpus: 0 };

export function machine(agentId: string, more: Partial<Machine> = {}): Machine {
  const capacity = more.capacity ?? ROOM;
  return {
    agentId,
    host: `host-${agentId}`,
    free: capacity,
    freePorts: 100,
    capacity,
    attributes: {},
    mode: 'NONE',
    absentFrom: null,
    ...more,
  };
}

export function ask(more: Partial<Ask> = {}): Ask {
  return {
    key: 'config-1',
    job: 'murmur/prod/web',
    needs: { cpus: 1, memMb: 512, diskMb: 100, gpus: 0 },
    ports: 1,
    constraints: [],
    dedicated: null,
    ...more,
  };
}

export function context(more: Partial<PlaceContext> = {}): PlaceContext {
  return { now: NOW, limitCount: () => 0, ...more };
}

export function values(attribute: string, ...wanted: string[]): AttributeConstraint {
  return { attribute, constraint: { kind: 'value', negated: false, values: wanted } };
}
export function not(attribute: string, ...unwanted: string[]): AttributeConstraint {
  return { attribute, constraint: { kind: 'value', negated: true, values: unwanted } };
}
export function limit(attribute: string, most: number): AttributeConstraint {
  return { attribute, constraint: { kind: 'limit', limit: most } };
}

/** Counts as the state's would: by job, attribute and value. */
export class Counts {
  readonly #counts = new Map<string, number>();
  readonly limitCount = (job: string, attribute: string, value: string): number =>
    this.#counts.get(`${job}\n${attribute}\n${value}`) ?? 0;

  add(job: string, { host, attributes }: Machine): void {
    for (const [attribute, its] of [...Object.entries(attributes), ['host', [host]] as const])
      for (const value of its)
        this.#counts.set(`${job}\n${attribute}\n${value}`, this.limitCount(job, attribute, value) + 1);
  }
}
