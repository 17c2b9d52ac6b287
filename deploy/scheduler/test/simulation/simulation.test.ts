import fc from 'fast-check';
import { compact, fill, lowerBound, percentile } from '../../src/simulation/compaction-core.js';
import { bestFit, dotProduct, firstFit, fullScan } from '../../src/simulation/peers-core.js';
import { murmur, type Policy, type PolicyMaker } from '../../src/simulation/policies-core.js';
import { packingGoal, table, type ClassResults } from '../../src/simulation/report-core.js';
import { jobsOf, murmurJobs } from '../../src/simulation/spread-core.js';
import { plot } from '../../src/simulation/svg-core.js';
import { CLASSES, createWorkload, total, type Size } from '../../src/simulation/workloads-core.js';

const POLICIES: Readonly<Record<string, PolicyMaker>> = { murmur, bestFit, firstFit, dotProduct };
const sizes = (most: number) =>
  fc.array(fc.record({ cpu: fc.integer({ min: 1, max: most }), mem: fc.integer({ min: 1, max: most }) }), {
    minLength: 1,
    maxLength: 80,
  });

/** Which machine each task lands on. */
function landed(policy: Policy, tasks: readonly Size[]): number[] {
  return tasks.map((task, i) => policy.place(task, i));
}

describe('the rules compared with', () => {
  it('first fit takes the first machine that fits', () => {
    fc.assert(
      fc.property(sizes(1_000), sizes(400), (machines, tasks) => {
        const free = machines.map((size) => ({ ...size }));
        const expected = tasks.map(({ cpu, mem }) => {
          const at = free.findIndex((its) => its.cpu >= cpu && its.mem >= mem);
          const its = free[at];
          if (its !== undefined) {
            its.cpu -= cpu;
            its.mem -= mem;
          }
          return at;
        });
        expect(landed(firstFit(machines), tasks)).toEqual(expected);
      }),
    );
  });

  it('dot product takes what a full scan would', () => {
    fc.assert(
      fc.property(sizes(1_000), sizes(400), (machines, tasks) => {
        const scale = (of: 'cpu' | 'mem') => (1 / Math.max(...machines.map((size) => size[of]))) ** 2;
        const [cpuScale, memScale] = [scale('cpu'), scale('mem')];
        const scan = fullScan(
          machines,
          (cpu, mem, task) => -(cpu * (task.cpu * cpuScale) + mem * (task.mem * memScale)),
        );
        expect(landed(dotProduct(machines), tasks)).toEqual(landed(scan, tasks));
      }),
    );
  });

  it('best fit leaves the least sum that any machine would', () => {
    fc.assert(
      fc.property(sizes(1_000), sizes(400), (machines, tasks) => {
        const scale = {
          cpu: 1 / Math.max(...machines.map(({ cpu }) => cpu)),
          mem: 1 / Math.max(...machines.map(({ mem }) => mem)),
        };
        const free = machines.map((size) => ({ ...size }));
        const policy = bestFit(machines);
        for (const task of tasks) {
          const sums = free.map(({ cpu, mem }) =>
            cpu < task.cpu || mem < task.mem ? Infinity : cpu * scale.cpu + mem * scale.mem,
          );
          const at = policy.place(task, 0);
          const its = free[at];
          expect(its === undefined ? Infinity : sums[at]).toBeCloseTo(Math.min(...sums), 9);
          if (its === undefined) continue;
          its.cpu -= task.cpu;
          its.mem -= task.mem;
        }
      }),
    );
  });
});

describe('compaction', () => {
  it.each(Object.entries(POLICIES))(
    '%s fills no machine beyond what it has, and loses no task',
    (_, make) => {
      for (const name of CLASSES) {
        const workload = createWorkload(name, 7, 0.02);
        const { errors, pending, placed, complete } = fill(
          workload,
          workload.machines.length,
          make,
          Infinity,
        );
        expect({ errors, complete }).toEqual({ errors: { overfull: 0, lost: 0 }, complete: true });
        if (pending === 0) expect(placed).toEqual(total(workload.tasks));
      }
    },
  );

  it('sees a rule that cheats', () => {
    const workload = createWorkload('azure', 1, 0.02);
    expect(fill(workload, 2, () => ({ place: () => 1 }), 0).errors.overfull).toBe(1);
  });

  it('finds a cell that is enough, next to one that is not', () => {
    const workload = createWorkload('google', 3, 0.01);
    for (const guess of [0, 0.05, 5]) {
      const { smallest, bound, excess } = compact(workload, firstFit, { share: 0, guess, resolution: 0 });
      expect(smallest?.pending).toBe(0);
      const machines = smallest?.machines ?? 0;
      expect(fill(workload, machines - 1, firstFit, 0).complete).toBe(false);
      expect(bound).toBe(lowerBound(workload.machines, total(workload.tasks)));
      expect(excess).toBeCloseTo(machines / bound - 1, 9);
    }
  });

  it('says so when the whole cell is not enough', () => {
    const workload = createWorkload('google', 3, 0.01);
    const none = compact(workload, () => ({ place: () => -1 }), { share: 0, guess: 0, resolution: 0.1 });
    expect(none).toMatchObject({ smallest: null, excess: null });
  });

  it('is the same for the same seed, and different for another', () => {
    expect(createWorkload('google', 5, 0.01)).toEqual(createWorkload('google', 5, 0.01));
    expect(createWorkload('google', 5, 0.01)).not.toEqual(createWorkload('google', 6, 0.01));
  });

  it('takes as percentile the least value that so many do not exceed', () => {
    const values = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1];
    expect([percentile(values, 0.9), percentile(values, 0.5), percentile(values, 1)]).toEqual([10, 6, 11]);
  });

  it('keeps jobs within rack limits', () => {
    const workload = jobsOf(createWorkload('google', 2, 0.02));
    const check = { overshot: 0 };
    const { errors, placed } = fill(workload, workload.machines.length, murmurJobs(true, check), Infinity);
    expect({ ...check, ...errors }).toEqual({ overshot: 0, overfull: 0, lost: 0 });
    expect(placed.cpu).toBeGreaterThan(0.5 * total(workload.tasks).cpu);
  });
});

describe('the report', () => {
  const cells = (...machines: number[]): ClassResults['murmur'] =>
    machines.map((count) => ({
      smallest: {
        machines: count,
        pending: 0,
        complete: true,
        placed: { cpu: 0, mem: 0 },
        errors: { overfull: 0, lost: 0 },
      },
      excess: count / 1_000 - 1,
      bound: 1_000,
      errors: { overfull: 0, lost: 0 },
    }));
  const none = [{ smallest: null, excess: null, bound: 1_000, errors: { overfull: 0, lost: 0 } }];
  const results = {
    murmur: cells(1_010),
    'best fit': cells(1_120),
    'first fit': cells(1_080),
    'dot product': none,
  };

  it('holds the results against the goals', () => {
    expect(packingGoal('google', results)).toMatchObject({
      met: true,
      text: expect.stringContaining('0.083'),
    });
    expect(packingGoal('google', { ...results, murmur: cells(1_013) }).met).toBe(false);
    expect(packingGoal('google', { ...results, murmur: none }).met).toBe(false);
    expect(packingGoal('azure', { ...results, murmur: cells(1_123) }).met).toBe(true);
    expect(packingGoal('azure', { ...results, murmur: cells(1_124) }).met).toBe(false);
  });

  it('prints a row for each rule, and says which does not fit', () => {
    const lines = table('google', results);
    expect(lines).toHaveLength(5);
    expect(lines[1]).toMatch(/^murmur +1010\.0 +1000\.0 +1\.00 % +1\.00 %$/);
    expect(lines[4]).toContain('does not fit');
  });

  it('draws a plot that is well-formed, with a dot for each seed', () => {
    const row = { label: 'a < b & c', values: [1, 2, -1], mark: 2, ours: true };
    const svg = plot('t', [{ title: 'x', rows: [row, { ...row, values: [], mark: null, ours: false }] }]);
    expect(svg.match(/<circle/g)).toHaveLength(3);
    expect(svg).toContain('a &lt; b &amp; c');
    expect(svg.match(/<(?!\/)[^>]*[^/]>/g)?.length).toBe(svg.match(/<\//g)?.length);
    expect(svg).not.toContain('NaN');
  });
});
