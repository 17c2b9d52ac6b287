import type { AgentState, Run } from './model-core.js';

/**
 * Where things lie. Sandboxes as in Mesos, `<work-dir>/slaves/<agent>/frameworks/<fw>/executors/<ex>/runs/<container>`; what must
 * survive a restart of the agent at the same place below `<work-dir>/meta`.
 */
export function agentPath(state: AgentState): string {
  return `slaves/${state.info.id?.value ?? 'none'}`;
}

export function frameworkPath(state: AgentState, frameworkId: string): string {
  return `${agentPath(state)}/frameworks/${frameworkId}`;
}

export function executorPath(state: AgentState, run: Pick<Run, 'frameworkId' | 'executorId'>): string {
  return `${frameworkPath(state, run.frameworkId)}/executors/${run.executorId}`;
}

type RunIds = Pick<Run, 'frameworkId' | 'executorId' | 'containerId'>;

export function runPath(state: AgentState, run: RunIds): string {
  return `${executorPath(state, run)}/runs/${run.containerId}`;
}

export function taskPath(state: AgentState, run: RunIds, taskId: string): string {
  return `${runPath(state, run)}/tasks/${taskId}`;
}

export function sandboxOf(state: AgentState, run: RunIds): string {
  return `${state.settings.workDir}/${runPath(state, run)}`;
}

export const FRAMEWORK_FILE = 'framework.info';
export const RUN_FILE = 'run.info';
export const TASK_FILE = 'task.info';
export const UPDATES_FILE = 'task.updates';
export const AGENT_FILE = 'slave.info';
export const RESOURCES_FILE = 'resources.info';

/** Longest id that is a file name with room to spare. */
const ID_LENGTH_MAX = 255;

/** Ids become names of folders; the master checks them too, but a folder outside must not depend on that. */
export function isSafeId(id: string): boolean {
  return id !== '' && id !== '.' && id !== '..' && id.length <= ID_LENGTH_MAX && !/[/\\\p{Cc}]/u.test(id);
}
