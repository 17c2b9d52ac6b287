import fc from 'fast-check';
import { createPlacer } from '../../src/placement/index.js';
import type { Ask, Machine } from '../../src/placement/port.js';
import { costOf, pointOf } from '../../src/placement/score-core.js';
import { Stripes } from '../../src/placement/stripes-core.js';
import { ask, context, Counts, limit, machine, not, NOW, ROOM, values } from './support.js';

const point = fc.record({
  cpu: fc.integer({ min: 0, max: 200_000 }),
  mem: fc.integer({ min: 0, max: 900_000_000 }),
});
/** Few values, so that equal machines and exact fits are frequent. */
const coarse = fc.record({
  cpu: fc.integer({ min: 0, max: 8 }).map((n) => n * 500),
  mem: fc.integer({ min: 0, max: 8 }).map((n) => n * 512_000),
});

describe('the index', () => {
  it('finds the same cost as a scan of all entries, with entries coming and going', () => {
    const some = fc.oneof(point, coarse);
    const scenario = fc.record({
      mean: fc.constantFrom(0, 500, 60_000),
      scale: fc.constantFrom(1, 0.00024, 0.01),
      entries: fc.array(some, { maxLength: 60 }),
      gone: fc.array(fc.nat(), { maxLength: 20 }),
      tasks: fc.array(some, { minLength: 1, maxLength: 10 }),
    });
    const check = ({
      mean,
      scale,
      entries,
      gone,
      tasks,
    }: typeof scenario extends fc.Arbitrary<infer T> ? T : never) => {
      type Row = { sum: number; skew: number; order: number; cpu: number; mem: number };
      const index = new Stripes<Row>(mean);
      const rows = entries.map((e, order) => ({ ...e, order, ...pointOf(e.cpu, e.mem, scale) }));
      for (const row of rows) index.add(row);
      const left = new Set(rows);
      for (const number of gone) {
        const row = [...left][number % Math.max(1, left.size)];
        if (row === undefined) continue;
        index.remove(row);
        left.delete(row);
      }
      for (const task of tasks) {
        const at = pointOf(task.cpu, task.mem, scale);
        const fitting = [...left].filter((row) => row.cpu >= task.cpu && row.mem >= task.mem);
        const least = Math.min(
          ...fitting.map((row) => costOf(row.sum - at.sum, Math.abs(row.skew - at.skew))),
        );
        const found = index.search(at, Infinity, (row) => fitting.includes(row));
        if (fitting.length === 0) expect(found).toBeNull();
        else expect(found?.cost).toBeCloseTo(least, 6);
      }
    };
    fc.assert(fc.property(scenario, check), { numRuns: 300 });
  });
});

const RACKS = ['r1', 'r2', 'r3'];
const machines = fc
  .array(
    fc.record({
      cpus: fc.integer({ min: 0, max: 16 }).map((n) => n / 2),
      memMb: fc.integer({ min: 0, max: 16 }).map((n) => n * 512),
      diskMb: fc.constantFrom(50, 1_000),
      gpus: fc.constantFrom(0, 0, 0, 1),
      freePorts: fc.constantFrom(0, 2, 10),
      rack: fc.subarray(RACKS),
      dedicated: fc.constantFrom([], [], [], ['x/y'], ['x/y', '*/z']),
      mode: fc.constantFrom('NONE', 'NONE', 'NONE', 'SCHEDULED', 'DRAINING', 'DRAINED'),
      absentIn: fc.constantFrom(null, null, null, 1_000, 900_000),
    }),
    { maxLength: 25 },
  )
  .map((rows) =>
    rows.map(({ rack, dedicated, mode, absentIn, freePorts, ...free }, i) => {
      const attributes = {
        ...(rack.length > 0 ? { rack } : {}),
        ...(dedicated.length > 0 ? { dedicated } : {}),
      };
      const absentFrom = absentIn === null ? null : NOW + absentIn;
      const capacity = { ...ROOM, gpus: free.gpus };
      return machine(`a${i}`, {
        free,
        freePorts,
        attributes,
        mode,
        absentFrom,
        capacity,
      });
    }),
  );
const constraint = fc.oneof(
  fc.subarray(RACKS, { minLength: 1 }).map((racks) => values('rack', ...racks)),
  fc.subarray(RACKS, { minLength: 1 }).map((racks) => not('rack', ...racks)),
  fc.constantFrom(values('host', 'host-a1', 'host-a2'), not('host', 'host-a0')),
  fc.constantFrom(limit('rack', 1), limit('rack', 3), limit('host', 1), limit('host', 2)),
);
const asks = fc
  .array(
    fc.record({
      cpus: fc.integer({ min: 1, max: 8 }).map((n) => n / 4),
      memMb: fc.integer({ min: 1, max: 8 }).map((n) => n * 256),
      diskMb: fc.constantFrom(10, 100),
      gpus: fc.constantFrom(0, 0, 0, 1),
      ports: fc.constantFrom(0, 1, 3),
      constraints: fc.array(constraint, { maxLength: 3 }),
      dedicated: fc.constantFrom(null, null, null, 'x/y', '*/z'),
      job: fc.constantFrom('r/e/one', 'r/e/two'),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((rows) =>
    rows.map(({ ports, constraints, dedicated, job, ...needs }, i) =>
      ask({ key: `k${i}`, job, needs, ports, constraints, dedicated }),
    ),
  );
const steps = fc.array(
  fc.record({
    what: fc.constantFrom('place', 'place', 'place', 'place', 'delete', 'set', 'capacity', 'exclude'),
    which: fc.nat(),
  }),
  { maxLength: 60 },
);

/** In units of their own: the test does its own arithmetic. */
function room({ free, freePorts }: Machine): readonly number[] {
  return [free.cpus, free.memMb, free.diskMb, free.gpus, freePorts];
}
function without({ free, ...rest }: Machine, { needs, ports }: Ask): Machine {
  const left = {
    cpus: free.cpus - needs.cpus,
    memMb: free.memMb - needs.memMb,
    diskMb: free.diskMb - needs.diskMb,
    gpus: free.gpus - needs.gpus,
  };
  return { ...rest, free: left, freePorts: rest.freePorts - ports };
}

describe('the placer', () => {
  it('chooses what has no veto, gives null only when every agent has one, and goes beyond no limit and no resource', () => {
    fc.assert(
      fc.property(machines, asks, steps, (all, wanted, todo) => {
        const placer = createPlacer();
        const known = new Map(all.map((each) => [each.agentId, each]));
        for (const each of all) placer.set(each);
        const counts = new Counts();
        const excluded = new Set<string>();
        for (const { what, which } of todo) {
          const one = wanted[which % wanted.length]!;
          const now = context({ limitCount: counts.limitCount, excluded });
          const any = all[which % Math.max(1, all.length)];
          if (what === 'delete' && any !== undefined) {
            placer.delete(any.agentId);
            known.delete(any.agentId);
          } else if (what === 'set' && any !== undefined) {
            placer.set(any);
            known.set(any.agentId, any);
          } else if (what === 'exclude' && any !== undefined) {
            if (!excluded.delete(any.agentId)) excluded.add(any.agentId);
          } else if (what === 'capacity') {
            const before = [...known.keys()].map((id) => placer.vetoes(id, one, now));
            const { count, refusal } = placer.capacity(one, now, 5);
            expect(refusal === null).toBe(count === 5);
            expect(count > 0).toBe(placer.place(one, now) !== null);
            expect([...known.keys()].map((id) => placer.vetoes(id, one, now))).toEqual(before);
          } else {
            const agent = placer.place(one, now);
            const open = [...known.keys()].filter(
              (id) => !excluded.has(id) && placer.vetoes(id, one, now).length === 0,
            );
            if (agent === null) expect(open).toEqual([]);
            else {
              expect(open).toContain(agent);
              const chosen = known.get(agent)!;
              const after = without(chosen, one);
              for (const left of room(after)) expect(left).toBeGreaterThanOrEqual(0);
              for (const { attribute, constraint: its } of one.constraints)
                if (its.kind === 'limit')
                  for (const value of attribute === 'host'
                    ? [chosen.host]
                    : (chosen.attributes[attribute] ?? []))
                    expect(counts.limitCount(one.job, attribute, value)).toBeLessThan(its.limit);
              placer.take(agent, one);
              known.set(agent, after);
              counts.add(one.job, chosen);
            }
          }
          expect(placer.size).toBe(known.size);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('chooses the least cost of a full scan', () => {
    const plain = fc.array(
      fc.record({ cpus: fc.integer({ min: 1, max: 99 }), memMb: fc.integer({ min: 1, max: 99_999 }) }),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(plain, plain, (sizes, tasks) => {
        const placer = createPlacer();
        const free = sizes.map(({ cpus, memMb }) => ({ cpu: cpus * 1000, mem: memMb * 1000 }));
        sizes.forEach((size, i) => placer.set(machine(String(i), { capacity: { ...ROOM, ...size } })));
        const sum = (of: 'cpu' | 'mem') => free.reduce((all, each) => all + each[of], 0);
        const scale = sum('cpu') / sum('mem');
        tasks.forEach(({ cpus, memMb }, i) => {
          const wanted = ask({ key: String(i), needs: { cpus, memMb, diskMb: 0, gpus: 0 }, ports: 0 });
          const task = pointOf(cpus * 1000, memMb * 1000, scale);
          const costs = free.map(({ cpu, mem }) => {
            if (cpu < cpus * 1000 || mem < memMb * 1000) return Infinity;
            const at = pointOf(cpu, mem, scale);
            return costOf(at.sum - task.sum, Math.abs(at.skew - task.skew));
          });
          const agent = placer.place(wanted, context());
          if (agent === null) {
            expect(Math.min(...costs)).toBe(Infinity);
            return;
          }
          expect(costs[Number(agent)]).toBeCloseTo(Math.min(...costs), 6);
          placer.take(agent, wanted);
          const chosen = free[Number(agent)]!;
          free[Number(agent)] = { cpu: chosen.cpu - cpus * 1000, mem: chosen.mem - memMb * 1000 };
        });
      }),
      { numRuns: 300 },
    );
  });
});
