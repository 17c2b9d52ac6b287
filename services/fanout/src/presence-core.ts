/**
 * Which account reads at which gateway, from the numbered items of the queue `presence` and from snapshots.
 * Pure: it says which gateway's snapshot is wanted; fetching it is the shell's. Items of one gateway may
 * come from several Kestrels, so a hole is waited for a moment before it counts as one.
 */
import type { Id, PresenceItem, PresenceSnapshot } from '@murmur/model';

/** How long an item that is ahead waits for the one before it, ms. */
export const HOLE_WAIT_MS = 200;
/** Items held per gateway while a hole or a fetch is open; more and the oldest goes, which is a hole again. */
export const HELD_ITEMS_MAX = 1_000;

interface Gateway {
  epoch: string;
  seq: number;
  readonly accounts: Set<Id>;
  held: PresenceItem[];
  holeSinceMs: number | null;
  fetching: boolean;
}

export interface PresenceEffect {
  readonly kind: 'fetch';
  readonly gateway: string;
}

const NOWHERE: readonly string[] = [];

export class Presence {
  readonly #gateways = new Map<string, Gateway>();
  readonly #where = new Map<Id, readonly string[]>();

  /** The gateways where an account reads. */
  gatewaysOf(account: Id): readonly string[] {
    return this.#where.get(account) ?? NOWHERE;
  }

  get accounts(): number {
    return this.#where.size;
  }

  get gateways(): readonly string[] {
    return [...this.#gateways.keys()];
  }

  /** Takes one item. One of a gateway whose snapshot was never seen is in that snapshot when it comes. */
  apply(item: PresenceItem, nowMs: number): readonly PresenceEffect[] {
    const gateway = this.#gateways.get(item.gateway);
    if (gateway === undefined) return [];
    if (!gateway.fetching && item.epoch === gateway.epoch && item.seq <= gateway.seq) return [];
    gateway.held.push(item);
    const overflow = gateway.held.length > HELD_ITEMS_MAX;
    if (overflow) gateway.held.shift();
    if (gateway.fetching) return [];
    if (item.epoch !== gateway.epoch || overflow) return [this.#fetch(item.gateway, gateway)];
    this.#absorbHeld(item.gateway, gateway, nowMs);
    return [];
  }

  /** Holes that have been open for too long. */
  tick(nowMs: number): readonly PresenceEffect[] {
    const effects: PresenceEffect[] = [];
    for (const [name, gateway] of this.#gateways)
      if (!gateway.fetching && gateway.holeSinceMs !== null && nowMs - gateway.holeSinceMs >= HOLE_WAIT_MS)
        effects.push(this.#fetch(name, gateway));
    return effects;
  }

  /** The whole of one gateway, then what came while it was fetched. */
  snapshot(snapshot: PresenceSnapshot, nowMs: number): void {
    const { gateway: name, epoch, seq } = snapshot;
    const known = this.#gateways.get(name);
    const accounts = new Set(snapshot.accounts);
    for (const account of known?.accounts ?? []) if (!accounts.has(account)) this.#leave(name, account);
    for (const account of accounts) if (known?.accounts.has(account) !== true) this.#join(name, account);
    const held = known?.held ?? [];
    const gateway = { epoch, seq, accounts, held, holeSinceMs: null, fetching: false };
    this.#gateways.set(name, gateway);
    this.#absorbHeld(name, gateway, nowMs);
  }

  /** A gateway that has left its ServerSet. */
  drop(name: string): void {
    for (const account of this.#gateways.get(name)?.accounts ?? []) this.#leave(name, account);
    this.#gateways.delete(name);
  }

  #fetch(name: string, gateway: Gateway): PresenceEffect {
    gateway.fetching = true;
    gateway.holeSinceMs = null;
    return { kind: 'fetch', gateway: name };
  }

  /** Applies what follows without a hole. Items of another epoch than the snapshot's are history. */
  #absorbHeld(name: string, gateway: Gateway, nowMs: number): void {
    const waiting = gateway.held
      .filter((item) => item.epoch === gateway.epoch && item.seq > gateway.seq)
      .sort((a, b) => a.seq - b.seq);
    let next = 0;
    for (; next < waiting.length; next++) {
      const item = waiting[next] as PresenceItem;
      if (item.seq > gateway.seq + 1) break;
      if (item.seq === gateway.seq + 1) this.#absorb(name, gateway, item);
    }
    gateway.held = waiting.slice(next);
    gateway.holeSinceMs = gateway.held.length === 0 ? null : (gateway.holeSinceMs ?? nowMs);
  }

  #absorb(name: string, gateway: Gateway, item: PresenceItem): void {
    gateway.seq = item.seq;
    for (const account of item.leaves) if (gateway.accounts.delete(account)) this.#leave(name, account);
    for (const account of item.joins)
      if (!gateway.accounts.has(account)) {
        gateway.accounts.add(account);
        this.#join(name, account);
      }
  }

  #join(name: string, account: Id): void {
    this.#where.set(account, [...this.gatewaysOf(account), name]);
  }

  #leave(name: string, account: Id): void {
    const rest = this.gatewaysOf(account).filter((gateway) => gateway !== name);
    if (rest.length === 0) this.#where.delete(account);
    else this.#where.set(account, rest);
  }
}
