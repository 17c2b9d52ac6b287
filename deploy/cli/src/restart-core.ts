import type { TaskShape } from '@murmur/scheduler-api';
import { presentTask } from './tasks-core.js';

/** A rolling restart: decisions from snapshots of the job's tasks and the time, ms. */

export interface RestartSettings {
  readonly batchSize: number;
  /** An instance must be seen RUNNING so long without a break. */
  readonly watchMs: number;
  /** Of one instance; below 0: any number. */
  readonly maxPerInstanceFailures: number;
  /** Instances that may have failed. */
  readonly maxTotalFailures: number;
  /** For an instance to become RUNNING after its restart. */
  readonly startMs: number;
}

interface Watched {
  readonly instance: number;
  /** The run that is to end; null where it was not placed yet, and so needs no end. */
  readonly old: string | null;
  readonly run: string | null;
  readonly since: number;
  readonly runningSince: number | null;
}

export interface RestartState {
  /** Still to be restarted, in order. */
  readonly queue: readonly number[];
  readonly batch: readonly Watched[];
  readonly failures: ReadonlyMap<number, number>;
  readonly failed: readonly number[];
  readonly done: readonly number[];
}

export type RestartStep =
  | { readonly kind: 'restart'; readonly instances: readonly number[] }
  | { readonly kind: 'watch' }
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed' };

const UNPLACED: readonly string[] = ['PENDING', 'THROTTLED'];

export function beginRestart(instances: readonly number[]): RestartState {
  return { queue: instances, batch: [], failures: new Map(), failed: [], done: [] };
}

/** What is to be done next. `restart` is to be performed, and told by `restarted`; `watch` means to look again a little later. */
export function nextStep(state: RestartState, settings: RestartSettings): RestartStep {
  if (state.failed.length > Math.max(0, settings.maxTotalFailures)) return { kind: 'failed' };
  if (state.batch.length > 0) return { kind: 'watch' };
  if (state.queue.length === 0) return { kind: 'succeeded' };
  return { kind: 'restart', instances: state.queue.slice(0, settings.batchSize) };
}

/** The instances were told to restart; `before` are the tasks as they were. */
export function restarted(
  state: RestartState,
  instances: readonly number[],
  before: readonly TaskShape[],
  now: number,
): RestartState {
  const batch = instances.map((instance) => {
    const task = presentTask(before, instance);
    const placed = task?.active === true && !UNPLACED.includes(task.state);
    return { instance, old: placed ? task.id : null, run: null, since: now, runningSince: null };
  });
  return { ...state, batch, queue: state.queue.filter((instance) => !instances.includes(instance)) };
}

/** The tasks were looked at. */
export function observed(
  state: RestartState,
  tasks: readonly TaskShape[],
  now: number,
  settings: RestartSettings,
): RestartState {
  let next: RestartState = { ...state, batch: [] };
  for (const watched of state.batch) {
    const verdict = look(watched, presentTask(tasks, watched.instance), now, settings);
    if (verdict === 'well') next = { ...next, done: [...next.done, watched.instance] };
    else if (verdict === 'failed') next = countFailure(next, watched.instance, settings);
    else next = { ...next, batch: [...next.batch, verdict] };
  }
  return next;
}

function look(
  watched: Watched,
  task: TaskShape | undefined,
  now: number,
  { watchMs, startMs }: RestartSettings,
): Watched | 'well' | 'failed' {
  const late = now - watched.since >= startMs;
  if (task === undefined) return 'failed';
  if (task.state === 'FINISHED' && !task.active) return 'well';
  // The old run is on its way out. One that has ended without a successor gets none: both are one change.
  if (task.id === watched.old) return late || !task.active ? 'failed' : watched;
  if (!task.active || isSecondRun(watched, task)) return 'failed';
  if (task.state !== 'RUNNING') {
    if (watched.runningSince !== null || late) return 'failed';
    return { ...watched, run: task.id };
  }
  const runningSince = watched.runningSince ?? now;
  return now - runningSince >= watchMs ? 'well' : { ...watched, run: task.id, runningSince };
}

/** Whether a run came and went since the restart: this one follows another than the old one. */
function isSecondRun({ old, run }: Watched, task: TaskShape): boolean {
  if (run !== null) return task.id !== run;
  return old !== null && task.ancestorId !== null && task.ancestorId !== old;
}

/** An instance that failed is restarted again at the end of the queue, as often as it may fail. */
function countFailure(state: RestartState, instance: number, settings: RestartSettings): RestartState {
  const count = (state.failures.get(instance) ?? 0) + 1;
  const failures = new Map(state.failures).set(instance, count);
  const max = settings.maxPerInstanceFailures;
  if (max < 0 || count <= max) return { ...state, failures, queue: [...state.queue, instance] };
  return { ...state, failures, failed: [...state.failed, instance] };
}
