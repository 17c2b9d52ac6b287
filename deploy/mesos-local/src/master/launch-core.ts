import type { ExecutorInfo, TaskInfo } from '@murmur/engine';
import {
  EMPTY,
  add,
  bundleOf,
  contains,
  formatBundle,
  quantities,
  scalar,
  sumOf,
  type Bundle,
} from '../resources/index.js';
import { firstError, prefixed, same, validateOwnResources } from './checks-core.js';
import { validateId } from './ids-core.js';
import type { Agent, Framework } from './state.js';
import { validateContainer, validateEnvironment, validateHealthCheck } from './task-parts-core.js';

/** Below these, Mesos wants no executor of a group (and warns of others): cores, megabytes. */
const MIN_CPUS = 0.01;
const MIN_MEM = 32;

/** One launch: whose, where, and what is left of the offers. */
export interface Launch {
  readonly framework: Framework;
  readonly agent: Agent;
  readonly available: Bundle;
}

/** Why a task of a LAUNCH is TASK_ERROR, or null. Order and sentences are Mesos's. */
export function validateTask(task: TaskInfo, launch: Launch): string | null {
  return firstError([
    () => validateTaskItself(task, launch),
    () => validateTaskExecutor(task, launch),
    () =>
      task.container?.linux_info?.share_cgroups === false
        ? "Only tasks in a task group may have 'share_cgroups' set to 'false'"
        : null,
  ]);
}

/** What is checked of tasks in and outside of groups. */
export function validateTaskItself(task: TaskInfo, { framework, agent }: Launch): string | null {
  const id = task.task_id.value;
  return firstError([
    () => validateId(id),
    () => (framework.tasks.has(id) ? `Task has duplicate ID: ${id}` : null),
    () => (framework.unreachableTasks.has(id) ? `Task reuses the ID of an unreachable task: ${id}` : null),
    () =>
      task.agent_id.value === agent.id
        ? null
        : `Task uses invalid agent ${task.agent_id.value} while agent ${agent.id} is expected`,
    () =>
      (task.kill_policy?.grace_period?.nanoseconds ?? 0) < 0
        ? "Task's 'kill_policy.grace_period' must be non-negative"
        : null,
    () =>
      (task.max_completion_time?.nanoseconds ?? 0) < 0
        ? "Task's `max_completion_time` must be non-negative"
        : null,
    () => validateHealthCheck(task),
    () => validateOwnResources(task.resources, 'Task', 'task'),
    () => prefixed("Task's `CommandInfo` is invalid: ", validateEnvironment(task.command?.environment)),
    () => prefixed("Task's `ContainerInfo` is invalid: ", validateContainer(task.container)),
    () => validateLimits(task, agent),
  ]);
}

function validateLimits(task: TaskInfo, agent: Agent): string | null {
  const limits = task.limits ?? {};
  const names = Object.keys(limits);
  if (names.length === 0) return null;
  if (!agent.capabilities.some((capability) => capability.type === 'TASK_RESOURCE_LIMITS')) {
    return 'Agent is not capable of handling task resource limits';
  }
  if (names.some((name) => name !== 'cpus' && name !== 'mem')) {
    return "Only cpus and mem may be included in a task's resource limits";
  }
  const requested = quantities(bundleOf(task.resources));
  for (const [name, long, short] of LIMITED) {
    const limit = limits[name]?.value;
    if (limit === undefined) continue;
    const request = requested.get(name);
    if (request === undefined) {
      return `When a ${long} limit is specified, a ${long} request must also be specified`;
    }
    if (limit * 1000 < request) {
      return `The ${short} limit must be greater than or equal to the ${short} request`;
    }
  }
  return null;
}
const LIMITED = [
  ['cpus', 'CPU', 'cpu'],
  ['mem', 'memory', 'memory'],
] as const;

function validateTaskExecutor(task: TaskInfo, launch: Launch): string | null {
  const { executor } = task;
  if ((executor === undefined) === (task.command === undefined)) {
    return 'Task should have at least one (but not both) of CommandInfo or ExecutorInfo present';
  }
  let total = bundleOf(task.resources);
  if (executor !== undefined) {
    const error = firstError([
      () => validateExecutor(executor, launch),
      () =>
        executor.type === undefined || executor.type === 'CUSTOM'
          ? null
          : "'ExecutorInfo.type' must be 'CUSTOM'",
      () => (executor.command === undefined ? "'ExecutorInfo.command' must be set" : null),
      () => validateOverlap(task, executor),
    ]);
    if (error !== null) return error;
    if (!hasExecutor(launch, executor)) total = add(total, bundleOf(executor.resources));
  }
  if (contains(launch.available, total)) return null;
  return (
    `Total resources ${formatBundle(total)} required by task and its executor is more than available ` +
    formatBundle(launch.available)
  );
}

function validateOverlap(task: TaskInfo, executor: ExecutorInfo): string | null {
  const [mine, its] = [bundleOf(task.resources), bundleOf(executor.resources)];
  const together = add(mine, its);
  const overlaps = mine.some((item) => {
    if (item.type === 'SCALAR') return false;
    const other = its.find((one) => one.kind.key === item.kind.key);
    const sum = together.find((one) => one.kind.key === item.kind.key);
    return other !== undefined && sum !== undefined && size(item) + size(other) !== size(sum);
  });
  if (!overlaps) return null;
  return (
    `There are overlapping resources in the task resources ${formatBundle(mine)} and executor resources ` +
    formatBundle(its)
  );
}

function size(item: Bundle[number]): number {
  if (item.type === 'RANGES') return item.ranges.reduce((sum, r) => sum + r.end - r.begin + 1, 0);
  return item.type === 'SET' ? item.items.length : item.thousandths;
}

export function hasExecutor({ framework, agent }: Launch, executor: ExecutorInfo): boolean {
  return agent.executors.get(framework.id)?.has(executor.executor_id.value) ?? false;
}

/** What is checked of every executor. */
export function validateExecutor(executor: ExecutorInfo, launch: Launch): string | null {
  const { framework, agent } = launch;
  return firstError([
    () => validateExecutorType(executor),
    () => validateId(executor.executor_id.value),
    () =>
      (executor.shutdown_grace_period?.nanoseconds ?? 0) < 0
        ? "ExecutorInfo's 'shutdown_grace_period' must be non-negative"
        : null,
    () =>
      prefixed("Executor's `CommandInfo` is invalid: ", validateEnvironment(executor.command?.environment)),
    () => prefixed("Executor's `ContainerInfo` is invalid: ", validateContainer(executor.container)),
    () => validateExecutorFramework(executor, framework.id),
    () => validateOwnResources(executor.resources, 'Executor', 'executor'),
    () => {
      const existing = agent.executors.get(framework.id)?.get(executor.executor_id.value);
      return existing === undefined || same(existing, executor)
        ? null
        : 'ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID.';
    },
  ]);
}

function validateExecutorType(executor: ExecutorInfo): string | null {
  if (executor.type === 'DEFAULT' && executor.command !== undefined) {
    return "'ExecutorInfo.command' must not be set for 'DEFAULT' executor";
  }
  if (executor.type === 'CUSTOM' && executor.command === undefined) {
    return "'ExecutorInfo.command' must be set for 'CUSTOM' executor";
  }
  return null;
}

function validateExecutorFramework(executor: ExecutorInfo, expected: string): string | null {
  if (executor.framework_id === undefined) return "'ExecutorInfo.framework_id' must be set";
  const actual = executor.framework_id.value;
  return actual === expected
    ? null
    : `ExecutorInfo has an invalid FrameworkID (Actual: ${actual} vs Expected: ${expected})`;
}

/** Why a LAUNCH_GROUP as a whole is TASK_ERROR, or null. */
export function validateGroup(
  tasks: readonly TaskInfo[],
  executor: ExecutorInfo,
  launch: Launch,
): string | null {
  if (tasks.length === 0) return 'Task group cannot be empty';
  for (const task of tasks) {
    const error = validateTaskItself(task, launch);
    if (error !== null) return `Task '${task.task_id.value}' is invalid: ${error}`;
    if (task.executor !== undefined && !same(task.executor, executor)) {
      return (
        `The \`ExecutorInfo\` of task '${task.task_id.value}' is different from executor ` +
        `'${executor.executor_id.value}'`
      );
    }
  }
  const ids = tasks.map((task) => task.task_id.value);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) return `Task has duplicate ID: ${twice}`;
  return firstError([
    () => validateExecutor(executor, launch),
    () => validateGroupExecutor(executor),
    () => validateGroupFits(tasks, executor, launch),
  ]);
}

function validateGroupExecutor(executor: ExecutorInfo): string | null {
  const id = executor.executor_id.value;
  if (executor.type === undefined) return "'ExecutorInfo.type' must be set";
  if (executor.type === 'UNKNOWN') return 'Unknown executor type';
  const bundle = bundleOf(executor.resources);
  const [cpus, mem] = [scalar(bundle, 'cpus'), scalar(bundle, 'mem')];
  if (cpus < MIN_CPUS) {
    return `Executor '${id}' uses less CPUs (${cpus}) than the minimum required (${MIN_CPUS})`;
  }
  if (mem < MIN_MEM) {
    return `Executor '${id}' uses less memory (${mem}MB) than the minimum required (${MIN_MEM}MB)`;
  }
  return scalar(bundle, 'disk') > 0 ? null : `Executor '${id}' uses no disk`;
}

function validateGroupFits(
  tasks: readonly TaskInfo[],
  executor: ExecutorInfo,
  launch: Launch,
): string | null {
  const own = hasExecutor(launch, executor) ? EMPTY : bundleOf(executor.resources);
  const total = add(sumOf(tasks.map((task) => bundleOf(task.resources))), own);
  if (contains(launch.available, total)) return null;
  return (
    `Total resources ${formatBundle(total)} required by task group and its executor are more than available ` +
    formatBundle(launch.available)
  );
}
