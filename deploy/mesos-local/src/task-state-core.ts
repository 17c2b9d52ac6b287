const TERMINAL: ReadonlySet<string> = new Set([
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
  'TASK_ERROR',
  'TASK_LOST',
  'TASK_DROPPED',
  'TASK_GONE',
  'TASK_GONE_BY_OPERATOR',
]);

/** What comes after this cannot change. TASK_LOST counts: nothing runs, though the agent may prove otherwise later. */
export function isTerminal(state: string): boolean {
  return TERMINAL.has(state);
}
