import { createPlacer } from '../../src/placement/index.js';
import type { Machine } from '../../src/placement/port.js';
import { ask, context, Counts, limit, machine, NOW, ROOM, values } from './support.js';

function placerOf(...machines: Machine[]) {
  const placer = createPlacer();
  for (const each of machines) placer.set(each);
  return placer;
}
const needs = (cpus: number, memMb: number, gpus = 0) => ({ cpus, memMb, diskMb: 0, gpus });

describe('place', () => {
  it('gives null when there is no agent', () => {
    expect(createPlacer().place(ask(), context())).toBeNull();
  });

  it('fills a machine exactly rather than opening another', () => {
    const placer = placerOf(machine('empty'), machine('rest', { free: { ...ROOM, cpus: 1, memMb: 2048 } }));
    expect(placer.place(ask({ needs: needs(1, 2048) }), context())).toBe('rest');
  });

  it('strands neither resource: the task goes where what is left keeps its shape', () => {
    const placer = placerOf(
      machine('much-memory', { free: { ...ROOM, cpus: 2, memMb: 16_000 } }),
      machine('much-cpu', { free: { ...ROOM, cpus: 8, memMb: 3_000 } }),
    );
    expect(placer.place(ask({ key: 'cpu', needs: needs(1.5, 100) }), context())).toBe('much-cpu');
    expect(placer.place(ask({ key: 'memory', needs: needs(0.1, 2_900) }), context())).toBe('much-memory');
  });

  it('subtracts nothing by itself, and what was taken until the agent is set again', () => {
    const placer = placerOf(machine('a'));
    const half = ask({ needs: needs(5, 512) });
    expect([placer.place(half, context()), placer.place(half, context())]).toEqual(['a', 'a']);
    placer.take('a', half);
    expect(placer.place(half, context())).toBeNull();
    placer.set(machine('a'));
    expect(placer.place(half, context())).toBe('a');
  });

  it('knows no agent that was deleted; deleting or taking from an unknown one changes nothing', () => {
    const placer = placerOf(machine('a'), machine('b'));
    placer.delete('a');
    placer.delete('a');
    placer.take('a', ask());
    expect([placer.size, placer.place(ask(), context())]).toEqual([1, 'b']);
  });

  it('takes agents that are soon maintained last, whatever they would cost', () => {
    const full = { free: { ...ROOM, cpus: 1, memMb: 512 } };
    const scheduled = machine('scheduled', { ...full, mode: 'SCHEDULED' });
    const leaves = machine('leaves', { ...full, absentFrom: NOW + 86_400_000 });
    const placer = placerOf(scheduled, leaves, machine('stays'));
    expect(placer.place(ask(), context())).toBe('stays');
    placer.delete('stays');
    expect(placer.place(ask(), context())).toBe('scheduled');
    placer.delete('scheduled');
    expect(placer.place(ask(), context())).toBe('leaves');
  });

  it('keeps agents with GPUs for those who ask for them, as long as others fit', () => {
    const capacity = { ...ROOM, gpus: 2 };
    const gpus = machine('gpus', { capacity, free: { ...capacity, cpus: 1, memMb: 512 } });
    const placer = placerOf(gpus, machine('plain'));
    expect(placer.place(ask(), context())).toBe('plain');
    expect(placer.place(ask({ key: 'g', needs: needs(1, 512, 2) }), context())).toBe('gpus');
    placer.delete('plain');
    expect(placer.place(ask(), context())).toBe('gpus');
  });

  it('passes by agents that are held for somebody else', () => {
    const placer = placerOf(machine('a'), machine('b'));
    expect(placer.place(ask(), context({ excluded: new Set(['a']) }))).toBe('b');
    expect(placer.place(ask(), context({ excluded: new Set(['a', 'b']) }))).toBeNull();
    expect(placer.place(ask(), context())).toBe('a');
  });

  it('follows an agent whose attributes or mode change', () => {
    const placer = placerOf(machine('a'));
    const wanted = ask({ constraints: [values('rack', 'r1')] });
    expect(placer.place(wanted, context())).toBeNull();
    placer.set(machine('a', { attributes: { rack: ['r1'] } }));
    expect(placer.place(wanted, context())).toBe('a');
    placer.set(machine('a', { attributes: { rack: ['r1'], dedicated: ['x/y'] } }));
    expect(placer.place(wanted, context())).toBeNull();
    placer.set(machine('a', { attributes: { rack: ['r1'] }, mode: 'DRAINING' }));
    expect(placer.place(wanted, context())).toBeNull();
  });

  it('spreads a job that has a limit: racks with fewer of it go first, though another fits more tightly', () => {
    const free = (cpus: number) => ({ ...ROOM, cpus });
    const racks = ['a', 'b', 'c'].map((rack) =>
      machine(rack, { attributes: { rack: [rack] }, free: free(rack === 'a' ? 8 : 64), capacity: free(64) }),
    );
    const placer = placerOf(...racks);
    const counts = new Counts();
    const wanted = ask({ constraints: [limit('rack', 4)] });
    const chosen: string[] = [];
    for (
      let at = placer.place(wanted, context(counts));
      at !== null;
      at = placer.place(wanted, context(counts))
    ) {
      chosen.push(at);
      placer.take(at, wanted);
      counts.add(
        wanted.job,
        racks.find(({ agentId }) => agentId === at)!,
      );
    }
    const each = (count: number): number[] =>
      racks.map(({ agentId }) => chosen.slice(0, count).filter((id) => id === agentId).length);
    expect([each(3), each(6), each(12)]).toEqual([
      [1, 1, 1],
      [2, 2, 2],
      [4, 4, 4],
    ]);
    expect(chosen).toHaveLength(12);
  });

  it('never goes beyond a limit, though counts change between two calls of one round', () => {
    const racks = ['r1', 'r1', 'r2', 'r2', 'r3'];
    const machines = racks.map((rack, i) => machine(`a${i}`, { attributes: { rack: [rack] } }));
    const placer = placerOf(...machines);
    const counts = new Counts();
    const wanted = ask({ constraints: [limit('rack', 2)] });
    const placed = new Map<string, number>();
    for (;;) {
      const agent = placer.place(wanted, context(counts));
      if (agent === null) break;
      const chosen = machines.find(({ agentId }) => agentId === agent)!;
      const rack = chosen.attributes['rack']?.[0] ?? '';
      placed.set(rack, (placed.get(rack) ?? 0) + 1);
      placer.take(agent, wanted);
      counts.add(wanted.job, chosen);
    }
    expect(Object.fromEntries(placed)).toEqual({ r1: 2, r2: 2, r3: 2 });
    // Another job has limits of its own.
    expect(
      placer.place({ ...wanted, key: 'other', job: 'murmur/prod/other' }, context(counts)),
    ).not.toBeNull();
    // And a task that ended makes room without a word to the index.
    expect(placer.place(wanted, context())).not.toBeNull();
  });

  it('chooses the same agents for the same calls', () => {
    const run = (): (string | null)[] => {
      const placer = placerOf(...[...Array(20).keys()].map((i) => machine(`a${i}`)));
      return [...Array(60).keys()].map((i) => {
        const wanted = ask({ key: `k${i}`, needs: needs(1 + (i % 5) / 2, 300 + 37 * i) });
        const agent = placer.place(wanted, context());
        if (agent !== null) placer.take(agent, wanted);
        return agent;
      });
    };
    expect(run()).toEqual(run());
  });
});

describe('explain', () => {
  it('says that there is no agent', () => {
    expect(createPlacer().explain(ask(), context())).toEqual({ nearest: null, counts: { 'no-agents': 1 } });
  });

  it('gives the vetoes of the nearest fit, and how many refused for what', () => {
    const placer = placerOf(
      machine('dedicated', { attributes: { dedicated: ['x/y'], rack: ['r1'] } }),
      machine('other-rack', { attributes: { rack: ['r2'] } }),
      machine('no-rack'),
      machine('small', { attributes: { rack: ['r1'] }, free: { ...ROOM, cpus: 0.25 } }),
      machine('smaller', { attributes: { rack: ['r1'] }, free: { ...ROOM, cpus: 0.125 } }),
      machine('drained', { mode: 'DRAINED' }),
      machine('held', { attributes: { rack: ['r1'] }, free: { ...ROOM, cpus: 0.9 } }),
    );
    const wanted = ask({ constraints: [values('rack', 'r1')] });
    expect(placer.explain(wanted, context({ excluded: new Set(['held']) }))).toEqual({
      nearest: {
        agentId: 'small',
        host: 'host-small',
        vetoes: [
          { kind: 'resource', about: 'cpu', score: 750, text: 'insufficient cpu: 1 needed, 0.25 free' },
        ],
      },
      counts: { dedicated: 1, constraint: 2, resource: 2, draining: 1 },
    });
  });
});

describe('capacity', () => {
  it('counts how many more fit, and says what stops the next one', () => {
    const placer = placerOf(machine('a'), machine('b'));
    const wanted = ask({ needs: needs(3, 1_000) });
    const { count, refusal } = placer.capacity(wanted, context(), 1_000);
    expect(count).toBe(4);
    expect(refusal?.nearest?.vetoes.map(({ text }) => text)).toEqual(['insufficient cpu: 3 needed, 2 free']);
    expect(placer.capacity(wanted, context(), 3)).toEqual({ count: 3, refusal: null });
  });

  it('counts its own placements against limits, together with those that are there', () => {
    const placer = placerOf(
      machine('a', { attributes: { rack: ['r1'] } }),
      machine('b', { attributes: { rack: ['r2'] } }),
    );
    const constraints = [limit('rack', 3)];
    const there = context({ limitCount: (_job, _attribute, value) => (value === 'r1' ? 1 : 0) });
    const { count, refusal } = placer.capacity(ask({ constraints }), there, 100);
    expect(count).toBe(5);
    expect(refusal?.counts).toEqual({ limit: 2 });
  });

  it('leaves no trace', () => {
    const machines = [...Array(10).keys()].map((i) => machine(`a${i}`));
    const asked = placerOf(...machines);
    const plain = placerOf(...machines);
    for (let i = 0; i < 30; i++) {
      const wanted = ask({ key: `k${i % 7}`, needs: needs(1 + (i % 7) / 4, 700 + 100 * (i % 7)) });
      asked.capacity(wanted, context(), 50);
      const agent = plain.place(wanted, context());
      expect(asked.place(wanted, context())).toBe(agent);
      if (agent === null) continue;
      plain.take(agent, wanted);
      asked.take(agent, wanted);
    }
  });
});
