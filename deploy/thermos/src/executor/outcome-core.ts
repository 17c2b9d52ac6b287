import type { TaskState as MesosState } from '@murmur/engine';
import type { TaskState } from '../runner/types.js';

/** What set the end going; the first cause counts. */
export const CAUSES = ['runner', 'unhealthy', 'kill', 'shutdown', 'refused'] as const;
export type Cause = (typeof CAUSES)[number];

/** How the runner ended; `NONE`: it was never started, `STUCK`: it did not end in time. */
export const RUNNER_ENDS = ['SUCCESS', 'FAILED', 'KILLED', 'LOST', 'NONE', 'STUCK'] as const;
export type RunnerEnd = (typeof RUNNER_ENDS)[number];

type Final = Extract<MesosState, 'TASK_FINISHED' | 'TASK_FAILED' | 'TASK_KILLED' | 'TASK_LOST'>;

const always = (state: Final): Readonly<Record<RunnerEnd, Final>> => ({
  SUCCESS: state,
  FAILED: state,
  KILLED: state,
  LOST: state,
  NONE: state,
  STUCK: state,
});

/** What is reported at the end, by cause and by how the runner ended. */
export const OUTCOMES: Readonly<Record<Cause, Readonly<Record<RunnerEnd, Final>>>> = {
  // By itself: as it ended. A runner that was killed without our doing was killed on the agent, which is a failure there.
  runner: {
    SUCCESS: 'TASK_FINISHED',
    FAILED: 'TASK_FAILED',
    KILLED: 'TASK_FAILED',
    LOST: 'TASK_LOST',
    NONE: 'TASK_LOST',
    STUCK: 'TASK_FAILED',
  },
  unhealthy: always('TASK_FAILED'),
  kill: always('TASK_KILLED'),
  shutdown: always('TASK_KILLED'),
  refused: always('TASK_FAILED'),
};

export function runnerEndOf(state: TaskState | null): RunnerEnd {
  if (state === null) return 'NONE';
  return state === 'ACTIVE' || state === 'CLEANING' || state === 'FINALIZING' ? 'STUCK' : state;
}

/** The text of the last update: why, and how it went. Cut to what a table of tasks can hold. */
export function endMessage(cause: Cause, why: string, end: RunnerEnd, runnerReason: string | null): string {
  const ended: Readonly<Record<RunnerEnd, string>> = {
    SUCCESS: 'All processes had finished.',
    FAILED: `The task had failed: ${runnerReason ?? 'no reason given'}`,
    KILLED: '',
    LOST: `Its processes were lost: ${runnerReason ?? 'no reason given'}`,
    NONE: '',
    STUCK: 'Its processes did not end in time; the agent ends them with the container.',
  };
  const text =
    cause === 'runner'
      ? (runnerReason ?? RUNNER_TEXT[end])
      : [why, ended[end]].filter((part) => part !== '').join(' ');
  return text.length <= MESSAGE_CHARS_MAX ? text : `${text.slice(0, MESSAGE_CHARS_MAX - 1)}\u2026`;
}

/** Status updates are kept by agent, master and scheduler: their texts stay short. */
export const MESSAGE_CHARS_MAX = 1_000;

const RUNNER_TEXT: Readonly<Record<RunnerEnd, string>> = {
  SUCCESS: 'All processes finished.',
  FAILED: 'The task failed.',
  KILLED: 'The task was killed on the agent.',
  LOST: 'The processes of the task were lost.',
  NONE: 'The task was never started.',
  STUCK: 'The processes of the task did not end in time.',
};
