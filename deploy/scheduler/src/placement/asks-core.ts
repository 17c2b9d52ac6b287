import { fullValue, HOST, satisfiesValue, valuesOf, type AttributeClass } from './attributes-core.js';
import { isLeaving, type Slot } from './machines-core.js';
import type { Ask, LimitCount, PlaceContext } from './port.js';
import { amountsOf, fits, type Amounts } from './units-core.js';

/** What is kept of an ask between calls: equal tasks are read, and judged against equal agents, once. */
export interface KnownAsk {
  readonly ask: Ask;
  readonly needs: Amounts;
  readonly limits: readonly { readonly attribute: string; readonly limit: number }[];
  readonly onHost: boolean;
  /** Whether agents with these attributes satisfy the value constraints; what `host` says is not in it. */
  readonly verdicts: WeakMap<AttributeClass, boolean> | null;
  /** Growth of the index when nothing fitted; since then agents only became fuller. -1: not known. */
  refusedAt: number;
}

/** Asks that are remembered, at most: those used lately, in two generations of half as many. */
export const ASKS_MAX = 20_000;

export class KnownAsks {
  #young = new Map<string, KnownAsk>();
  #old = new Map<string, KnownAsk>();

  of(ask: Ask): KnownAsk {
    const found = this.#young.get(ask.key);
    if (found !== undefined) return found;
    const known = this.#old.get(ask.key) ?? read(ask);
    if (this.#young.size >= ASKS_MAX / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(ask.key, known);
    return known;
  }
}

const NONE: KnownAsk['limits'] = [];

function read(ask: Ask): KnownAsk {
  const needs = amountsOf(ask.needs, ask.ports);
  if (ask.constraints.length === 0)
    return { ask, needs, limits: NONE, onHost: false, verdicts: null, refusedAt: -1 };
  const limits = ask.constraints.flatMap(({ attribute, constraint }) =>
    constraint.kind === 'limit' ? [{ attribute, limit: constraint.limit }] : [],
  );
  const onHost = ask.constraints.some(
    ({ attribute, constraint }) => attribute === HOST && constraint.kind === 'value',
  );
  return {
    ask,
    needs,
    limits,
    onHost,
    verdicts: new WeakMap(),
    refusedAt: -1,
  };
}

/**
 * A limit says how many of a job one rack may have, and whoever sets one wants the job spread. So a place where the limit would hold even if it were
 * 1 goes before one where it would if it were 2, then 4, and so on: as even as a factor of two, in few searches.
 */
export function spreads({ limits }: KnownAsk): readonly number[] {
  const most = Math.max(1, ...limits.map(({ limit }) => limit));
  const levels: number[] = [];
  for (let level = 1; level < most; level *= 2) levels.push(level);
  return [...levels, most];
}

/** `most` bounds every limit. What `vetoesOf` finds nothing against, but for `dedicated` and the mode, by which the index is divided. */
export function accepts(
  known: KnownAsk,
  { now, limitCount, excluded }: PlaceContext,
  most: number,
): (slot: Slot) => boolean {
  const { ask, needs, verdicts } = known;
  const limits = known.limits.map(({ attribute, limit }) => ({ attribute, limit: Math.min(limit, most) }));
  const open = limits.length === 0 ? null : openValues(ask.job, limitCount);
  return (slot) =>
    fits(slot.free, needs) &&
    !isLeaving(slot.machine, now) &&
    excluded?.has(slot.machine.agentId) !== true &&
    (verdicts === null || satisfies(known, verdicts, slot)) &&
    (open === null || limits.every((limit) => open(slot, limit)));
}

function satisfies(
  { ask, onHost }: KnownAsk,
  verdicts: WeakMap<AttributeClass, boolean>,
  { shared, machine }: Slot,
): boolean {
  let verdict = verdicts.get(shared);
  if (verdict === undefined) {
    verdict = ask.constraints.every(({ attribute, constraint }) =>
      constraint.kind === 'limit' || attribute === HOST
        ? true
        : satisfiesValue(constraint, valuesOf(shared, machine.host, attribute)),
    );
    verdicts.set(shared, verdict);
  }
  return verdict && (!onHost || onHostOnly(ask, machine.host));
}

function onHostOnly({ constraints }: Ask, host: string): boolean {
  return constraints.every(
    ({ attribute, constraint }) =>
      attribute !== HOST || constraint.kind === 'limit' || satisfiesValue(constraint, [host]),
  );
}

/** Counts are asked for once per value and call. */
function openValues(job: string, limitCount: LimitCount) {
  const asked = new Map<string, boolean>();
  return ({ shared, machine }: Slot, { attribute, limit }: { attribute: string; limit: number }): boolean => {
    const values = valuesOf(shared, machine.host, attribute);
    return (
      values.length > 0 &&
      values.every((value) => {
        const key = `${limit}/${attribute}/${value}`;
        let open = asked.get(key);
        if (open === undefined)
          asked.set(key, (open = fullValue(job, attribute, limit, [value], limitCount) === null));
        return open;
      })
    );
  };
}
