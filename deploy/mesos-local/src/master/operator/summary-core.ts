import type { Framework, MasterState } from '../state.js';

/** The states that `/state-summary` counts, in its order. */
const SUMMARY_STATES = [
  'TASK_STAGING',
  'TASK_STARTING',
  'TASK_RUNNING',
  'TASK_KILLING',
  'TASK_FINISHED',
  'TASK_KILLED',
  'TASK_FAILED',
  'TASK_LOST',
  'TASK_ERROR',
  'TASK_UNREACHABLE',
] as const;

/** Numbers of tasks by state, of one agent or framework, and who is on the other side. */
export interface TaskSummary {
  readonly counts: Map<string, number>;
  readonly others: Set<string>;
}

/** Tasks counted once for `/state-summary`: by agent (others = frameworks) and by framework (others = agents). */
export function summaries(state: MasterState): {
  readonly agent: (id: string) => TaskSummary;
  readonly framework: (id: string) => TaskSummary;
} {
  const agents = new Map<string, TaskSummary>();
  const frameworks = new Map<string, TaskSummary>();
  for (const framework of state.frameworks.values()) {
    for (const task of tasksOf(framework)) {
      note(agents, task.agent_id.value, task.state, framework.id);
      note(frameworks, framework.id, task.state, task.agent_id.value);
    }
    for (const agentId of framework.executors.keys()) {
      note(agents, agentId, null, framework.id);
      note(frameworks, framework.id, null, agentId);
    }
  }
  const none: TaskSummary = { counts: new Map(), others: new Set() };
  return { agent: (id) => agents.get(id) ?? none, framework: (id) => frameworks.get(id) ?? none };
}

export function summaryFields(summary: TaskSummary): Record<string, number> {
  return Object.fromEntries(SUMMARY_STATES.map((state) => [state, summary.counts.get(state) ?? 0]));
}

/** All tasks of a framework that are remembered: live, unreachable, completed. */
export function* tasksOf(framework: Framework): Generator<Framework['completedTasks'][number]> {
  yield* framework.tasks.values();
  yield* framework.unreachableTasks.values();
  yield* framework.completedTasks;
}

function note(into: Map<string, TaskSummary>, key: string, state: string | null, other: string): void {
  let summary = into.get(key);
  if (summary === undefined) into.set(key, (summary = { counts: new Map(), others: new Set() }));
  if (state !== null) summary.counts.set(state, (summary.counts.get(state) ?? 0) + 1);
  summary.others.add(other);
}
