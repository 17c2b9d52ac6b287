/**
 * The life of a container as a table. REGISTERING: being fetched, started, or started and not yet subscribed; RUNNING: its
 * executor has subscribed, or its command runs; TERMINATING: it was told to end; TERMINATED: nothing of it is left.
 */
export const RUN_PHASES = ['REGISTERING', 'RUNNING', 'TERMINATING', 'TERMINATED'] as const;
export type RunPhase = (typeof RUN_PHASES)[number];

/** `ready`: an executor subscribed or a command was started. `end`: it was asked or forced to end. `gone`: it has ended. */
export const RUN_EVENTS = ['ready', 'end', 'gone'] as const;
export type RunEvent = (typeof RUN_EVENTS)[number];

const TABLE: Readonly<Record<RunPhase, Readonly<Record<RunEvent, RunPhase | null>>>> = {
  REGISTERING: { ready: 'RUNNING', end: 'TERMINATING', gone: 'TERMINATED' },
  RUNNING: { ready: 'RUNNING', end: 'TERMINATING', gone: 'TERMINATED' },
  TERMINATING: { ready: null, end: null, gone: 'TERMINATED' },
  TERMINATED: { ready: null, end: null, gone: null },
};

/** The phase after the event, or null where the event means nothing any more. */
export function nextPhase(phase: RunPhase, event: RunEvent): RunPhase | null {
  return TABLE[phase][event];
}
