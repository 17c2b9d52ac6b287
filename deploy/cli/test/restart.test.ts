import fc from 'fast-check';
import type { TaskShape } from '@murmur/scheduler-api';
import {
  beginRestart,
  nextStep,
  observed,
  restarted,
  type RestartSettings,
  type RestartState,
} from '../src/restart-core.js';
import { task } from './tasks.js';

const SETTINGS: RestartSettings = {
  batchSize: 1,
  watchMs: 10_000,
  maxPerInstanceFailures: 0,
  maxTotalFailures: 0,
  startMs: 60_000,
};

const old = (instance: number): TaskShape => task({ instance, id: `old-${instance}`, state: 'RUNNING' });
const run = (
  instance: number,
  id: string,
  state: TaskShape['state'],
  ancestorId = `old-${instance}`,
): TaskShape => task({ instance, id, state, ancestorId });

/** Instance 0 restarted at time 0 out of a job of instances 0 and 1. */
function begun(settings: RestartSettings = SETTINGS): RestartState {
  const state = beginRestart([0, 1]);
  expect(nextStep(state, settings)).toEqual({ kind: 'restart', instances: [0] });
  return restarted(state, [0], [old(0), old(1)], 0);
}

const failedInstances = (state: RestartState): readonly number[] => state.failed;

describe('a rolling restart', () => {
  it('waits for the old run to end and the new one to be RUNNING for the whole watch', () => {
    let state = begun();
    const look = (at: number, ...tasks: TaskShape[]): void => {
      state = observed(state, tasks, at, SETTINGS);
    };
    look(1, task({ id: 'old-0', state: 'RESTARTING' }));
    look(2, run(0, 'new', 'PENDING'));
    look(3, run(0, 'new', 'STARTING'));
    look(1_000, run(0, 'new', 'RUNNING'));
    look(10_999, run(0, 'new', 'RUNNING'));
    expect(nextStep(state, SETTINGS).kind).toBe('watch');
    look(11_000, run(0, 'new', 'RUNNING'));
    expect(state.done).toEqual([0]);
    expect(nextStep(state, SETTINGS)).toEqual({ kind: 'restart', instances: [1] });
  });

  it('is at its end when every instance is well', () => {
    const settings = { ...SETTINGS, batchSize: 2, watchMs: 0 };
    let state = restarted(beginRestart([0, 1]), [0, 1], [old(0), old(1)], 0);
    state = observed(state, [run(0, 'a', 'RUNNING'), run(1, 'b', 'RUNNING')], 1, settings);
    expect(nextStep(state, settings)).toEqual({ kind: 'succeeded' });
  });

  it('takes a run that was not placed yet for the new one', () => {
    const waiting = task({ id: 'p', state: 'PENDING' });
    const settings = { ...SETTINGS, watchMs: 0 };
    const state = restarted(beginRestart([0]), [0], [waiting], 0);
    expect(observed(state, [task({ id: 'p', state: 'RUNNING' })], 1, settings).done).toEqual([0]);
  });

  it('takes an ad-hoc instance that finished for well', () => {
    expect(observed(begun(), [run(0, 'new', 'FINISHED')], 1, SETTINGS).done).toEqual([0]);
  });

  it.each<[string, TaskShape[], TaskShape[]]>([
    ['ends while it is watched', [run(0, 'new', 'RUNNING')], [run(0, 'next', 'PENDING', 'new')]],
    ['is no longer RUNNING while it is watched', [run(0, 'new', 'RUNNING')], [run(0, 'new', 'PARTITIONED')]],
    ['came and went between two looks', [], [run(0, 'next', 'RUNNING', 'new')]],
    ['failed and gets no successor', [], [run(0, 'new', 'FAILED')]],
    ['was killed by somebody', [], [task({ id: 'old-0', state: 'KILLED' })]],
    ['is not there at all', [], []],
  ])('fails with a run that %s', (_what, first, second) => {
    let state = begun();
    if (first.length > 0) state = observed(state, first, 1, SETTINGS);
    state = observed(state, second, 2, SETTINGS);
    expect(failedInstances(state)).toEqual([0]);
    expect(nextStep(state, SETTINGS)).toEqual({ kind: 'failed' });
  });

  it.each<[string, TaskShape]>([
    ['its old run does not end', task({ id: 'old-0', state: 'RESTARTING' })],
    ['its new run does not start', run(0, 'new', 'PENDING')],
  ])('fails when %s in time', (_what, seen) => {
    const state = observed(begun(), [seen], 59_999, SETTINGS);
    expect(failedInstances(state)).toEqual([]);
    expect(failedInstances(observed(state, [seen], 60_000, SETTINGS))).toEqual([0]);
  });

  it('restarts an instance that failed again, as often as it may, after all others', () => {
    const settings = { ...SETTINGS, maxPerInstanceFailures: 1 };
    let state = observed(begun(settings), [run(0, 'new', 'FAILED')], 1, settings);
    expect(state.queue).toEqual([1, 0]);
    state = restarted({ ...state, queue: [0] }, [0], [old(0)], 2);
    state = observed(state, [run(0, 'new', 'FAILED')], 3, settings);
    expect(nextStep(state, settings)).toEqual({ kind: 'failed' });
  });

  it('bears as many failed instances as it may', () => {
    const settings = { ...SETTINGS, maxTotalFailures: 1 };
    const state = observed(begun(settings), [], 1, settings);
    expect(nextStep(state, settings)).toEqual({ kind: 'restart', instances: [1] });
  });
});

describe('every rolling restart', () => {
  const outcome = fc.constantFrom<'RUNNING' | 'FAILED' | 'STARTING'>('RUNNING', 'FAILED', 'STARTING');
  const plan = fc.record({
    instances: fc.integer({ min: 1, max: 8 }),
    batchSize: fc.integer({ min: 1, max: 4 }),
    maxPerInstanceFailures: fc.integer({ min: 0, max: 2 }),
    maxTotalFailures: fc.integer({ min: 0, max: 3 }),
    outcomes: fc.array(outcome, { minLength: 1, maxLength: 40 }),
  });

  it('ends, never has more than a batch at once, and has each instance in one place', () => {
    fc.assert(
      fc.property(plan, ({ instances, outcomes, ...given }) => {
        const settings: RestartSettings = { ...SETTINGS, ...given, watchMs: 1, startMs: 5 };
        const all = Array.from({ length: instances }, (_, index) => index);
        let state = beginRestart(all);
        let [now, at] = [0, 0];
        for (let step = nextStep(state, settings); ; step = nextStep(state, settings)) {
          expect(state.batch.length).toBeLessThanOrEqual(settings.batchSize);
          const places = [
            ...state.queue,
            ...state.batch.map((b) => b.instance),
            ...state.done,
            ...state.failed,
          ];
          expect([...places].sort((a, b) => a - b)).toEqual(all);
          if (step.kind === 'succeeded') {
            expect(state.done.length + state.failed.length).toBe(instances);
            expect(state.failed.length).toBeLessThanOrEqual(settings.maxTotalFailures);
            return;
          }
          if (step.kind === 'failed') {
            expect(state.failed.length).toBeGreaterThan(settings.maxTotalFailures);
            return;
          }
          now += 1;
          expect(now).toBeLessThan(1_000);
          if (step.kind === 'restart') state = restarted(state, step.instances, all.map(old), now);
          else {
            const tasks = state.batch.map(({ instance }) =>
              run(instance, `run-${instance}`, outcomes[at++ % outcomes.length] ?? 'RUNNING'),
            );
            state = observed(state, tasks, now, settings);
          }
        }
      }),
    );
  });
});
