/** Patterns, lists of instances, diffs, the ring, hints. */
import fc from 'fast-check';
import { parseInstances } from '@murmur/job-config';
import { diffJob } from '../../src/http/diff-core.js';
import { globMatches, jobFilter } from '../../src/http/glob-core.js';
import { instanceText } from '@murmur/job-config';
import { INSTANCES_NAMED_MAX, readInstances } from '../../src/http/instances-core.js';
import { formatEventId, parseEventId, Ring } from '../../src/http/ring-core.js';
import { storedConfigOf } from '../../src/state/config-core.js';
import { jobOf } from '../state/world.js';

describe('a glob', () => {
  it.each([
    ['', '', true],
    ['*', '', true],
    ['?', '', false],
    ['web', 'web', true],
    ['web', 'webs', false],
    ['w*b', 'web', true],
    ['w*b', 'wb', true],
    ['*a*a*', 'banana', true],
    ['*a?', 'banana', false],
    ['a.c', 'abc', false],
    ['[a]', 'a', false],
  ])('%j on %j is %s', (pattern, text, matches) => {
    expect(globMatches(pattern, text)).toBe(matches);
  });

  it('says what a regular expression says', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (glob, given) => {
        const regex = glob.replaceAll('.', '\\.').replaceAll(/\*+/g, '.*').replaceAll('?', '.');
        expect(globMatches(glob, given)).toBe(new RegExp(`^${regex}$`).test(given));
      }),
    );
  });

  it('that would hang a backtracking matcher is decided in the steps of pattern times text', () => {
    let reads = 0;
    const text = new Proxy(new String('a'.repeat(255)), {
      get: (target, key) => {
        reads++;
        return Reflect.get(target, key, target) as unknown;
      },
    }) as unknown as string;
    expect(globMatches('*a'.repeat(120) + 'b', text)).toBe(false);
    expect(reads).toBeLessThan(255 * 241 * 4);
  });

  it('of a job fits part by part', () => {
    const fits = jobFilter({ role: 'w*', name: 'web' });
    expect(
      ['www/prod/web', 'ops/prod/web', 'www/prod/api', 'www', 'a/b/c/d'].map((job) => fits?.(job)),
    ).toEqual([true, false, false, false, false]);
    expect(jobFilter({})).toBeNull();
  });
});

describe('a list of instances', () => {
  it('is read as it is written', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(50)), (numbers) => {
        const sorted = [...numbers].sort((a, b) => a - b);
        const text = instanceText(numbers);
        expect(text === '' ? [] : readInstances(text)).toEqual(sorted);
        if (text !== '') expect(parseInstances(text)).toBeDefined();
      }),
    );
  });

  it('names no more than its bound', () => {
    expect(readInstances(`0-${INSTANCES_NAMED_MAX - 1}`)).toHaveLength(INSTANCES_NAMED_MAX);
    expect(readInstances(`0-${INSTANCES_NAMED_MAX}`)).toContain(`at most ${INSTANCES_NAMED_MAX}`);
    expect(readInstances('1,')).toContain('is not a list of instances');
  });
});

describe('a diff', () => {
  const stored = (priority: number) => storedConfigOf(jobOf({ priority }), String);
  const [one, two] = [stored(1), stored(2)];
  const diff = (
    tasks: readonly (readonly [number, string])[],
    count: number,
    only: readonly number[] | null = null,
  ) => {
    const { same, ...groups } = diffJob({
      configId: one.id,
      config: one.job,
      count,
      only: only === null ? null : new Set(only),
      tasks: tasks.map(([instance, configId]) => ({ instance, configId })),
      configOf: (id) => [one, two].find((config) => config.id === id)?.job ?? null,
    });
    return [
      same,
      ...Object.entries(groups).flatMap(([kind, list]) => list.map((group) => `${kind} ${group.instances}`)),
    ];
  };

  it('puts every instance where it belongs', () => {
    const tasks = [
      [0, one.id],
      [1, two.id],
      [2, two.id],
      [5, two.id],
      [6, one.id],
    ] as const;
    expect(diff(tasks, 4)).toEqual([false, 'add 3', 'remove 5', 'remove 6', 'update 1-2', 'unchanged 0']);
    expect(diff(tasks, 4, [0, 9])).toEqual([true, 'unchanged 0']);
    expect(diff([], 2)).toEqual([false, 'add 0-1']);
    expect(diff([[0, one.id]], 1)).toEqual([true, 'unchanged 0']);
  });

  it('counts each instance once', () => {
    const have = fc.uniqueArray(fc.tuple(fc.nat(20), fc.boolean()), { selector: ([instance]) => instance });
    fc.assert(
      fc.property(have, fc.nat(20), (tasks, count) => {
        const result = diffJob({
          configId: one.id,
          config: one.job,
          count,
          only: null,
          tasks: tasks.map(([instance, same]) => ({ instance, configId: same ? one.id : two.id })),
          configOf: () => two.job,
        });
        const groups = [result.add, result.remove, result.update, result.unchanged].flat();
        const all = groups.flatMap(({ instances }) => readInstances(instances) as readonly number[]);
        const expected = new Set([...tasks.map(([instance]) => instance), ...Array(count).keys()]);
        expect([...all].sort((a, b) => a - b)).toEqual([...expected].sort((a, b) => a - b));
        expect(result.same).toBe(groups.length === result.unchanged.length);
      }),
    );
  });
});

describe('the ring', () => {
  const id = (position: number, index = 0) => ({ position, index });

  it('goes on after any id that it covers, and after no other', () => {
    const ring = new Ring(4);
    expect(ring.after(id(1))).toBeNull();
    for (let position = 10; position < 20; position++) ring.push(id(position));
    expect([ring.first, ring.next]).toEqual([6, 10]);
    expect([14, 15, 16, 18, 19].map((position) => ring.after(id(position)))).toEqual([null, 6, 7, 9, 10]);
    expect(ring.after(id(20))).toBeNull();
    expect([5, 6, 9, 10].map((number) => ring.at(number)?.position)).toEqual([undefined, 16, 19, undefined]);
  });

  it('does not know whether an id before its first transaction was the last one there', () => {
    const ring = new Ring(4);
    ring.saw(7);
    ring.push(id(8));
    expect([id(6, 3), id(7), id(8)].map((last) => ring.after(last))).toEqual([null, 0, 1]);
  });

  it('holds the newest, whatever comes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(60), (max, count) => {
        const ring = new Ring(max);
        for (let i = 0; i < count; i++) ring.push(id(1 + Math.floor(i / 3), i % 3));
        expect(ring.next - ring.first).toBe(Math.min(max, count));
        const held = Array.from({ length: ring.next - ring.first }, (_, i) => ring.at(ring.first + i));
        expect(held).toEqual(
          Array.from({ length: count }, (_, i) => id(1 + Math.floor(i / 3), i % 3)).slice(
            Math.max(0, count - max),
          ),
        );
        held.forEach((entry, i) => expect(ring.after(entry!)).toBe(ring.first + i + 1));
      }),
    );
  });

  it('has ids that are read as they are written', () => {
    expect(parseEventId(formatEventId(id(12, 3)))).toEqual(id(12, 3));
    expect(['', '1', '1.', 'x.1', '1.1.1', '-1.0', `${'9'.repeat(16)}.0`].map(parseEventId)).toEqual(
      Array(7).fill(undefined),
    );
  });
});
