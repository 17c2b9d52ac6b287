import { setTimeout as sleep } from 'node:timers/promises';
import { decodeEvent, encodeEvent, QUEUES, type Event, type Id } from '@murmur/model';
import type { Log } from '@murmur/service';
import { eachBounded } from './bounded.js';
import {
  deliverDelete,
  deliverStatuses,
  type DeliverPorts,
  type Outcome,
  type StatusEvent,
} from './deliver.js';
import { applyRelation, type RelationPorts } from './relations.js';
import type { RetryBook } from './retry-core.js';

/** Authors, deletes and relations of one batch under way at a time. */
export const GROUPS_UNDER_WAY_MAX = 32;
/** A batch from which something is put back takes at least this long: no hot loop round an empty queue, ms. */
export const PUT_BACK_PAUSE_MS = 100;
/** At most one line per this time says that events are put back, ms. */
const SAY_AGAIN_MS = 5_000;

export interface BatchPorts extends Omit<DeliverPorts, 'store'>, RelationPorts {
  readonly store: DeliverPorts['store'] & RelationPorts['store'];
  readonly book: RetryBook;
  readonly log: Log;
  /** Unix ms. */
  readonly now: () => number;
}

/** Statuses of one author together; everything else alone. */
type Group = readonly [Event, ...Event[]];

/** Handles the batches of `statuses+fanout`. Resolves when every event is done with or back in its queue. */
export function createBatchHandler(ports: BatchPorts): (batch: readonly Buffer[]) => Promise<void> {
  let saidAtMs = -Infinity;

  const say = (error: unknown): void => {
    if (ports.now() - saidAtMs < SAY_AGAIN_MS) return;
    saidAtMs = ports.now();
    ports.log.warn({ err: error }, 'events go back to the queue: something fan-out needs is away');
  };

  return async (batch) => {
    const { events, poison } = decodeAll(batch);
    const back: Event[] = events.filter((event) => !ports.book.isDue(event, ports.now()));
    const due = back.length === 0 ? events : events.filter((event) => !back.includes(event));
    await eachBounded(groupsOf(due), GROUPS_UNDER_WAY_MAX, async (group) => {
      const outcome = await run(ports, group, say);
      for (const event of group) settle(ports, event, outcome, back);
    });
    await Promise.all(poison.map((item) => putPoison(ports, item)));
    if (back.length === 0) return;
    await sleep(PUT_BACK_PAUSE_MS);
    // A put that fails rejects, so the whole batch comes again: done twice, but not lost.
    await Promise.all(back.map((event) => ports.kestrel.put(QUEUES.fanout, encodeEvent(event))));
  };
}

function settle(ports: BatchPorts, event: Event, outcome: Outcome, back: Event[]): void {
  const { metrics, book, now } = ports;
  metrics.events.inc({ kind: event.kind, result: outcome.kind === 'done' ? 'done' : 'put_back' });
  if (outcome.kind === 'done') {
    book.forget(event);
    if (event.kind === 'status')
      metrics.acceptToFannedOut.observe(Math.max(0, now() - event.receivedAtMs) / 1_000);
    return;
  }
  book.postpone(event, now());
  const again = { ...event, attempt: event.attempt + 1 };
  back.push(again.kind === 'status' && outcome.pushed ? { ...again, push: false } : again);
}

/** Never rejects: what fails is to be done again. */
async function run(ports: BatchPorts, group: Group, say: (error: unknown) => void): Promise<Outcome> {
  const [first] = group;
  try {
    const outcome = await perform(ports, group, first);
    if (outcome.kind === 'again') say(new Error('a vector server is away'));
    return outcome;
  } catch (error) {
    say(error);
    return { kind: 'again', pushed: false };
  }
}

function perform(ports: BatchPorts, group: Group, first: Event): Promise<Outcome> {
  switch (first.kind) {
    case 'status':
      return deliverStatuses(ports, group as readonly Event[] as readonly StatusEvent[]);
    case 'delete':
      return deliverDelete(ports, first);
    case 'follow':
    case 'unfollow':
      return applyRelation(ports, first);
  }
}

function groupsOf(events: readonly Event[]): Group[] {
  const byAuthor = new Map<Id, [Event, ...Event[]]>();
  const groups: Group[] = [];
  for (const event of events) {
    const group = event.kind === 'status' ? byAuthor.get(event.status.authorId) : undefined;
    if (group !== undefined) {
      group.push(event);
      continue;
    }
    const fresh: [Event, ...Event[]] = [event];
    if (event.kind === 'status') byAuthor.set(event.status.authorId, fresh);
    groups.push(fresh);
  }
  return groups;
}

interface Poison {
  readonly payload: Buffer;
  readonly reason: string;
}

function decodeAll(batch: readonly Buffer[]): { readonly events: Event[]; readonly poison: Poison[] } {
  const events: Event[] = [];
  const poison: Poison[] = [];
  for (const payload of batch) {
    try {
      events.push(decodeEvent(payload));
    } catch (error) {
      poison.push({ payload, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { events, poison };
}

/** The form of persister's poison: JSON with the reason, the bytes as base64 and the time, unix ms. */
async function putPoison(ports: BatchPorts, { payload, reason }: Poison): Promise<void> {
  const item = { reason: `fanout: ${reason}`, payload: payload.toString('base64'), atMs: ports.now() };
  await ports.kestrel.put(QUEUES.poison, Buffer.from(JSON.stringify(item)));
  ports.metrics.poisoned.inc();
  ports.log.error({ reason }, 'event put into the queue poison');
}
