import { isLive } from './states-core.js';
import type { ProcessView, RunnerProcess, RunnerTask } from './types.js';

/** What may run when, for the processes of one stage: the regular ones of ACTIVE, or the final ones of FINALIZING. */
export interface Plan {
  readonly processes: readonly RunnerProcess[];
  /** Name -> those that must have finished before it. */
  readonly after: ReadonlyMap<string, readonly string[]>;
  readonly concurrencyMax: number;
}

/** Name -> where its latest run stands. */
export type Runs = ReadonlyMap<string, ProcessView>;

const MS = 1_000;

export function planOf(task: RunnerTask, stage: 'regular' | 'final'): Plan {
  const processes = task.processes.filter((process) => process.final === (stage === 'final'));
  const after = new Map<string, string[]>(processes.map(({ name }) => [name, []]));
  for (const { order = [] } of task.constraints) {
    for (const [i, name] of order.entries()) {
      const before = order[i - 1];
      if (before !== undefined) after.get(name)?.push(before);
    }
  }
  return {
    processes,
    after,
    concurrencyMax: task.max_concurrency === 0 ? Infinity : task.max_concurrency,
  };
}

/** Whether what is ordered after it may start. An ephemeral process that failed for good counts as finished. */
function isFinished(process: RunnerProcess, run: ProcessView): boolean {
  return run.state === 'SUCCESS' || (process.ephemeral && run.state === 'FAILED');
}

/** Those that can never start any more: something before them failed for good. */
export function blocked(plan: Plan, runs: Runs): ReadonlySet<string> {
  const found = new Set<string>();
  const failed = new Set(
    plan.processes.filter((p) => !p.ephemeral && runs.get(p.name)?.state === 'FAILED').map((p) => p.name),
  );
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const [name, before] of plan.after) {
      if (before.some((other) => failed.has(other) || found.has(other))) found.add(name);
    }
  }
  return found;
}

/** Whether nothing is left that the task waits for: the others have finished, failed for good or can never start. */
export function isComplete(plan: Plan, runs: Runs): boolean {
  const never = blocked(plan, runs);
  return plan.processes.every(({ name, ephemeral }) => {
    const state = runs.get(name)?.state;
    return ephemeral || state === 'SUCCESS' || state === 'FAILED' || (state === 'WAITING' && never.has(name));
  });
}

/** The failed processes that count against the task's `max_failures`. */
export function failedProcesses(plan: Plan, runs: Runs): readonly string[] {
  return plan.processes
    .filter(({ name, ephemeral }) => !ephemeral && runs.get(name)?.state === 'FAILED')
    .map(({ name }) => name);
}

/** Those to start now, in the order of the task, as many as `max_concurrency` leaves room for. */
export function startable(plan: Plan, runs: Runs, now: number): readonly RunnerProcess[] {
  const byName = new Map(plan.processes.map((process) => [process.name, process]));
  const live = plan.processes.filter(({ name }) => isLive(runs.get(name)?.state ?? 'WAITING')).length;
  const ready = plan.processes.filter((process) => {
    const run = runs.get(process.name);
    if (run?.state !== 'WAITING') return false;
    if (run.forkedAt !== null && now < run.forkedAt + process.min_duration * MS) return false;
    return (plan.after.get(process.name) ?? []).every((name) => {
      const before = byName.get(name);
      const beforeRun = runs.get(name);
      return before !== undefined && beforeRun !== undefined && isFinished(before, beforeRun);
    });
  });
  return ready.slice(0, Math.max(0, plan.concurrencyMax - live));
}
