import { decodeTimelineVector, encodeTimelineVector, VECTOR_ENTRIES_MAX, type Entry } from '@murmur/model';
import {
  degradedTimeline,
  mergeRebuilt,
  timelineStep,
  TRIM_ABOVE_ENTRIES,
} from '../src/timeline-vector-core.js';

const BASE = 1_790_000_000_000n << 16n;
const entry = (n: number): Entry => ({ id: BASE + BigInt(n), authorId: 5n });
const entries = (from: number, to: number): Entry[] =>
  Array.from({ length: from - to + 1 }, (_, i) => entry(from - i));
const vector = (header: { settleAtMs: number; floor: bigint } | null, list: readonly Entry[]) =>
  decodeTimelineVector(encodeTimelineVector(header, list));

describe('what a reader does with a timeline vector', () => {
  const complete = { settleAtMs: 0, floor: 0n };
  it.each([
    ['claims one that is absent', null, 'claim'],
    ['merges one that is only claimed', vector(null, []), 'merge'],
    ['merges one that an append began', vector(null, entries(3, 1)), 'merge'],
    [
      'serves one that is not yet due for its second look',
      vector({ settleAtMs: 1_001, floor: 0n }, []),
      'serve',
    ],
    ['settles one that is due', vector({ settleAtMs: 1_000, floor: 0n }, entries(3, 1)), 'settle'],
    ['serves a settled one', vector(complete, entries(3, 1)), 'serve'],
    [
      'serves one of the length where trimming begins',
      vector(complete, entries(TRIM_ABOVE_ENTRIES, 1)),
      'serve',
    ],
    ['trims a longer one', vector(complete, entries(TRIM_ABOVE_ENTRIES + 1, 1)), 'trim'],
  ] as const)('%s', (_name, current, step) => {
    expect(timelineStep(current, 1_000)).toBe(step);
  });
});

describe('merging a rebuild', () => {
  it('keeps what was appended meanwhile and what the store had, each once, newest first', () => {
    const merged = mergeRebuilt({ entries: entries(5, 2), floor: BASE }, vector(null, entries(7, 4)), 9_000);
    expect(merged).toEqual({ header: { settleAtMs: 9_000, floor: BASE }, entries: entries(7, 2) });
  });

  it('reaches down to the lower of two floors', () => {
    const current = vector({ settleAtMs: 8_000, floor: entry(1).id }, entries(4, 1));
    expect(mergeRebuilt({ entries: entries(6, 3), floor: entry(3).id }, current, 0).header).toEqual({
      settleAtMs: 0,
      floor: entry(1).id,
    });
  });

  it('leaves a vector settled that another reader has settled', () => {
    const current = vector({ settleAtMs: 0, floor: 0n }, []);
    expect(mergeRebuilt({ entries: [], floor: 0n }, current, 9_000).header.settleAtMs).toBe(0);
  });

  it('raises the floor when it cuts', () => {
    const merged = mergeRebuilt({ entries: entries(VECTOR_ENTRIES_MAX + 5, 1), floor: 0n }, null, 1);
    expect(merged.entries).toHaveLength(VECTOR_ENTRIES_MAX);
    expect(merged.header.floor).toBe(entry(6).id);
  });
});

describe('what is known while the store is away', () => {
  it('is nothing without a vector, or with one that was only claimed', () => {
    expect(degradedTimeline(null)).toBeNull();
    expect(degradedTimeline(vector(null, []))).toBeNull();
  });

  it('reaches down to the oldest entry of a partial vector', () => {
    expect(degradedTimeline(vector(null, entries(4, 2)))?.header).toEqual({
      settleAtMs: 0,
      floor: entry(2).id,
    });
  });

  it('is the vector as it is where it has a header, even an empty one', () => {
    const header = { settleAtMs: 77, floor: 0n };
    expect(degradedTimeline(vector(header, []))).toEqual({ header, entries: [] });
  });
});
