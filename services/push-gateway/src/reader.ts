/** One reader of a home stream: performs what the table in `connection-core.ts` says. */
import { firstIdOf, type Cursor, type HomeSince, type Id, type Origin } from '@murmur/model';
import type { Lane } from './catch-up-core.js';
import { READER, type Effect, type ReaderEvent, type State } from './connection-core.js';
import type { DeliveredSet, RecentIds } from './delivered-core.js';
import { afterGap, afterReplay, historyFrom, released, type History } from './history-core.js';
import { renderGap, UpdateItem, type Item } from './item-core.js';
import type { GatewayMetrics } from './metrics.js';
import type { Transport } from './transport.js';

/** Live items held back for one reader while what it missed is fetched. They are shared: each is a reference. */
export const HELD_ITEMS_MAX = 512;
/** A replay goes on once the reader has taken all but this much, bytes. */
const REPLAY_AHEAD_BYTES = 32 * 1024;
/** A replay that does not move for so long is a slow reader's, ms. */
const REPLAY_STALL_MS = 5_000;
/** After a disturbance a reader is caught up from so far back, ms: how long a fan-out may have missed it. */
const SWEEP_REACH_MS = 30_000;

/** What all readers of a gateway share. */
export interface Desk {
  readonly delivered: DeliveredSet;
  readonly deletesDelivered: DeliveredSet;
  /** Deleted statuses: a late update of one is not shown. */
  readonly deleted: RecentIds;
  readonly metrics: GatewayMetrics;
  readonly origin: Origin;
  readonly bufferBytesMax: number;
  /** Unix ms. */
  readonly now: () => number;
  /** Asks timeline what the reader missed; answers by `answer` or `unavailable`. */
  readonly ask: (reader: Reader, lane: Lane) => void;
  /** Calls after `CATCH_UP_MS`. */
  readonly confirmLater: (reader: Reader) => void;
  /** Calls after `ms`. */
  readonly later: (ms: number, then: () => void) => void;
}

export class Reader {
  readonly number: number;
  readonly account: Id;
  readonly #transport: Transport;
  readonly #desk: Desk;
  /** Where it began: nothing at or below is new to it, if it said so itself. */
  readonly #start: Id;
  readonly #resumed: boolean;
  #state: State;
  #history: History;
  /** Something may still be missing: the floor stays. */
  #floorHeld = true;
  #again = false;
  #lane: Lane = 'confirm';
  #held: Item[] = [];
  #answer: HomeSince | null = null;
  #replayAt = 0;

  /** With a cursor it waits for what it missed; without one it begins now. Call `begin` next. */
  constructor(number: number, account: Id, transport: Transport, cursor: Cursor | null, desk: Desk) {
    this.number = number;
    this.account = account;
    this.#transport = transport;
    this.#desk = desk;
    this.#resumed = cursor !== null;
    this.#start = cursor?.floor ?? firstIdOf(desk.now());
    this.#history = historyFrom(this.#start, cursor?.seen);
    this.#state = cursor === null ? 'live' : 'waiting';
    for (const id of cursor?.seen ?? []) desk.delivered.mark(id, number, desk.now());
  }

  get state(): State {
    return this.#state;
  }

  begin(): void {
    if (this.#resumed) this.#desk.ask(this, 'resume');
    else this.#desk.confirmLater(this);
  }

  /** True when it was written at once. */
  offer(item: Item): boolean {
    const written = this.#state === 'live' || this.#state === 'checking';
    this.#run('item', item);
    return written;
  }

  check(lane: Lane): void {
    this.#lane = lane;
    this.#run('check');
  }

  answer(answer: HomeSince): void {
    this.#answer = answer;
    this.#run('answer');
  }

  unavailable(): void {
    this.#run('unavailable');
  }

  end(): void {
    this.#run('end');
  }

  /** What to ask timeline for. Below its own floor it looks as far as repeats can still be told. */
  question(): Cursor {
    const { floor, seen } = this.#history;
    if (this.#state !== 'checking') return this.#history;
    const { delivered, now } = this.#desk;
    const reach = firstIdOf(Math.max(now() - SWEEP_REACH_MS, delivered.horizonMs));
    const lowest = reach > this.#start ? reach : this.#start;
    return { floor: lowest < floor ? lowest : floor, seen };
  }

  #run(event: ReaderEvent, item: Item | null = null): void {
    const step = READER[this.#state][event];
    this.#state = step.next;
    for (const effect of step.effects) {
      this.#perform(effect, item);
      if (this.#state !== step.next) return; // an effect was itself an event, and that one took over
    }
    if (this.#state === 'closed') this.#forget();
  }

  #perform(effect: Effect, item: Item | null): void {
    const { desk, transport } = { desk: this.#desk, transport: this.#transport };
    switch (effect) {
      case 'hold':
        if (item !== null) this.#held.push(item);
        if (this.#held.length > HELD_ITEMS_MAX) this.#run('overflow');
        return;
      case 'write':
        if (item !== null) this.#writeItem(item);
        return;
      case 'ask':
        this.#floorHeld = true;
        desk.ask(this, this.#lane);
        return;
      case 'again':
        this.#again = true;
        return;
      case 'replay':
        this.#beginReplay();
        return;
      case 'gap':
        this.#announceGap();
        return;
      case 'flush':
        this.#flushHeld();
        return;
      case 'settle':
        this.#settle();
        return;
      case 'confirm':
        desk.confirmLater(this);
        return;
      case 'drop':
        desk.metrics.droppedSlow.inc();
        transport.close('tooSlow');
        return;
    }
  }

  #writeItem(item: Item): void {
    const { desk, transport } = { desk: this.#desk, transport: this.#transport };
    if (item.kind === 'delete') {
      if (desk.deletesDelivered.mark(item.id, this.number, desk.now()))
        this.#write(item.bytes(transport.wire), 'delete');
      else desk.metrics.duplicates.inc();
      return;
    }
    if (!this.#isNew(item.id)) return;
    const { history, bytes } = item.forLive(this.#history, this.#floorHeld);
    this.#history = history;
    this.#write(bytes(transport.wire), 'update');
  }

  /** Marks it as delivered, unless this reader has had it or it is deleted. */
  #isNew(id: Id): boolean {
    const { deleted, delivered, metrics, now } = this.#desk;
    if (deleted.has(id)) {
      metrics.lateUpdates.inc();
      return false;
    }
    const had = this.#resumed && id <= this.#start;
    if (!had && delivered.mark(id, this.number, now())) return true;
    metrics.duplicates.inc();
    return false;
  }

  /** Bounded: whoever has more than `bufferBytesMax` waiting is too slow. */
  #write(bytes: Buffer, event: 'update' | 'delete' | 'gap'): void {
    const { desk, transport } = { desk: this.#desk, transport: this.#transport };
    if (transport.pendingBytes + bytes.length > desk.bufferBytesMax) transport.flush();
    if (transport.pendingBytes + bytes.length > desk.bufferBytesMax) {
      this.#run('slow');
      return;
    }
    transport.write(bytes);
    desk.metrics.deliveries.inc({ event });
  }

  #beginReplay(): void {
    const answer = this.#answer;
    if (answer === null) return;
    if (!answer.complete) this.#writeGap(answer.gapBelow ?? firstIdOf(this.#desk.now()));
    this.#replayAt = 0;
    this.#replayOn();
  }

  /** Oldest first, no faster than it reads. */
  #replayOn(): void {
    const { desk, transport } = { desk: this.#desk, transport: this.#transport };
    const answer = this.#answer;
    if (answer === null) return;
    while (this.#replayAt < answer.statuses.length) {
      if (transport.pendingBytes > REPLAY_AHEAD_BYTES) transport.flush();
      if (transport.pendingBytes > REPLAY_AHEAD_BYTES) {
        this.#waitForReader(answer);
        return;
      }
      const found = answer.statuses[this.#replayAt++];
      if (found === undefined || !this.#isNew(found.status.id)) continue;
      const item = new UpdateItem(found.status, found.author, desk.origin);
      this.#history = afterReplay(this.#history, item.id);
      this.#write(item.rendered(this.#history).bytes(transport.wire), 'update');
      desk.metrics.replayed.inc();
      if (this.#answer === null) return; // too slow after all
    }
    this.#answer = null;
    this.#run('replayed');
  }

  #waitForReader(answer: HomeSince): void {
    const at = this.#replayAt;
    this.#transport.onceDrained(() => this.#replayOn());
    this.#desk.later(REPLAY_STALL_MS, () => {
      if (this.#answer === answer && this.#replayAt === at) this.#run('slow');
    });
  }

  /** What waits is newer than the gap; with nothing waiting, the gap ends now. */
  #announceGap(): void {
    this.#answer = null;
    const ids = this.#held.filter((item) => item.kind === 'update').map((item) => item.id);
    this.#writeGap(ids.reduce((least, id) => (id < least ? id : least), firstIdOf(this.#desk.now())));
  }

  #writeGap(before: Id): void {
    const after = this.#history.floor;
    const history = afterGap(this.#history, before);
    if (history === this.#history) return; // all of it is below what this reader is done with
    this.#history = history;
    this.#desk.metrics.gaps.inc();
    this.#write(renderGap(this.#transport.wire, after, before, history), 'gap');
  }

  #flushHeld(): void {
    const held = this.#held;
    this.#held = [];
    for (const item of held) {
      if (this.#state === 'closed') return;
      this.#writeItem(item);
    }
  }

  #settle(): void {
    this.#floorHeld = false;
    this.#history = released(this.#history);
    if (!this.#again) return;
    this.#again = false;
    this.#run('check');
  }

  #forget(): void {
    this.#held = [];
    this.#answer = null;
  }
}
