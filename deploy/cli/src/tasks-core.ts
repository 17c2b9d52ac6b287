import type { TaskShape } from '@murmur/scheduler-api';

/** The run of an instance that counts: the active one, else the one that began last. */
export function presentTask(tasks: readonly TaskShape[], instance: number): TaskShape | undefined {
  const own = tasks.filter((task) => task.instance === instance);
  return own.find(({ active }) => active) ?? own.reduce<TaskShape | undefined>(later, undefined);
}

function later(a: TaskShape | undefined, b: TaskShape): TaskShape {
  return a === undefined || begun(b) > begun(a) ? b : a;
}

/** When a run began, ms since 1970. */
function begun(task: TaskShape): number {
  return task.events[0]?.at ?? task.since;
}

export function activeInstances(tasks: readonly TaskShape[]): readonly number[] {
  const numbers = tasks.filter(({ active }) => active).map(({ instance }) => instance);
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** Those of `wanted` that are active; all that are where nothing is wanted. */
export function chosen(
  tasks: readonly TaskShape[],
  wanted: readonly number[] | undefined,
): { readonly instances: readonly number[]; readonly absent: readonly number[] } {
  const active = activeInstances(tasks);
  if (wanted === undefined) return { instances: active, absent: [] };
  const there = new Set(active);
  return {
    instances: wanted.filter((instance) => there.has(instance)),
    absent: wanted.filter((instance) => !there.has(instance)),
  };
}
