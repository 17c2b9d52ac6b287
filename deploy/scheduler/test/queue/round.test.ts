import type { Refusal } from '../../src/placement/port.js';
import {
  GROUP_SHARE,
  REFUSAL_ATTEMPTS,
  ROUND_TASKS_MAX,
  runRound,
  type RoundPorts,
} from '../../src/queue/round-core.js';

const refusal: Refusal = { nearest: null, counts: { resource: 1 } };

/** So many tasks of each config wait, and so many places are free. */
function world(waiting: Readonly<Record<string, number>>, places: number) {
  const placed: string[] = [];
  const refused: [string, boolean][] = [];
  const ports: RoundPorts = {
    due: Object.keys(waiting),
    tasksOf: (id) => Array.from({ length: waiting[id] ?? 0 }, (_, i) => `${id}${i}`),
    place: () => (placed.length < places ? 'agent' : null),
    assign: (taskId) => placed.push(taskId) > 0,
    explain: () => refusal,
    refused: (id, _, some) => refused.push([id, some]),
  };
  return { ports, placed, refused };
}

describe('a round of placement', () => {
  it('places everything that fits', () => {
    const { ports, placed, refused } = world({ a: 3, b: 2 }, 10);
    expect(runRound(ports)).toEqual({ placed: 5, attempts: 5, refused: [], more: false });
    expect(placed).toEqual(['a0', 'a1', 'a2', 'b0', 'b1']);
    expect(refused).toEqual([]);
  });

  it('gives each group its share before one has all', () => {
    const { ports, placed } = world({ a: 3 * GROUP_SHARE, b: 3 * GROUP_SHARE }, 2 * GROUP_SHARE);
    runRound(ports);
    expect(placed.filter((id) => id.startsWith('b'))).toHaveLength(GROUP_SHARE);
  });

  it('asks once for a group that does not fit, and says whether some of it did', () => {
    const { ports, refused } = world({ a: 5, b: 5 }, 2);
    expect(runRound(ports)).toMatchObject({ placed: 2, attempts: 4, more: false });
    expect(refused).toEqual([
      ['a', true],
      ['b', false],
    ]);
  });

  it('ends at its bound, and says that there is more', () => {
    const { ports, placed } = world({ a: 100 }, 1000);
    expect(runRound(ports, 25)).toMatchObject({ placed: 25, attempts: 25, more: true });
    expect(placed).toHaveLength(25);
  });

  it('leaves groups for the next one where many are refused, since each refusal looks at every agent', () => {
    const groups = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`g${i}-`, 5]));
    const { ports, refused } = world(groups, 0);
    expect(runRound(ports)).toMatchObject({ placed: 0, more: true });
    expect(refused).toHaveLength(ROUND_TASKS_MAX / REFUSAL_ATTEMPTS);
  });

  it('passes over a task that is not to be placed any more', () => {
    const { ports, placed } = world({ a: 3 }, 10);
    const result = runRound({ ...ports, assign: (id) => id !== 'a1' && placed.push(id) > 0 });
    expect(result.placed).toBe(2);
    expect(placed).toEqual(['a0', 'a2']);
  });
});
