import fc from 'fast-check';
import { backoffMs, newTask, step, type Effect, type Phase, type Task, type TaskEvent } from '@murmur/local';
import { MAX_BACKOFF_MS, START_MS, STOP_MS, WELL_MS } from '../src/supervisor-core.js';

const phases: readonly Phase[] = [
  'waiting',
  'starting',
  'healthy',
  'unhealthy',
  'backoff',
  'stopping',
  'stopped',
];
const task = (phase: Phase, changes: Partial<Task> = {}): Task => ({ ...newTask(0), phase, ...changes });
const events = {
  ready: { type: 'ready' },
  exited: { type: 'exited', how: 'SIGKILL' },
  good: { type: 'probe', problem: null },
  bad: { type: 'probe', problem: 'no' },
  due: { type: 'tick' },
  stop: { type: 'stop' },
  start: { type: 'start' },
} as const satisfies Record<string, TaskEvent>;
type EventName = keyof typeof events;

/** From x event -> to, effects. What is absent changes nothing. `due`: a tick after `dueAt`; `bad`: the second in a row. */
const TABLE: Record<Phase, Partial<Record<EventName, readonly [Phase, ...Effect[]]>>> = {
  waiting: { ready: ['starting', 'spawn'], stop: ['stopped'] },
  starting: {
    good: ['healthy'],
    exited: ['backoff'],
    due: ['starting', 'kill'],
    stop: ['stopping', 'terminate'],
  },
  healthy: {
    bad: ['unhealthy'],
    exited: ['backoff'],
    stop: ['stopping', 'terminate'],
  },
  unhealthy: {
    good: ['healthy'],
    exited: ['backoff'],
    due: ['unhealthy', 'kill'],
    stop: ['stopping', 'terminate'],
  },
  backoff: { due: ['starting', 'spawn'], stop: ['stopped'] },
  stopping: { exited: ['stopped'], due: ['stopping', 'kill'] },
  stopped: { start: ['starting', 'spawn'] },
};

describe('the supervisor', () => {
  for (const phase of phases) {
    for (const name of Object.keys(events) as EventName[]) {
      const [to, ...effects] = TABLE[phase][name] ?? [phase];
      it(`takes ${phase} on ${name} to ${to} with ${effects.join(', ') || 'nothing'}`, () => {
        const result = step(task(phase, { dueAt: 10, misses: 1 }), events[name], 10);
        expect([result.task.phase, ...result.effects]).toEqual([to, ...effects]);
      });
    }
  }

  it('does nothing before its time', () => {
    for (const phase of phases) expect(step(task(phase, { dueAt: 10 }), events.due, 9).effects).toEqual([]);
  });

  it('forgives one bad probe', () => {
    const once = step(task('healthy'), events.bad, 1);
    expect([once.task.phase, once.effects]).toEqual(['healthy', []]);
    expect(step(once.task, events.good, 2).task.misses).toBe(0);
    expect(step(once.task, events.bad, 2).task.phase).toBe('unhealthy');
  });

  it('waits longer after each failure in a row, up to a bound', () => {
    expect([1, 2, 3, 4].map(backoffMs)).toEqual([250, 500, 1_000, 2_000]);
    expect(backoffMs(1_000)).toBe(MAX_BACKOFF_MS);
    const failed = step(task('starting', { failures: 3 }), events.exited, 100).task;
    expect([failed.failures, failed.dueAt, failed.reason]).toEqual([4, 100 + backoffMs(4), 'SIGKILL']);
  });

  it('starts at once, nearly, what was well for a while', () => {
    expect(step(task('healthy', { failures: 7 }), events.exited, WELL_MS).task.failures).toBe(1);
    expect(step(task('healthy', { failures: 7 }), events.exited, WELL_MS - 1).task.failures).toBe(8);
  });

  it('bounds every start, silence and stop', () => {
    expect(step(task('waiting'), events.ready, 5).task.dueAt).toBe(5 + START_MS);
    expect(step(task('healthy', { misses: 1 }), events.bad, 5).task.dueAt).toBe(5 + START_MS);
    expect(step(task('healthy'), events.stop, 5).task.dueAt).toBe(5 + STOP_MS);
  });

  it('runs one process at most, and none when it says so', () => {
    const anyEvent = fc.constantFrom(...Object.values(events));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyEvent, fc.integer({ min: 0, max: 60_000 })), { maxLength: 60 }),
        (steps) => {
          let current = newTask(0);
          let [now, running] = [0, 0];
          for (const [event, pause] of steps) {
            if (event.type === 'exited' && running === 0) continue; // only a process that runs can end
            now += pause;
            const result = step(current, event, now);
            if (event.type === 'exited') running -= 1;
            for (const effect of result.effects) {
              if (effect === 'spawn') running += 1;
            }
            current = result.task;
            expect(running).toBeLessThanOrEqual(1);
            expect(running).toBe(
              ['starting', 'healthy', 'unhealthy', 'stopping'].includes(current.phase) ? 1 : 0,
            );
          }
        },
      ),
    );
  });
});
