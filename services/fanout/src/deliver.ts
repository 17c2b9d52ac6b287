import { cacheKeys, type RowCache, statusRows } from '@murmur/cache';
import type { KestrelClient } from '@murmur/kestrel-client';
import { encodeEntry, encodePushHead, pushQueue, type Event, type Id } from '@murmur/model';
import { followersOf, type Followers, type FollowersPorts } from './followers.js';
import type { FanoutMetrics } from './metrics.js';
import type { Presence } from './presence-core.js';
import { Audience } from './push-core.js';

/** Home keys built and appended at a time for one author: what one author may hold of this process's memory. */
export const HOMES_CHUNK = 10_000;
/** How long a batch waits for its push items to be stored; they go on without it, ms. */
export const PUSH_WAIT_MS = 1_000;

export type StatusEvent = Extract<Event, { kind: 'status' }>;
export type DeleteEvent = Extract<Event, { kind: 'delete' }>;

export interface DeliverPorts extends FollowersPorts {
  readonly rows: RowCache;
  readonly presence: Presence;
  readonly kestrel: Pick<KestrelClient, 'put'>;
  readonly metrics: FanoutMetrics;
}

/** `done`, or `again`: something it needs is away; `pushed` says that only the homes are left to do. */
export type Outcome = { readonly kind: 'done' } | { readonly kind: 'again'; readonly pushed: boolean };

/**
 * Statuses of one author, in order: into the homes of followers and author, and to the gateways of those connected.
 * Appends and pushes do not wait for each other, and a push that fails holds up no home.
 */
export async function deliverStatuses(ports: DeliverPorts, events: readonly StatusEvent[]): Promise<Outcome> {
  const { author } = events[0] as StatusEvent;
  const followersCount = Math.max(...events.map((event) => event.author.followersCount));
  const followers = await followersOf(ports, author.id, followersCount);
  const pushed = events.filter((event) => event.push);
  const [unavailable] = await Promise.all([
    appendToHomes(ports, author.id, followers, events),
    pushed.length === 0 ? null : push(ports, author.id, followers, () => pushed.map(updateHead)),
  ]);
  return unavailable === 0 ? { kind: 'done' } : { kind: 'again', pushed: true };
}

/** A delete to those who may have the status on the screen. Homes keep its id; its row says that it is gone. */
export async function deliverDelete(ports: DeliverPorts, event: DeleteEvent): Promise<Outcome> {
  const { statusId, authorId, receivedAtMs } = event;
  // Ingest has done this; a memcached that is away comes back without the row.
  await statusRows(ports.rows).bury(statusId);
  const followers = await followersOf(ports, authorId, 0);
  await push(ports, authorId, followers, () => [encodePushHead({ kind: 'delete', statusId, receivedAtMs })]);
  return { kind: 'done' };
}

function updateHead({ status, author, receivedAtMs }: StatusEvent): Buffer {
  return encodePushHead({ kind: 'update', status, author, receivedAtMs });
}

/** How many homes could not be asked. */
async function appendToHomes(
  ports: DeliverPorts,
  author: Id,
  followers: Followers,
  events: readonly StatusEvent[],
): Promise<number> {
  const entries = Buffer.concat(events.map(({ status }) => encodeEntry(status.id, status.authorId)));
  const ids = followers.materialise ? followers.ids : [];
  let unavailable = 0;
  let keys = [cacheKeys.home(author)];
  for (let at = 0; ;) {
    const end = Math.min(ids.length, at + HOMES_CHUNK);
    for (; at < end; at++) keys.push(cacheKeys.home(ids[at] as Id));
    const result = await ports.vectors.appendMany(keys, entries);
    ports.metrics.deliveries.inc(result.stored * events.length);
    ports.metrics.absentHomes.inc(result.absent * events.length);
    unavailable += result.unavailable.length;
    if (at === ids.length) return unavailable;
    keys = [];
  }
}

/** `heads` are made when somebody is connected. Best effort: what cannot be put is counted; its readers get it when they resume or read their home. */
async function push(
  ports: DeliverPorts,
  author: Id,
  followers: Followers,
  heads: () => readonly Buffer[],
): Promise<void> {
  const { presence, metrics } = ports;
  if (presence.accounts === 0) return;
  const audience = new Audience();
  audience.add(author, presence.gatewaysOf(author));
  const addAll = (ids: readonly Id[]): void => {
    for (const id of ids) {
      const gateways = presence.gatewaysOf(id);
      if (gateways.length > 0) audience.add(id, gateways);
    }
  };
  addAll(followers.ids);
  for await (const page of followers.rest()) addAll(page);
  if (audience.isEmpty) return;
  const puts = heads().flatMap((head) =>
    audience.items(head).map(({ gateway, payload }) =>
      ports.kestrel.put(pushQueue(gateway), payload).then(
        () => metrics.pushItems.inc({ result: 'stored' }),
        () => metrics.pushItems.inc({ result: 'failed' }),
      ),
    ),
  );
  if (puts.length > 0) await within(PUSH_WAIT_MS, Promise.all(puts));
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
