import { JournalWriter, type JournalTurn } from './writer.js';
import type { Route, Ticket } from '../queue/registry-core.js';

/** A connection as the turn sees it. */
export interface TurnMember {
  /** Goes on with requests that had to wait. */
  proceed(now: number): void;
  /** Writes the replies that may go out. */
  flush(): void;
}

/**
 * One turn of the event loop: everything clients sent is run first, then each journal with new records is written
 * once, then the replies go out. So no reply is on the wire before what it says is in the journal.
 */
export class Turn implements JournalTurn {
  readonly #journals = new Set<JournalWriter>();
  /** A member may be there more than once, and be gone: it has nothing to write then. */
  readonly #flushing: TurnMember[] = [];
  readonly #proceeding = new Set<TurnMember>();
  /** In the order in which they came; one of them goes on at the end of each turn. */
  readonly #givingWay = new Set<TurnMember>();
  readonly #routes: Route[] = [];
  readonly #ended: () => void;
  #scheduled = false;
  readonly #end = (): void => {
    this.end();
  };

  /** `ended` is called after each turn. */
  constructor(ended: () => void = () => undefined) {
    this.#ended = ended;
  }

  journalDirty(journal: JournalWriter): void {
    this.#journals.add(journal);
    this.#schedule();
  }

  seal(tickets: readonly Ticket[]): void {
    if (tickets.length === 0) return;
    for (const route of this.#routes) {
      if (route.ticket !== null && tickets.includes(route.ticket)) route.ticket = null;
    }
  }

  flushLater(member: TurnMember): void {
    this.#flushing.push(member);
    this.#schedule();
  }

  proceedLater(member: TurnMember): void {
    this.#proceeding.add(member);
    this.#schedule();
  }

  /**
   * For a member with a large item under way: of all these only one goes on in a turn, so that whoever has little to say
   * is heard between any two pieces of them.
   */
  giveWay(member: TurnMember): void {
    this.#givingWay.add(member);
    this.#schedule();
  }

  forget(member: TurnMember): void {
    this.#proceeding.delete(member);
    this.#givingWay.delete(member);
  }

  /** What this turn's sets on a queue wait for; null where no journal is concerned. */
  ticketOf(route: Route): Ticket | null {
    if (route.ticket !== null) return route.ticket;
    let ticket: Ticket | null = null;
    for (const { journal } of route.targets) {
      if (!(journal instanceof JournalWriter)) continue;
      ticket ??= { pending: 0, failed: false, onSettled: [] };
      ticket.pending += 1;
      journal.tickets.push(ticket);
      this.journalDirty(journal);
    }
    if (ticket !== null) {
      route.ticket = ticket;
      this.#routes.push(route);
    }
    return ticket;
  }

  /** Ends the turn now instead of at the end of the event loop's. */
  end(): void {
    this.#scheduled = false;
    const now = Date.now();
    for (const member of this.#givingWay) {
      this.#givingWay.delete(member);
      this.#proceeding.add(member);
      break;
    }
    // Who puts itself off again comes in the next turn: a turn always ends, and new bytes are read in between.
    let left = this.#proceeding.size;
    for (const member of this.#proceeding) {
      if (left === 0) break;
      left -= 1;
      this.#proceeding.delete(member);
      member.proceed(now);
    }
    for (const route of this.#routes) route.ticket = null;
    this.#routes.length = 0;
    for (const journal of this.#journals) {
      this.#journals.delete(journal);
      journal.endTurn(now);
    }
    for (let i = 0; i < this.#flushing.length; i += 1) this.#flushing[i]?.flush();
    this.#flushing.length = 0;
    if (this.#givingWay.size > 0) this.#schedule();
    this.#ended();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#end);
  }
}
