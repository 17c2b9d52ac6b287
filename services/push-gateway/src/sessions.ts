/** Every open stream, how many there may be, and the one timer that keeps them alive. */
import type { Id } from '@murmur/model';
import type { RefusalCode } from './errors-core.js';
import type { Transport } from './transport.js';
import type { Wire } from './wire-core.js';

export const HEARTBEAT_MS = 15_000;
/** Streams are spread over so many slots; one slot's heartbeat is due at a time. */
const SLOTS = 60;

export interface Session {
  readonly account: Id;
  /** Kept to ask again whether it is still good. */
  readonly token: string;
  readonly transport: Transport;
}

export interface SessionLimits {
  readonly connectionsMax: number;
  readonly accountConnectionsMax: number;
}

export class Sessions {
  readonly #limits: SessionLimits;
  readonly #slots: readonly Set<Session>[] = Array.from({ length: SLOTS }, () => new Set<Session>());
  readonly #byAccount = new Map<Id, number>();
  readonly #byWire: Record<Wire, number> = { sse: 0, ws: 0 };
  readonly #timer: NodeJS.Timeout;
  /** Places taken: open streams, and requests whose token is being looked up. */
  #places = 0;
  #next = 0;
  #tick = 0;

  constructor(limits: SessionLimits) {
    this.#limits = limits;
    this.#timer = setInterval(() => {
      for (const session of this.slot(this.#tick++)) session.transport.beat();
    }, HEARTBEAT_MS / SLOTS);
    this.#timer.unref();
  }

  get open(): number {
    return this.#byWire.sse + this.#byWire.ws;
  }

  count(wire: Wire): number {
    return this.#byWire[wire];
  }

  /** Takes a place for a request, or says why not. Every place taken is given back by `giveBack`. */
  takePlace(): RefusalCode | null {
    if (this.#places >= this.#limits.connectionsMax) return 'full';
    this.#places++;
    return null;
  }

  giveBack(): void {
    this.#places--;
  }

  accountIsFull(account: Id): boolean {
    return (this.#byAccount.get(account) ?? 0) >= this.#limits.accountConnectionsMax;
  }

  /** The returned function takes it out again, once. */
  add(session: Session): () => void {
    const slot = this.slot(this.#next++);
    slot.add(session);
    this.#count(session, 1);
    return () => {
      if (slot.delete(session)) this.#count(session, -1);
    };
  }

  /** One of the parts that all streams are spread over; any number will do. */
  slot(number: number): Set<Session> {
    return this.#slots[number % SLOTS] as Set<Session>;
  }

  all(): Session[] {
    return this.#slots.flatMap((slot) => [...slot]);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #count({ account, transport }: Session, by: 1 | -1): void {
    this.#byWire[transport.wire] += by;
    const left = (this.#byAccount.get(account) ?? 0) + by;
    if (left === 0) this.#byAccount.delete(account);
    else this.#byAccount.set(account, left);
  }
}

export const SESSION_SLOTS = SLOTS;
