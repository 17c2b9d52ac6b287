import type { Resource, TaskInfo, ValueScalar } from '@murmur/engine';
import { add, bundleOf, EMPTY, scalar, sumOf, toResources, type Bundle } from '../resources/index.js';
import { isLive, type Run } from './model-core.js';

/** What Mesos adds to a command task for the executor that runs it. */
const COMMAND_CPUS = 0.1;
const COMMAND_MEM_MB = 32;

/** The overhead of a command task, allocated to the role that the task's own resources are allocated to. */
export function commandOverhead(task: TaskInfo): readonly Resource[] {
  const allocation = task.resources?.[0]?.allocation_info;
  const scalarOf = (name: string, value: number): Resource => ({
    name,
    type: 'SCALAR',
    scalar: { value },
    ...(allocation === undefined ? {} : { allocation_info: allocation }),
  });
  return [scalarOf('cpus', COMMAND_CPUS), scalarOf('mem', COMMAND_MEM_MB)];
}

/** The executor's own and those of its live tasks. */
export function runBundle(run: Run): Bundle {
  return add(bundleOf(run.info.resources), liveTasksBundle(run));
}

export function liveTasksBundle(run: Run): Bundle {
  return sumOf([...run.tasks.values()].filter(isLive).map((task) => bundleOf(task.info.resources)));
}

/**
 * What the container of a run is given. A command task has no executor process that could use the cpus of the overhead:
 * they would only blur the proportion between tasks. The memory stays, for the shell around the command.
 */
export function runResources(run: Run): readonly Resource[] {
  if (run.kind === 'custom') return toResources(runBundle(run), 'post');
  const memory = (run.info.resources ?? []).filter(({ name }) => name !== 'cpus');
  return toResources(add(bundleOf(memory), liveTasksBundle(run)), 'post');
}

/**
 * Limits of a container: only where a live task names one; who names none counts with what it requested, and so does the
 * executor.
 */
export function runLimits(run: Run): Readonly<Record<string, ValueScalar>> {
  const live = [...run.tasks.values()].filter(isLive);
  const limits: Record<string, ValueScalar> = {};
  for (const name of ['cpus', 'mem']) {
    if (!live.some((task) => task.info.limits?.[name] !== undefined)) continue;
    const overhead = name === 'mem' || run.kind === 'custom';
    const own = scalar(overhead ? bundleOf(run.info.resources) : EMPTY, name);
    const value = live.reduce(
      (sum, { info }) => sum + (info.limits?.[name]?.value ?? scalar(bundleOf(info.resources), name)),
      own,
    );
    limits[name] = { value };
  }
  return limits;
}
