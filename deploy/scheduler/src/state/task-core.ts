import { taskId } from '@murmur/job-config';
import type { StoredConfig } from '../model/config.js';
import { EVENTS_MAX } from '../model/task.js';
import type { Task, TaskEvent, TaskState } from '../model/task.js';
import { flapped, flapPenaltyMs, type FlapPolicy } from './machine-core.js';

export interface NewTask {
  readonly instance: number;
  readonly config: StoredConfig;
  readonly jobKey: string;
  readonly uuid: string;
  readonly now: number;
  readonly message: string | null;
  readonly by: string | null;
}

/** A PENDING task of an instance that had none before. */
export function newTask({ instance, config, jobKey, uuid, now, message, by }: NewTask): Task {
  const { role, environment, name } = config.job;
  return {
    id: taskId(role, environment, name, instance, uuid),
    job: jobKey,
    instance,
    configId: config.id,
    state: 'PENDING',
    events: [{ at: now, state: 'PENDING', message, by }],
    placement: null,
    ancestorId: null,
    failureCount: 0,
    flaps: 0,
    throttledUntil: null,
  };
}

/** What takes the place of a task that ended: PENDING, or THROTTLED when it and those before it ended too soon. */
export function replacementOf(
  ended: Task,
  config: StoredConfig,
  uuid: string,
  now: number,
  policy: FlapPolicy,
): Task {
  const flaps = flapped(ended, policy) ? ended.flaps + 1 : 0;
  const penaltyMs = flapPenaltyMs(flaps, policy);
  const message =
    penaltyMs > 0 ? `Rescheduled, held back for ${penaltyMs / 1000} s: it ends too soon` : 'Rescheduled';
  const state = penaltyMs > 0 ? 'THROTTLED' : 'PENDING';
  const fresh = newTask({
    instance: ended.instance,
    config,
    jobKey: ended.job,
    uuid,
    now,
    message,
    by: null,
  });
  return {
    ...fresh,
    state,
    events: [{ at: now, state, message, by: null }],
    ancestorId: ended.id,
    failureCount: ended.failureCount,
    flaps,
    throttledUntil: penaltyMs > 0 ? now + penaltyMs : null,
  };
}

/** The task in its next state. Time never runs backwards in its events, whatever the clock does. */
export function withEvent(task: Task, event: TaskEvent): Task {
  const at = Math.max(event.at, since(task));
  const throttledUntil = event.state === 'THROTTLED' ? task.throttledUntil : null;
  const events = compacted(task.events, event.state);
  return { ...task, state: event.state, throttledUntil, events: bounded([...events, { ...event, at }]) };
}

/** When it came into its state. */
export function since(task: Task): number {
  return task.events.at(-1)?.at ?? 0;
}

export function hasBeen(task: Task, state: TaskState): boolean {
  return task.events.some((event) => event.state === state);
}

/** An agent that comes and goes: RUNNING, PARTITIONED, RUNNING, PARTITIONED is kept as its first RUNNING and the last PARTITIONED. */
function compacted(events: readonly TaskEvent[], next: TaskState): readonly TaskEvent[] {
  const [before, between, last] = events.slice(-3);
  const cycle = next === 'PARTITIONED' && between?.state === 'PARTITIONED' && before?.state === last?.state;
  return cycle ? events.slice(0, -2) : events;
}

function bounded(events: readonly TaskEvent[]): readonly TaskEvent[] {
  return events.length <= EVENTS_MAX ? events : [...events.slice(0, 1), ...events.slice(1 - EVENTS_MAX)];
}
