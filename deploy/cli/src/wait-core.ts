import type { TaskShape } from '@murmur/scheduler-api';
import { presentTask } from './tasks-core.js';

export type WaitGoal = 'RUNNING' | 'FINISHED' | 'GONE';

export type WaitVerdict =
  | { readonly kind: 'reached'; readonly text: string }
  /** It cannot be reached any more. */
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'waiting'; readonly text: string };

/** Reasons that one line of progress shows. */
const REASONS_MAX = 1;

/**
 * Where the instances are on their way to the goal. RUNNING: each is RUNNING, or FINISHED; one that ended otherwise and is not followed by
 * another run has failed. FINISHED: each has ended; when all have, one that ended otherwise has failed. GONE: none is active.
 */
export function judge(
  goal: WaitGoal,
  tasks: readonly TaskShape[],
  instances: readonly number[],
): WaitVerdict {
  const present = instances.map((instance) => ({ instance, task: presentTask(tasks, instance) }));
  const states = present.map(({ task }) => stateOf(goal, task));
  const reached = states.filter((state) => reaches(goal, state)).length;
  const text = progressText(
    goal,
    present.map(({ task }) => task),
    reached,
    tasks,
  );
  const over = present.every(({ task }) => task?.active !== true);
  const lost = present.find(
    ({ task }) => (goal === 'RUNNING' || (goal === 'FINISHED' && over)) && endedBadly(task),
  );
  if (lost?.task !== undefined) {
    const { state, message } = lost.task;
    return {
      kind: 'failed',
      text: `instance ${lost.instance} is ${state}${message === null ? '' : `: ${message}`}`,
    };
  }
  return { kind: reached === instances.length ? 'reached' : 'waiting', text };
}

function stateOf(goal: WaitGoal, task: TaskShape | undefined): string {
  if (goal === 'GONE') return task?.active === true ? task.state : 'GONE';
  return task?.state ?? 'GONE';
}

function reaches(goal: WaitGoal, state: string): boolean {
  switch (goal) {
    case 'RUNNING':
      return state === 'RUNNING' || state === 'FINISHED';
    case 'FINISHED':
      // A run that ended and was removed from the history has ended.
      return state === 'FINISHED' || state === 'GONE';
    case 'GONE':
      return state === 'GONE';
  }
}

function endedBadly(task: TaskShape | undefined): boolean {
  return task !== undefined && !task.active && task.state !== 'FINISHED';
}

/** `2/3 RUNNING, 1 PENDING: no agent has enough cpu`. */
function progressText(
  goal: WaitGoal,
  tasks: readonly (TaskShape | undefined)[],
  reached: number,
  runs: readonly TaskShape[],
): string {
  const counts = new Map<string, number>();
  for (const task of tasks) {
    const state = stateOf(goal, task);
    if (!reaches(goal, state)) counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  const rest = [...counts].map(([state, count]) => `${count} ${state}`);
  const reasons = new Set(
    tasks.flatMap((task) => (reaches(goal, stateOf(goal, task)) ? [] : (reasonOf(goal, task, runs) ?? []))),
  );
  const why = [...reasons].slice(0, REASONS_MAX).map((reason) => `: ${reason}`);
  const word = goal === 'GONE' ? 'killed' : goal;
  return [`${reached}/${tasks.length} ${word}`, ...rest].join(', ') + (rest.length > 0 ? why.join('') : '');
}

/** Why it is not there yet: what it is pending for, else what became of the instance's run before. */
function reasonOf(goal: WaitGoal, task: TaskShape | undefined, runs: readonly TaskShape[]): string | null {
  if (task === undefined || goal === 'GONE') return null;
  // When the next attempt is changes with every look, and is nothing to act on.
  if (task.pendingReason !== null) return task.pendingReason.replace(/; next attempt in [^;]*$/, '');
  const before = goal === 'RUNNING' ? runs.find(({ id }) => id === task.ancestorId) : undefined;
  if (before === undefined || (before.state !== 'FAILED' && before.state !== 'LOST')) return null;
  const message = before.message === null ? '' : `: ${before.message}`;
  return `instance ${task.instance} was ${before.state} before${message}`;
}
