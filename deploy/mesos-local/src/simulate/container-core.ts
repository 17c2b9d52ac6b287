import type { ExecutorEvent, TaskState, TaskStatus } from '@murmur/engine';
import { uuidBytes, type AgentEvent, type Effect, type Turn } from '../agent/effects-core.js';
import type { ContainerRecord } from '../containerizer/types.js';

/** waitpid's words: ended by SIGTERM, by SIGKILL, or well. */
const TERMINATED = 15;
const KILLED = 9;
const EXITED_WELL = 0;

/** What one turn of deciding needs of the world. */
export type World = Pick<Turn, 'now' | 'uuid'>;

/**
 * A container that is only imagined: it starts at once and runs until it is told to end, then ends at once. Returns what an
 * agent would see happen when it does `effect`. Custom executors subscribe at once, run whatever task they get, end it when they
 * are told to, and leave after their last. What is to be stored is not: such an agent has nothing to come back to.
 */
export function imagine(effect: Effect, isCustom: boolean, world: World): readonly AgentEvent[] {
  switch (effect.kind) {
    case 'launch': {
      const { containerId } = effect;
      const launched: AgentEvent = { kind: 'launched', containerId, record: recordOf(containerId) };
      return isCustom ? [launched, { kind: 'subscribed', containerId, subscribe: {} }] : [launched];
    }
    case 'signal':
      return [ended(effect.containerId, TERMINATED)];
    case 'destroy':
      return [ended(effect.containerId, KILLED)];
    case 'close':
      return [{ kind: 'disconnected', containerId: effect.containerId }];
    case 'check':
      return effect.check === null
        ? []
        : [{ kind: 'health', containerId: effect.containerId, healthy: true }];
    case 'event':
      return imagineExecutor(effect.containerId, effect.event, world);
    case 'write':
    case 'append':
    case 'remove':
    case 'update':
    case 'collect':
    case 'master':
    case 'shutdown':
      return [];
  }
}

function imagineExecutor(containerId: string, event: ExecutorEvent, world: World): readonly AgentEvent[] {
  const update = (taskId: string, state: TaskState): AgentEvent => ({
    kind: 'update',
    containerId,
    status: statusOf(taskId, state, world),
  });
  const { launch, launch_group: group, kill } = event;
  if (event.type === 'LAUNCH' && launch !== undefined) {
    return [update(launch.task.task_id.value, 'TASK_RUNNING')];
  }
  if (event.type === 'LAUNCH_GROUP' && group !== undefined) {
    return (group.task_group.tasks ?? []).map((task) => update(task.task_id.value, 'TASK_RUNNING'));
  }
  if (event.type === 'KILL' && kill !== undefined) return [update(kill.task_id.value, 'TASK_KILLED')];
  return event.type === 'SHUTDOWN' ? [left(containerId)] : [];
}

/** An update of an executor. */
export function statusOf(taskId: string, state: TaskState, world: World): TaskStatus {
  return {
    task_id: { value: taskId },
    state,
    source: 'SOURCE_EXECUTOR',
    timestamp: world.now / 1000,
    uuid: uuidBytes(world.uuid()),
  };
}

/** It exited by itself. */
export function left(containerId: string): AgentEvent {
  return ended(containerId, EXITED_WELL);
}

function ended(containerId: string, status: number): AgentEvent {
  return { kind: 'ended', containerId, termination: { status, limitation: null } };
}

function recordOf(containerId: string): ContainerRecord {
  return {
    containerId,
    pid: 0,
    pidStartTime: '0',
    sandbox: '/nowhere',
    metaFolder: '/nowhere',
    resources: [],
    limits: {},
    logSizeMax: 0,
    logFilesMax: 0,
  };
}
