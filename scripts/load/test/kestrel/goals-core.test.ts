import { GOALS, medianRatio, verdictRow, verdictText } from '../../src/kestrel/goals-core.js';
import { bytesEach, mostByPhase } from '../../src/kestrel/memory-core.js';

describe('the ratio of a part', () => {
  it('is the median of the ratios of its rounds', () => {
    const rounds = [
      { ours: 6, peer: 10, faults: 0 },
      { ours: 70, peer: 100, faults: 0 },
      { ours: 1, peer: 2, faults: 0 },
    ];
    expect(medianRatio(rounds)).toBeCloseTo(0.6);
  });

  it('leaves out a round with faults', () => {
    const rounds = [
      { ours: 9, peer: 10, faults: 1 },
      { ours: 5, peer: 10, faults: 0 },
    ];
    expect(medianRatio(rounds)).toBe(0.5);
  });

  it('is no number when no round counts', () => {
    expect(medianRatio([{ ours: 9, peer: 10, faults: 1 }])).toBeNaN();
  });
});

describe('a verdict', () => {
  it.each([
    [GOALS.flood, 0.6, 'met'],
    [GOALS.flood, 0.72, 'met'],
    [GOALS.flood, 0.51, 'missed by 0.09'],
    [GOALS.fairness, 44, 'met'],
    [GOALS.fairness, 50.25, 'missed by 6.3 ms'],
    [GOALS.fairness, NaN, 'no round counts'],
  ])('on %p at %p: %s', (goal, measured, text) => {
    expect(verdictText({ goal, measured })).toBe(text);
  });

  it('stands in the table with what was measured and what was wanted', () => {
    expect(verdictRow({ goal: GOALS.fsyncRedis, measured: 0.875 })).toEqual([
      GOALS.fsyncRedis.what,
      '0.88',
      'at least 1.00',
      'missed by 0.13',
    ]);
  });
});

describe('memory', () => {
  it('of a phase is the most that was seen in it, in the order of the phases', () => {
    const samples = [
      { phase: 'filling', bytes: 5 },
      { phase: 'filling', bytes: 9 },
      { phase: 'draining', bytes: 7 },
      { phase: 'filling', bytes: 2 },
    ];
    expect([...mostByPhase(samples)]).toEqual([
      ['filling', 9],
      ['draining', 7],
    ]);
  });

  it('of one of many is a share of the growth, and never less than nothing', () => {
    expect(bytesEach(1_000, 3_000, 4)).toBe(500);
    expect(bytesEach(3_000, 1_000, 4)).toBe(0);
  });
});
