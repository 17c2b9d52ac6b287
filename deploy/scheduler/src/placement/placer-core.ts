import { AttributeClasses, opensTo, valuesOf } from './attributes-core.js';
import { accepts, KnownAsks, spreads, type KnownAsk } from './asks-core.js';
import { classFor, rankOf, RANKS, servesRank, slotOf, Totals, withFree, type Slot } from './machines-core.js';
import type { Ask, Machine, PlaceContext, Placer, Refusal, Veto, VetoKind } from './port.js';
import { pointOf } from './score-core.js';
import { Stripes, type Found } from './stripes-core.js';
import { minus } from './units-core.js';
import { distanceOf, told, vetoesOf, type Finding } from './veto-core.js';

/** The index is built anew when the mean machine changed by more than this; meanwhile the older scale is as good. */
const SCALE_DRIFT = 0.02;

/** Agents that are dedicated to the same, by rank. */
interface Pool {
  readonly dedicated: readonly string[];
  readonly ranks: (Stripes<Slot> | undefined)[];
}

export function createPlacer(): Placer {
  return new IndexedPlacer();
}

class IndexedPlacer implements Placer {
  readonly #slots = new Map<string, Slot>();
  readonly #classes = new AttributeClasses();
  readonly #asks = new KnownAsks();
  readonly #totals = new Totals();
  #pools = new Map<string, Pool>();
  #memoryScale = 1;
  #meanCpu = 0;
  #order = 0;
  /** Rises whenever an agent may have more free than before. */
  #growth = 0;

  get size(): number {
    return this.#slots.size;
  }

  set(machine: Machine): void {
    const before = this.#slots.get(machine.agentId);
    const shared = classFor(this.#classes, before, machine.attributes);
    const slot = slotOf(machine, shared, before?.order ?? this.#order++, this.#memoryScale);
    if (before !== undefined) this.#withdraw(before);
    this.#slots.set(machine.agentId, slot);
    this.#totals.add(slot, 1);
    this.#insert(slot);
    this.#growth++;
  }

  delete(agentId: string): void {
    const slot = this.#slots.get(agentId);
    if (slot === undefined) return;
    this.#withdraw(slot);
    this.#slots.delete(agentId);
    this.#classes.release(slot.shared);
  }

  take(agentId: string, ask: Ask): void {
    const slot = this.#slots.get(agentId);
    if (slot === undefined) return;
    this.#replace(slot, withFree(slot, minus(slot.free, this.#asks.of(ask).needs), this.#memoryScale));
  }

  place(ask: Ask, context: PlaceContext): string | null {
    return this.#best(ask, context)?.machine.agentId ?? null;
  }

  vetoes(agentId: string, ask: Ask, context: PlaceContext): readonly Veto[] {
    const slot = this.#slots.get(agentId);
    if (slot !== undefined) return told(vetoesOf(slot, ask, this.#asks.of(ask).needs, context));
    return [{ kind: 'no-agents', about: 'agent', score: 0, text: `no agent ${agentId} offers anything` }];
  }

  explain(ask: Ask, context: PlaceContext): Refusal {
    const counts: Partial<Record<VetoKind, number>> = {};
    let nearest: { slot: Slot; vetoes: readonly Finding[]; distance: number } | null = null;
    const { needs } = this.#asks.of(ask);
    for (const slot of this.#slots.values()) {
      if (context.excluded?.has(slot.machine.agentId) === true) continue;
      const vetoes = vetoesOf(slot, ask, needs, context);
      // Those of one agent are of one group: resources, or what its constraints say, values before limits.
      let before: VetoKind | null = null;
      for (const { kind } of vetoes) {
        if (kind !== before) counts[kind] = (counts[kind] ?? 0) + 1;
        before = kind;
      }
      const distance = distanceOf(vetoes);
      if (vetoes.length > 0 && (nearest === null || distance < nearest.distance))
        nearest = { slot, vetoes, distance };
    }
    if (this.#slots.size === 0) counts['no-agents'] = 1;
    if (nearest === null) return { nearest, counts };
    const { agentId, host } = nearest.slot.machine;
    return { nearest: { agentId, host, vetoes: told(nearest.vetoes) }, counts };
  }

  capacity(ask: Ask, context: PlaceContext, max: number): { count: number; refusal: Refusal | null } {
    const { job } = ask;
    const known = this.#asks.of(ask);
    const touched = new Map<string, Slot>();
    const added = new Map<string, number>();
    const more = (attribute: string, value: string): number => added.get(`${attribute}\n${value}`) ?? 0;
    const ahead: PlaceContext = {
      ...context,
      limitCount: (of, attribute, value) =>
        context.limitCount(of, attribute, value) + (of === job ? more(attribute, value) : 0),
    };
    try {
      for (let count = 0; count < max; count++) {
        const slot = this.#search(known, ahead);
        if (slot === null) return { count, refusal: this.explain(ask, ahead) };
        const { agentId, host } = slot.machine;
        if (!touched.has(agentId)) touched.set(agentId, slot);
        for (const attribute of new Set(known.limits.map((limit) => limit.attribute)))
          for (const value of valuesOf(slot.shared, host, attribute))
            added.set(`${attribute}\n${value}`, more(attribute, value) + 1);
        this.take(agentId, ask);
      }
      return { count: max, refusal: null };
    } finally {
      for (const [agentId, slot] of touched) this.#replace(this.#slots.get(agentId) ?? slot, slot);
    }
  }

  #best(ask: Ask, context: PlaceContext): Slot | null {
    this.#rescale();
    const known = this.#asks.of(ask);
    if (known.refusedAt === this.#growth) return null;
    const found = this.#search(known, context);
    // Agents held for others come free without a word, and so do limits; all else that lets it fit is growth.
    const lasting = known.limits.length === 0 && (context.excluded?.size ?? 0) === 0;
    if (found === null && lasting) known.refusedAt = this.#growth;
    return found;
  }

  #search(known: KnownAsk, context: PlaceContext): Slot | null {
    this.#rescale();
    for (const most of spreads(known)) {
      const found = this.#cheapest(known, accepts(known, context, most));
      if (found !== null) return found;
    }
    return null;
  }

  #cheapest({ ask, needs }: KnownAsk, accept: (slot: Slot) => boolean): Slot | null {
    const task = pointOf(needs.cpu, needs.mem, this.#memoryScale);
    const pools = this.#poolsFor(ask.dedicated);
    for (let rank = 0; rank < RANKS; rank++) {
      if (!servesRank(rank, needs.gpu)) continue;
      let best = null as Found<Slot> | null;
      for (const { ranks } of pools) best = ranks[rank]?.search(task, best?.cost ?? Infinity, accept) ?? best;
      if (best !== null) return best.entry;
    }
    return null;
  }

  #poolsFor(wanted: string | null): readonly Pool[] {
    if (wanted === null) {
      const open = this.#pools.get('');
      return open === undefined ? [] : [open];
    }
    return [...this.#pools.values()].filter(({ dedicated }) => opensTo(dedicated, wanted));
  }

  /** The mean machine has as much memory as CPU; when it changed, every point did. */
  #rescale(): void {
    const { memoryScale, meanCpu } = this.#totals;
    if (near(memoryScale, this.#memoryScale) && near(meanCpu, this.#meanCpu)) return;
    this.#memoryScale = memoryScale;
    this.#meanCpu = meanCpu;
    this.#pools = new Map();
    for (const [agentId, slot] of this.#slots) {
      const again = withFree(slot, slot.free, memoryScale);
      this.#slots.set(agentId, again);
      this.#insert(again);
    }
  }

  #insert(slot: Slot): void {
    this.#stripes(slot)?.add(slot);
  }

  #withdraw(slot: Slot): void {
    this.#stripes(slot)?.remove(slot);
    this.#totals.add(slot, -1);
  }

  #replace(from: Slot, to: Slot): void {
    const stripes = this.#stripes(from);
    stripes?.remove(from);
    this.#slots.set(to.machine.agentId, to);
    stripes?.add(to);
  }

  /** Where it is found; null for one that takes nothing. */
  #stripes({ machine, shared }: Slot): Stripes<Slot> | null {
    const rank = rankOf(machine);
    if (rank === null) return null;
    const key = shared.dedicated.join('\n');
    let pool = this.#pools.get(key);
    if (pool === undefined) this.#pools.set(key, (pool = { dedicated: shared.dedicated, ranks: [] }));
    return (pool.ranks[rank] ??= new Stripes<Slot>(this.#meanCpu));
  }
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= SCALE_DRIFT * Math.abs(b);
}
