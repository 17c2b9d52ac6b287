import fc from 'fast-check';
import type { Graph } from '../../src/demo/graph-core.js';
import { Tally } from '../../src/demo/tally-core.js';

/** 1 and 2 follow 0; 2 follows 1; the sample is 0 and 2. */
const GRAPH: Graph = { following: [[], [0], [0, 1]], followers: [[1, 2], [2], []] };
const tallied = (): Tally => {
  const tally = new Tally(GRAPH, [0, 2]);
  tally.posted('100', 0, 1_000);
  tally.posted('101', 1, 1_000);
  return tally;
};

describe('the tally', () => {
  it('expects each status on the sampled screens of the author and the followers', () => {
    const tally = tallied();
    expect(tally.awaited).toBe(3);
    expect(tally.homeDeliveries).toBe(3);
    expect(tally.streams()).toEqual({ expected: 3, lost: 3, duplicated: 0, strayed: 0 });
    expect(tally.arrived(0, '100', 1_030)).toBe(30);
    expect(tally.arrived(2, '100', 1_040)).toBe(40);
    expect(tally.arrived(2, '101', 1_050)).toBe(50);
    expect(tally.awaited).toBe(0);
    expect(tally.streams()).toEqual({ expected: 3, lost: 0, duplicated: 0, strayed: 0 });
  });

  it('knows the latency of an arrival before the answer', () => {
    const tally = new Tally(GRAPH, [0, 2]);
    expect(tally.arrived(2, '100', 1_030)).toBeNull();
    expect(tally.posted('100', 0, 1_000)).toEqual([30]);
    expect(tally.awaited).toBe(1);
    expect(tally.latencies.count).toBe(1);
  });

  it('finds what came twice and what should not have come', () => {
    const tally = tallied();
    tally.arrived(2, '100', 1);
    tally.arrived(2, '100', 2);
    tally.arrived(0, '101', 3);
    expect(tally.streams()).toEqual({ expected: 3, lost: 2, duplicated: 1, strayed: 1 });
  });

  it('does not hold a status against anybody whose answer was never seen, unless it comes twice', () => {
    const tally = tallied();
    expect(tally.home(2, ['100', '101', '999'])).toEqual({ expected: 2, lost: 0, duplicated: 0, strayed: 0 });
    expect(tally.home(2, ['100', '101', '999', '999'])).toMatchObject({ duplicated: 1 });
  });

  it('compares homes and authors’ timelines', () => {
    const tally = tallied();
    expect(tally.home(2, ['101', '101'])).toEqual({ expected: 2, lost: 1, duplicated: 1, strayed: 0 });
    expect(tally.home(0, ['100', '101'])).toMatchObject({ strayed: 1 });
    expect(tally.authors()).toEqual([0, 1]);
    expect(tally.authorTimeline(1, ['101'])).toEqual({ expected: 1, lost: 0, duplicated: 0, strayed: 0 });
    expect(tally.authorTimeline(1, [])).toMatchObject({ lost: 1 });
  });

  it('ends the same in whatever order answers and arrivals come', () => {
    const events = [
      (tally: Tally) => tally.posted('100', 0, 5),
      (tally: Tally) => tally.posted('101', 1, 5),
      (tally: Tally) => tally.arrived(0, '100', 9),
      (tally: Tally) => tally.arrived(2, '100', 9),
      (tally: Tally) => tally.arrived(2, '101', 9),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (order) => {
        const tally = new Tally(GRAPH, [0, 2]);
        for (const event of order) event(tally);
        expect(tally.awaited).toBe(0);
        expect(tally.latencies.count).toBe(3);
        expect(tally.streams()).toEqual({ expected: 3, lost: 0, duplicated: 0, strayed: 0 });
      }),
    );
  });
});
