import type { Amounts, EngineOffer, PortRange } from '@murmur/engine';
import type { HeldOffer } from '../backend.js';

interface Held {
  readonly offers: Map<string, EngineOffer>;
  readonly heldSince: number;
}

/**
 * The offers that are held, by agent: what is free of an agent comes piecewise, and a launch may use several offers of one
 * agent, so they count together. An offer that nobody needed goes back once it was held for its time, so that others see it too.
 */
export class OfferBook {
  readonly #agents = new Map<string, Held>();
  readonly #agentOf = new Map<string, string>();
  readonly #until = new Map<string, number>();

  /** Offers, not agents. */
  get size(): number {
    return this.#agentOf.size;
  }

  add(offer: EngineOffer, now: number, until: number): void {
    this.remove(offer.id);
    const held = this.#agents.get(offer.agentId) ?? { offers: new Map(), heldSince: now };
    held.offers.set(offer.id, offer);
    this.#agents.set(offer.agentId, held);
    this.#agentOf.set(offer.id, offer.agentId);
    this.#until.set(offer.id, until);
  }

  /** Of which agent it was, or null when it is not held. */
  remove(offerId: string): string | null {
    const agentId = this.#agentOf.get(offerId);
    if (agentId === undefined) return null;
    this.#agentOf.delete(offerId);
    this.#until.delete(offerId);
    const held = this.#agents.get(agentId);
    held?.offers.delete(offerId);
    if (held?.offers.size === 0) this.#agents.delete(agentId);
    return agentId;
  }

  ofAgent(agentId: string): readonly EngineOffer[] {
    return [...(this.#agents.get(agentId)?.offers.values() ?? [])];
  }

  /** All offers of the agent, which are not held any more. */
  take(agentId: string): readonly EngineOffer[] {
    const offers = this.ofAgent(agentId);
    for (const { id } of offers) this.remove(id);
    return offers;
  }

  /** Those held for their time, by agent: an agent's offers go together, so that the engine can make one of them. */
  expired(now: number): readonly string[] {
    const agents = new Set<string>();
    for (const [id, until] of this.#until) if (until <= now) agents.add(this.#agentOf.get(id) ?? '');
    return [...agents].sort();
  }

  held(): readonly HeldOffer[] {
    return [...this.#agents].map(([agentId, { offers, heldSince }]) => ({
      agentId,
      offers: [...offers.values()],
      heldSince,
    }));
  }

  agents(): readonly string[] {
    return [...this.#agents.keys()];
  }

  clear(): void {
    this.#agents.clear();
    this.#agentOf.clear();
    this.#until.clear();
  }
}

/** Thousandths: what offers are made of; sums of binary fractions would drift. */
const PRECISION = 1_000;
const round = (value: number): number => Math.round(value * PRECISION) / PRECISION;

/** What several offers of one agent hold together, without what may be taken back at any time. */
export function freeOf(offers: readonly EngineOffer[]): Amounts {
  const sum = (of: (amounts: Amounts) => number): number =>
    round(offers.reduce((total, { resources }) => total + of(resources), 0));
  return {
    cpus: sum(({ cpus }) => cpus),
    memMb: sum(({ memMb }) => memMb),
    diskMb: sum(({ diskMb }) => diskMb),
    gpus: sum(({ gpus }) => gpus),
    ports: mergeRanges(offers.flatMap(({ resources }) => resources.ports)),
  };
}

/** Sorted, without overlap; neighbours become one. */
export function mergeRanges(ranges: readonly PortRange[]): readonly PortRange[] {
  const merged: PortRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
    const before = merged.at(-1);
    if (before !== undefined && range.first <= before.last + 1)
      merged[merged.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
    else merged.push(range);
  }
  return merged;
}

export function countPorts(ranges: readonly PortRange[]): number {
  return ranges.reduce((total, { first, last }) => total + last - first + 1, 0);
}

export interface PickedPorts {
  readonly ports: readonly number[];
  readonly rest: readonly PortRange[];
}

/**
 * So many ports out of the ranges, or null when there are too few. They are taken one after the other from a place that `random`
 * (0 to 1) chooses: a port that was given back a moment ago may still have connections that end.
 */
export function pickPorts(ranges: readonly PortRange[], count: number, random: number): PickedPorts | null {
  const total = countPorts(ranges);
  if (count > total) return null;
  const start = Math.min(total - 1, Math.floor(random * total));
  const ports: number[] = [];
  let rest = ranges;
  for (let i = 0; i < count; i += 1) ports.push(portAt(ranges, (start + i) % total));
  for (const port of ports) rest = rest.flatMap((range) => without(range, port));
  return { ports, rest };
}

function portAt(ranges: readonly PortRange[], index: number): number {
  let left = index;
  for (const { first, last } of ranges) {
    if (left <= last - first) return first + left;
    left -= last - first + 1;
  }
  throw new RangeError(`no port ${index} in ${JSON.stringify(ranges)}`);
}

function without(range: PortRange, port: number): PortRange[] {
  if (port < range.first || port > range.last) return [range];
  const halves = [
    { first: range.first, last: port - 1 },
    { first: port + 1, last: range.last },
  ];
  return halves.filter(({ first, last }) => first <= last);
}
