import type { Refusal } from '../../src/placement/port.js';
import { PENALTY_FIRST_MS, PENALTY_MAX_MS, TaskGroups } from '../../src/queue/queue-core.js';

const task = (id: string, configId = 'c1', job = 'j1') => ({ id, job, configId, pendingSince: 5 });
const full: Refusal = { nearest: null, counts: { resource: 3 } };
const limited: Refusal = { nearest: null, counts: { limit: 1 } };

describe('groups of equal tasks that wait', () => {
  it('are due at once, and hold the tasks of one config in order', () => {
    const groups = new TaskGroups();
    groups.add(task('a'), 10);
    groups.add(task('b'), 10);
    groups.add(task('c', 'c2'), 20);
    expect(groups.due(9)).toEqual([]);
    expect(groups.due(10)).toEqual(['c1']);
    expect(groups.tasksOf('c1')).toEqual(['a', 'b']);
    expect([groups.groups, groups.tasks]).toEqual([2, 3]);
    expect(groups.nextAt()).toBe(10);
  });

  it('say of each of their tasks why it waits', () => {
    const groups = new TaskGroups();
    groups.add(task('a'), 0);
    groups.add(task('b', 'c2'), 0);
    groups.refused('c1', full, 0, false);
    expect(groups.waitingOf('a')).toMatchObject({ refusal: full, nextAttemptAt: PENALTY_FIRST_MS });
    expect(groups.waitingOf('b')).toMatchObject({ refusal: null, nextAttemptAt: 0 });
    expect(groups.waitingOf('x')).toBeNull();
  });

  it('are gone with their last task', () => {
    const groups = new TaskGroups();
    groups.add(task('a'), 0);
    groups.remove('a');
    groups.remove('a');
    expect([groups.groups, groups.tasks, groups.nextAt()]).toEqual([0, 0, null]);
  });

  it('wait longer after each attempt that placed nothing, up to the longest', () => {
    const groups = new TaskGroups();
    groups.add(task('a'), 0);
    const waits: number[] = [];
    for (let now = 0, i = 0; i < 8; i += 1) {
      groups.refused('c1', full, now, false);
      waits.push((groups.nextAt() ?? 0) - now);
      now = groups.nextAt() ?? 0;
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16000, 32000, PENALTY_MAX_MS, PENALTY_MAX_MS]);
  });

  it('begin their penalty anew when some of them were placed', () => {
    const groups = new TaskGroups();
    groups.add(task('a'), 0);
    for (let i = 0; i < 4; i += 1) groups.refused('c1', full, 0, false);
    groups.refused('c1', full, 0, true);
    expect(groups.nextAt()).toBe(PENALTY_FIRST_MS);
  });

  it('do not hurry because one more task came', () => {
    const groups = new TaskGroups();
    groups.add(task('a'), 0);
    groups.refused('c1', full, 0, false);
    groups.add(task('b'), 1);
    expect(groups.due(1)).toEqual([]);
    expect(groups.waiting()).toEqual([
      {
        job: 'j1',
        configId: 'c1',
        taskIds: ['a', 'b'],
        pendingSince: 5,
        refusal: full,
        penaltyMs: PENALTY_FIRST_MS,
        nextAttemptAt: PENALTY_FIRST_MS,
      },
    ]);
  });

  it('are due when they are woken, with no penalty left', () => {
    const groups = new TaskGroups();
    groups.add(task('a'), 0);
    groups.refused('c1', full, 0, false);
    groups.refused('c1', full, 0, false);
    expect(groups.refusedConfigs(10)).toEqual(['c1']);
    groups.wake('c1', 7);
    expect(groups.due(7)).toEqual(['c1']);
    groups.refused('c1', full, 7, false);
    expect(groups.nextAt()).toBe(7 + PENALTY_FIRST_MS);
  });

  it('are woken by a task of their job that left an agent only if a limit refused them', () => {
    const groups = new TaskGroups();
    groups.add(task('a', 'c1', 'j1'), 0);
    groups.add(task('b', 'c2', 'j1'), 0);
    groups.add(task('c', 'c3', 'j2'), 0);
    groups.refused('c1', limited, 0, false);
    groups.refused('c2', full, 0, false);
    groups.refused('c3', limited, 0, false);
    groups.wakeLimited('j1', 1);
    expect(groups.due(1)).toEqual(['c1']);
  });

  it('take turns in being the first', () => {
    const groups = new TaskGroups();
    for (const id of ['a', 'b', 'c']) groups.add(task(id, id), 0);
    const firsts = [groups.due(0)[0], groups.due(0)[0], groups.due(0)[0]];
    expect(new Set(firsts).size).toBe(3);
  });
});
