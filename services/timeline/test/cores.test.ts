import fc from 'fast-check';
import { inflateSync } from 'node:zlib';
import type { Id, Status } from '@murmur/model';
import { threadOrder } from '../src/context-core.js';
import { memo } from '../src/memo.js';
import { localName } from '../src/names-core.js';
import { MISSING_AVATAR, plainPng } from '../src/png.js';
import { isReply, maySee } from '../src/visibility-core.js';
import { joinWindows, ofAuthors, rebuildDepth, UNKNOWN } from '../src/window-core.js';

const statusOf = (id: number, more: Partial<Status> = {}): Status => ({
  id: BigInt(id),
  authorId: 1n,
  text: '',
  visibility: 'public',
  inReplyToId: null,
  inReplyToAccountId: null,
  sensitive: false,
  spoilerText: '',
  language: null,
  createdAtMs: 0,
  repliesCount: 0,
  ...more,
});
const entry = (id: number, authorId = 1) => ({ id: BigInt(id), authorId: BigInt(authorId) });

describe('visibility', () => {
  const nobody = (): boolean => false;
  const everybody = (): boolean => true;

  it('keeps a private status to its author and followers', () => {
    const status = statusOf(5, { visibility: 'private' });
    expect(maySee(status, null, everybody)).toBe(false);
    expect(maySee(status, 2n, nobody)).toBe(false);
    expect(maySee(status, 2n, everybody)).toBe(true);
    expect(maySee(status, 1n, nobody)).toBe(true);
  });

  it('shows everything else to anybody who has its id', () => {
    for (const visibility of ['public', 'unlisted'] as const)
      expect(maySee(statusOf(5, { visibility }), null, nobody)).toBe(true);
  });

  it('takes any answer for a reply, as the store does', () => {
    expect(isReply(statusOf(5, { inReplyToId: 4n, inReplyToAccountId: 1n }))).toBe(true);
    expect(isReply(statusOf(5))).toBe(false);
  });
});

describe('a thread', () => {
  const replies = (pairs: readonly (readonly [number, number])[]) =>
    pairs.map(([id, parent]) => ({ status: statusOf(id, { inReplyToId: BigInt(parent) }) }));
  const order = (root: number, pairs: readonly (readonly [number, number])[]): number[] =>
    threadOrder(BigInt(root), replies(pairs)).map((reply) => Number(reply.status.id));

  it('puts each reply right below what it answers, siblings oldest first', () => {
    expect(order(1, [[5, 2], [3, 1], [2, 1], [4, 2], [6, 3]])).toEqual([2, 4, 5, 3, 6]); // prettier-ignore
  });

  it('leaves out what does not hang together with the root', () => {
    expect(order(1, [[2, 1], [9, 8]])).toEqual([2]); // prettier-ignore
  });

  it('ends with each status at most once whatever it is given', () => {
    const pair = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 30 }), (pairs) => {
        const out = order(1, pairs);
        expect(new Set(out).size).toBe(out.length);
        expect(out).not.toContain(1);
      }),
    );
  });
});

describe('a window', () => {
  it('is complete only where all that are joined are', () => {
    const a = { entries: [entry(9), entry(5)], floor: 4n };
    const b = { entries: [entry(9), entry(8, 2)], floor: 7n };
    expect(joinWindows([a, b], [[entry(6)]])).toEqual({
      entries: [entry(9), entry(8, 2), entry(6), entry(5)],
      floor: 7n,
    });
    expect(joinWindows([a, UNKNOWN]).floor).toBeNull();
    expect(joinWindows([]).floor).toBe(0n);
  });

  it('drops what other authors left in it', () => {
    const window = { entries: [entry(9), entry(8, 2)], floor: 1n };
    expect(ofAuthors(window, new Set<Id>([2n]))).toEqual({ entries: [entry(8, 2)], floor: 1n });
  });

  it('is rebuilt deep for few authors, flat for many', () => {
    expect(rebuildDepth(1, 800)).toBe(800);
    expect(rebuildDepth(20, 800)).toBe(80);
    expect(rebuildDepth(10_000, 800)).toBe(40);
    expect(rebuildDepth(0, 800)).toBe(800);
  });
});

describe('a name', () => {
  it('is local without a host or with ours', () => {
    for (const acct of ['bob', '@bob', 'bob@h:1', '@bob@H:1', ' bob '])
      expect(localName(acct, 'h:1')).toBe('bob');
  });

  it('is nobody of ours with another host, or empty', () => {
    for (const acct of ['bob@other', 'bob@', '', '@', '@@h:1', 'bob@h:1@h:1'])
      expect(localName(acct, 'h:1')).toBeNull();
  });
});

describe('a value that may be a little old', () => {
  it('is loaded once per time to live, and survives a failure', async () => {
    let nowMs = 0;
    const answers: (number | Error)[] = [new Error('away'), 1, new Error('away'), 2];
    const errors: unknown[] = [];
    const value = memo({
      load: () => {
        const next = answers.shift();
        return typeof next === 'number'
          ? Promise.resolve(next)
          : Promise.reject(next ?? new Error('none left'));
      },
      ttlMs: 10,
      now: () => nowMs,
      onError: (error) => errors.push(error),
    });
    expect(await Promise.all([value.get(), value.get()])).toEqual([null, null]);
    nowMs = 9;
    expect(await value.get()).toBeNull();
    nowMs = 10;
    expect(await Promise.all([value.get(), value.get()])).toEqual([1, 1]);
    nowMs = 20;
    expect(await value.get()).toBe(1);
    nowMs = 30;
    expect(await value.get()).toBe(2);
    expect(errors).toHaveLength(2);
  });
});

describe('a value whose source is silent', () => {
  it('is the old one meanwhile', async () => {
    let nowMs = 0;
    let answer: (value: number) => void = () => undefined;
    const value = memo({
      load: () => new Promise<number>((resolve) => (answer = resolve)),
      ttlMs: 10,
      now: () => nowMs,
      onError: () => undefined,
    });
    const first = value.get();
    answer(1);
    expect(await first).toBe(1);
    nowMs = 10;
    expect(await Promise.all([value.get(), value.get()])).toEqual([1, 1]);
    answer(2);
    await first;
    expect(await value.get()).toBe(2);
  });
});

describe('the picture of an account that has none', () => {
  it('is a PNG whose pixels come out as they went in', () => {
    const png = plainPng(3, 2, [1, 2, 3]);
    expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([3, 2]);
    const length = png.readUInt32BE(33);
    const line = [0, 1, 2, 3, 1, 2, 3, 1, 2, 3];
    expect([...inflateSync(png.subarray(41, 41 + length))]).toEqual([...line, ...line]);
    expect(MISSING_AVATAR.length).toBeLessThan(1000);
  });
});
