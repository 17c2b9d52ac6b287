import { jest } from '@jest/globals';
import { cacheKeys, cacheTtl } from '@murmur/cache';
import {
  decodeIdVector,
  decodePushItem,
  decodeStatusRow,
  decodeTimelineVector,
  encodePresence,
  encodeStatusRow,
  pushQueue,
  QUEUES,
  unpackIds,
  type Id,
  type PushItem,
} from '@murmur/model';
import type { RunningService } from '@murmur/service';
import { stopAll, waitFor } from '@murmur/testkit';
import { freshId, playGateway, startStage, statusEvent, type Stage } from './stage.js';

jest.setTimeout(240_000);

describe('fan-out on real servers', () => {
  let stage: Stage;
  let fanout: RunningService;
  const readers: Id[] = [freshId(), freshId()];
  const pushed: PushItem[] = [];

  /** An account with followers, as MySQL knows it. */
  const authorWith = async (followers: readonly Id[]): Promise<Id> => {
    const author = freshId();
    for (const id of [author, ...followers])
      await stage.store.createAccount({
        id,
        username: `u${id}`,
        email: `u${id}@example.org`,
        passwordHash: 'x',
        createdAtMs: 1,
      });
    for (const follower of followers) await stage.store.follow(follower, author, 1);
    return author;
  };
  const materialise = (id: Id) => stage.vectors.add(cacheKeys.home(id), Buffer.alloc(0), cacheTtl.home);
  const home = async (id: Id): Promise<Id[] | null> => {
    const value = await stage.vectors.get(cacheKeys.home(id));
    return value === null ? null : decodeTimelineVector(value.value).entries.map((entry) => entry.id);
  };
  /** Longer than every time-out of the store and the cache together. */
  const timeoutMs = 60_000;
  const inHome = (id: Id, statusId: Id) =>
    waitFor(async () => (await home(id))?.includes(statusId), {
      what: `status ${statusId} in home ${id}`,
      timeoutMs,
    });
  const pushesOf = (statusId: Id): PushItem[] =>
    pushed.filter((item) => (item.kind === 'update' ? item.status.id : item.statusId) === statusId);
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${fanout.port}/metrics`)).text();
    return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
  };

  beforeAll(async () => {
    stage = await startStage();
    await playGateway(stage, 'g1', () => readers.slice(0, 1));
    stage.kestrel.consume({
      queue: pushQueue('g1'),
      batchMax: 100,
      monitorMs: 1_000,
      retryDelayMs: 10,
      handle: (batch) => {
        pushed.push(...batch.map(decodePushItem));
        return Promise.resolve();
      },
    });
    fanout = await stage.fanout();
    await waitFor(async () => (await fetch(`http://127.0.0.1:${fanout.port}/health`)).ok, {
      what: 'fan-out',
    });
  });
  afterAll(stopAll);

  it('writes a status into the homes of followers and author that are materialised, and into no other', async () => {
    const [here, away] = [freshId(), freshId()];
    const author = await authorWith([here, away]);
    await materialise(here);
    await materialise(author);
    const event = statusEvent(author);
    await stage.put(event);
    await inHome(here, event.status.id);
    await inHome(author, event.status.id);
    expect(await home(away)).toBeNull();
    const followers = await stage.vectors.get(cacheKeys.followers(author));
    expect(decodeIdVector(followers?.value ?? Buffer.alloc(0))).toEqual({
      complete: true,
      ids: [here, away],
    });
  });

  it('keeps the order of one author within a batch', async () => {
    const author = await authorWith([]);
    await materialise(author);
    const events = Array.from({ length: 50 }, () => statusEvent(author));
    await Promise.all(events.map((event) => stage.put(event)));
    await waitFor(async () => (await home(author))?.length === 50, { what: 'all statuses' });
  });

  it('puts one item for the gateway where followers are connected, with the status in it', async () => {
    const [connected = 0n] = readers;
    const author = await authorWith([connected, freshId()]);
    const event = statusEvent(author);
    await stage.put(event);
    await waitFor(() => pushesOf(event.status.id).length > 0, { what: 'the push item' });
    const [item] = pushesOf(event.status.id);
    expect(item).toMatchObject({ kind: 'update', status: event.status, author: event.author });
    expect(unpackIds(item?.accounts ?? Buffer.alloc(0))).toEqual([connected]);
  });

  it('hears of a reader who connects later', async () => {
    const late = freshId();
    const item = { gateway: 'g1', epoch: 'g1-1', seq: 1, joins: [late], leaves: [] };
    await stage.kestrel.put(QUEUES.presence, encodePresence(item));
    await waitFor(async () => (await metric('murmur_fanout_presence_accounts')) === 2, { what: 'the join' });
    const event = statusEvent(await authorWith([late]));
    await stage.put(event);
    await waitFor(() => pushesOf(event.status.id).length > 0, { what: 'the push item' });
  });

  it('pushes a delete and leaves a tombstone', async () => {
    const [connected = 0n] = readers;
    const authorId = await authorWith([connected]);
    const { status } = statusEvent(authorId);
    await stage.rows.set(cacheKeys.status(status.id), encodeStatusRow(status), 60);
    await stage.put({ kind: 'delete', statusId: status.id, authorId, receivedAtMs: Date.now(), attempt: 0 });
    await waitFor(() => pushesOf(status.id).length > 0, { what: 'the push item' });
    expect(pushesOf(status.id)[0]?.kind).toBe('delete');
    const row = await stage.rows.get(cacheKeys.status(status.id));
    expect(decodeStatusRow(row ?? Buffer.alloc(0))).toEqual({ kind: 'deleted' });
  });

  it('does to the caches what MySQL says of a follow, even when the events overtake each other', async () => {
    const follower = freshId();
    const author = await authorWith([follower]);
    await stage.store.unfollow(follower, author);
    const event = { followerId: follower, followeeId: author, receivedAtMs: Date.now(), attempt: 0 };
    await materialise(follower);
    await stage.vectors.add(cacheKeys.followers(author), Buffer.from('00000000'), 60);
    await stage.put({ kind: 'follow', ...event });
    await waitFor(async () => (await home(follower)) === null, { what: 'the home to be forgotten' });
    expect(await stage.vectors.get(cacheKeys.followers(author))).toBeNull();
  });

  it('only pushes the statuses of an author with too many followers, and caches no list of them', async () => {
    const [connected = 0n] = readers;
    const followers = [...Array.from({ length: 100 }, freshId), connected];
    const author = await authorWith(followers);
    await materialise(followers[0] as Id);
    const event = statusEvent(author, 101);
    await stage.put(event);
    await waitFor(() => pushesOf(event.status.id).length > 0, { what: 'the push item' });
    expect(await home(followers[0] as Id)).toEqual([]);
    expect(await stage.vectors.get(cacheKeys.followers(author))).toBeNull();
  });

  it('puts what it cannot read into the queue poison, with the reason', async () => {
    const items: string[] = [];
    await stage.kestrel.put('statuses', Buffer.from([1, 2, 3]));
    const consumer = stage.kestrel.consume({
      queue: QUEUES.poison,
      batchMax: 10,
      monitorMs: 1_000,
      retryDelayMs: 10,
      handle: (batch) => {
        items.push(...batch.map(String));
        return Promise.resolve();
      },
    });
    await waitFor(() => items.length === 1, { what: 'the poison' });
    await consumer.stop();
    expect(JSON.parse(items[0] ?? '')).toMatchObject({
      reason: 'fanout: payload: is not JSON',
      payload: 'AQID',
    });
  });

  it('goes on with cached followers while MySQL is away, and does the others when it is back', async () => {
    const [follower, other] = [freshId(), freshId()];
    const cached = await authorWith([follower]);
    const uncached = await authorWith([other]);
    for (const id of [follower, other]) await materialise(id);
    const first = statusEvent(cached);
    await stage.put(first);
    await inHome(follower, first.status.id);
    await stage.mariaDb.kill();
    const [waiting, going] = [statusEvent(uncached), statusEvent(cached)];
    await stage.put(waiting);
    await waitFor(async () => (await metric('murmur_fanout_waiting_events')) > 0, {
      what: 'the event to be put back',
      timeoutMs,
    });
    await stage.put(going);
    await inHome(follower, going.status.id);
    expect(await home(other)).toEqual([]);
    await stage.mariaDb.restart();
    await inHome(other, waiting.status.id);
    await waitFor(async () => (await metric('murmur_fanout_waiting_events')) === 0, {
      what: 'nothing to wait',
      timeoutMs,
    });
  });

  it('loses no delivery to a memcached that was silent', async () => {
    const follower = freshId();
    const author = await authorWith([follower]);
    await materialise(follower);
    const first = statusEvent(author);
    await stage.put(first);
    await inHome(follower, first.status.id);
    stage.vectorServer.pause();
    const event = statusEvent(author);
    await stage.put(event);
    await waitFor(async () => (await metric('murmur_fanout_waiting_events')) > 0, {
      what: 'the event to be put back',
      timeoutMs,
    });
    stage.vectorServer.resume();
    await inHome(follower, event.status.id);
  });

  it('forgets the readers of a gateway that leaves', async () => {
    const reader = freshId();
    const before = await metric('murmur_fanout_presence_accounts');
    const leave = await playGateway(stage, 'g2', () => [reader]);
    await waitFor(async () => (await metric('murmur_fanout_presence_accounts')) === before + 1, {
      what: 'the reader',
    });
    await leave();
    await waitFor(async () => (await metric('murmur_fanout_presence_accounts')) === before, {
      what: 'the reader to go',
    });
  });

  it('takes its presence queue along when it stops', async () => {
    await fanout.stop();
    await stage.kestrel.put(
      QUEUES.presence,
      encodePresence({ gateway: 'g1', epoch: 'x', seq: 9, joins: [], leaves: [] }),
    );
    const stats = await stage.kestrel.queueStats('presence+0');
    expect(stats.map(({ items }) => items)).toEqual([0, 0]);
  });
});
