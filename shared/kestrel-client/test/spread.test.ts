import fc from 'fast-check';
import { BEHIND_PUTS, PUTS_TOGETHER_MAX, SLOW_COST_MAX } from '../src/defaults.js';
import { Spread, type Fitness, type SpreadTarget } from '../src/spread-core.js';

class Target implements SpreadTarget {
  given = 0;
  fit: Fitness = 'good';
  unanswered = 0;
  latency = 0;
  unwritten = 0;
  got = 0;

  fitness(): Fitness {
    return this.fit;
  }
  pending(): number {
    return this.unanswered;
  }
  latencyMs(): number {
    return this.latency;
  }
  gathering(): boolean {
    return this.unwritten > 0;
  }
}

const NONE: ReadonlySet<Target> = new Set();
const targetsOf = (count: number): Target[] => Array.from({ length: count }, () => new Target());

/** One turn of the event loop with `puts` puts; everything is written and answered at its end, unless `answered` says no. */
function turn(spread: Spread<Target>, targets: readonly Target[], puts: number): void {
  for (let i = 0; i < puts; i++) {
    const target = spread.pick(targets, NONE, 0);
    if (target === null) continue;
    target.got += 1;
    target.unwritten += 1;
  }
  for (const target of targets) target.unwritten = 0;
}

describe('the spread of puts', () => {
  it.each([1, 2, 7, 10, 15, 23, 3000])('is even when every turn brings %i puts', (puts) => {
    const targets = targetsOf(3);
    const spread = new Spread<Target>(0);
    for (let i = 0; i < 300; i++) turn(spread, targets, puts);
    const got = targets.map((target) => target.got);
    expect(Math.max(...got) - Math.min(...got)).toBeLessThanOrEqual(PUTS_TOGETHER_MAX);
  });

  it('is even for bursts of any sizes over any number of servers, wherever it begins', () => {
    const bursts = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 200 });
    const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), bursts, random, (count, sizes, start) => {
        const targets = targetsOf(count);
        const spread = new Spread<Target>(start);
        for (const size of sizes) turn(spread, targets, size);
        const got = targets.map((target) => target.got);
        expect(got.reduce((a, b) => a + b, 0)).toBe(sizes.reduce((a, b) => a + b, 0));
        expect(Math.max(...got) - Math.min(...got)).toBeLessThanOrEqual(PUTS_TOGETHER_MAX);
      }),
    );
  });

  it('keeps a few puts of one turn together, and begins somewhere else for another client', () => {
    const firsts = [0, 1 / 1024, 2 / 1024].map((random) => {
      const targets = targetsOf(3);
      const spread = new Spread<Target>(random);
      turn(spread, targets, PUTS_TOGETHER_MAX);
      return targets.findIndex((target) => target.got === PUTS_TOGETHER_MAX);
    });
    expect(new Set(firsts)).toEqual(new Set([0, 1, 2]));
  });

  it('does not flood a server that was away with what it missed', () => {
    const targets = targetsOf(2);
    const [a, b] = targets as [Target, Target];
    const spread = new Spread<Target>(0);
    a.fit = 'none';
    turn(spread, targets, 5000);
    a.fit = 'good';
    b.got = 0;
    for (let i = 0; i < 100; i++) turn(spread, targets, 3);
    expect(Math.abs(a.got - b.got)).toBeLessThanOrEqual(2 * PUTS_TOGETHER_MAX);
  });

  it('gives a slow server fewer puts, but not none, and its part again when it is well', () => {
    const targets = targetsOf(2);
    const [slow, fast] = targets as [Target, Target];
    const spread = new Spread<Target>(0);
    slow.latency = 1000;
    fast.latency = 1;
    for (let i = 0; i < 900; i++) turn(spread, targets, 1);
    expect(slow.got).toBeGreaterThanOrEqual(900 / (SLOW_COST_MAX + 1) - 2);
    expect(slow.got).toBeLessThanOrEqual(900 / (SLOW_COST_MAX + 1) + 2);
    slow.latency = 2;
    slow.got = fast.got = 0;
    for (let i = 0; i < 900; i++) turn(spread, targets, 1);
    expect(Math.abs(slow.got - fast.got)).toBeLessThanOrEqual(PUTS_TOGETHER_MAX);
  });

  it('is even when all are slow alike', () => {
    const targets = targetsOf(3);
    const spread = new Spread<Target>(0);
    for (const target of targets) target.latency = 500;
    for (let i = 0; i < 300; i++) turn(spread, targets, 1);
    expect(targets.map((target) => target.got)).toEqual([100, 100, 100]);
  });

  it('gives nothing to a server that is far behind with its answers while another is not', () => {
    const targets = targetsOf(2);
    const [behind, fast] = targets as [Target, Target];
    behind.unanswered = BEHIND_PUTS + 1;
    const spread = new Spread<Target>(0);
    turn(spread, targets, 100);
    expect([behind.got, fast.got]).toEqual([0, 100]);
  });

  it('gives fewer puts to a server that refuses', () => {
    const targets = targetsOf(2);
    const [refuser, taker] = targets as [Target, Target];
    const spread = new Spread<Target>(0);
    for (let i = 0; i < 300; i++) {
      turn(spread, targets, 1);
      if (refuser.got > i - taker.got) spread.refused(refuser);
    }
    expect(refuser.got).toBeLessThan(taker.got / 4);
    expect(refuser.got).toBeGreaterThan(0);
  });

  it('chooses as its table says, for every pair of states', () => {
    const states: readonly Fitness[] = ['none', 'doubtful', 'full', 'good'];
    const chosen = (a: Fitness, b: Fitness): string => {
      const targets = targetsOf(2);
      const [first, second] = targets as [Target, Target];
      first.fit = a;
      second.fit = b;
      const target = new Spread<Target>(0).pick(targets, NONE, 0);
      return target === null ? '-' : target === first ? 'a' : 'b';
    };
    const table = states.map((a) => states.map((b) => chosen(a, b)).join(' '));
    expect(table).toEqual(['- b - b', 'a a - b', '- - - b', 'a a a a']);
  });

  it('never chooses who is unfit or has refused, and answers null only when nobody else may have it', () => {
    const state = fc.record({
      fit: fc.constantFrom<Fitness>('none', 'doubtful', 'full', 'good'),
      refused: fc.boolean(),
      unanswered: fc.integer({ min: 0, max: 500 }),
      latency: fc.integer({ min: 0, max: 2000 }),
      unwritten: fc.integer({ min: 0, max: 1 }),
    });
    fc.assert(
      fc.property(fc.array(fc.array(state, { minLength: 3, maxLength: 3 }), { maxLength: 50 }), (rounds) => {
        const targets = targetsOf(3);
        const spread = new Spread<Target>(0);
        for (const round of rounds) {
          const refusedBy = new Set<Target>();
          round.forEach((given, i) => {
            const target = targets[i] as Target;
            Object.assign(target, given);
            if (given.refused) refusedBy.add(target);
          });
          const open = targets.filter((target) => !refusedBy.has(target));
          const has = (fit: Fitness): boolean => open.some((target) => target.fit === fit);
          const target = spread.pick(targets, refusedBy, 0);
          if (has('good')) expect(target?.fit).toBe('good');
          else if (has('full') || !has('doubtful')) expect(target).toBeNull();
          else expect(target?.fit).toBe('doubtful');
          if (target !== null) expect(refusedBy.has(target)).toBe(false);
        }
      }),
    );
  });
});
