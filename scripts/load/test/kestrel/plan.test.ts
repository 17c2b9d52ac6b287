import { OptionError, parseOptions } from '@murmur/service';
import { kestrelBenchOptions, PARTS, planOf, type Plan } from '../../src/kestrel/plan.js';

function plan(...argv: string[]): Plan {
  const parsed = parseOptions({ name: 'bench', summary: '' }, kestrelBenchOptions, argv, {});
  if (parsed.kind !== 'run') throw new Error(parsed.text);
  return planOf(parsed.values);
}

describe('the flags of scripts/bench/kestrel', () => {
  it('mean everything, as the goals were set, when there are none', () => {
    expect(plan()).toMatchObject({
      parts: PARTS,
      rounds: 5,
      pairs: 100_000,
      backlog: 4_000_000,
      queues: 10_000,
      waiters: 15_000,
    });
  });

  it('choose parts, in their own order', () => {
    expect(plan('--only', 'many, flood').parts).toEqual(['flood', 'many']);
  });

  it('name a part that is not known, and those that are', () => {
    expect(() => plan('--only', 'flood,flod')).toThrow(OptionError);
    expect(() => plan('--only', 'flood,flod')).toThrow(
      '--only: "flod" is not allowed; allowed are flood, fsync, fairness, read-behind, many',
    );
  });

  it('refuse a flag or a number that is not allowed', () => {
    expect(() => plan('--waiters', '30000')).toThrow(
      '--waiters: "30000" is not allowed; allowed is a whole number from 1 to 19000',
    );
    expect(() => plan('--fast')).toThrow("unknown option '--fast'");
  });

  it('--quick bounds the sizes; smaller ones stay', () => {
    const quick = plan('--quick', '--backlog', '5000');
    expect(quick.backlog).toBe(5_000);
    expect(quick.rounds).toBeLessThan(5);
    expect(quick.waiters).toBeLessThan(15_000);
    expect(quick.parts).toEqual(PARTS);
  });
});
