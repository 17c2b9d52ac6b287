/** The one task of an executor, from LAUNCH to the end: which event leads where, and what is done then. */

export const PHASES = ['idle', 'preparing', 'warming', 'running', 'stopping', 'ended'] as const;
export type Phase = (typeof PHASES)[number];

export const PHASE_EVENTS = [
  /** The agent gave a task. */
  'launch',
  /** A task that an earlier process of this executor had. */
  'resume',
  /** The same, after its end was reported. */
  'resumeEnded',
  /** The runner runs. */
  'prepared',
  /** The same, of a task that was healthy before the executor began anew. */
  'preparedHealthy',
  /** Config, sandbox or runner cannot be had. */
  'refused',
  'healthy',
  'unhealthy',
  /** The runner came to an end by itself. */
  'runnerEnded',
  'kill',
  /** The agent's SHUTDOWN, the loss of the agent, or a signal. */
  'shutdown',
  /** Nothing of the task is left. */
  'stopped',
] as const;
export type PhaseEvent = (typeof PHASE_EVENTS)[number];

export const PHASE_EFFECTS = [
  /** A second task: tell its sender that it will not run. */
  'drop',
  'reportStarting',
  'reportKilling',
  'reportRunning',
  'prepare',
  'check',
  'announce',
  'stop',
  /** Less time for a stop that is under way. */
  'hasten',
  'reportEnd',
  /** Exit once all is acknowledged. */
  'leave',
] as const;
/** In the order in which the effects of one event are performed. */
export type PhaseEffect = (typeof PHASE_EFFECTS)[number];

export interface PhaseMove {
  readonly to: Phase;
  readonly effects: readonly PhaseEffect[];
}

const stop: PhaseMove = { to: 'stopping', effects: ['stop'] };
const kill: PhaseMove = { to: 'stopping', effects: ['reportKilling', 'stop'] };
const leave: PhaseMove = { to: 'ended', effects: ['leave'] };
const drop = (to: Phase): PhaseMove => ({ to, effects: ['drop'] });

const TABLE: Readonly<Record<Phase, Partial<Record<PhaseEvent, PhaseMove>>>> = {
  idle: {
    launch: { to: 'preparing', effects: ['reportStarting', 'prepare'] },
    resume: { to: 'preparing', effects: ['prepare'] },
    resumeEnded: leave,
    shutdown: leave,
  },
  preparing: {
    launch: drop('preparing'),
    prepared: { to: 'warming', effects: ['check'] },
    preparedHealthy: { to: 'running', effects: ['check', 'announce'] },
    refused: { to: 'ended', effects: ['reportEnd', 'leave'] },
    kill,
    shutdown: stop,
  },
  warming: {
    launch: drop('warming'),
    healthy: { to: 'running', effects: ['reportRunning', 'announce'] },
    unhealthy: stop,
    runnerEnded: stop,
    kill,
    shutdown: stop,
  },
  running: { launch: drop('running'), unhealthy: stop, runnerEnded: stop, kill, shutdown: stop },
  stopping: {
    launch: drop('stopping'),
    kill: { to: 'stopping', effects: ['hasten'] },
    shutdown: { to: 'stopping', effects: ['hasten'] },
    stopped: { to: 'ended', effects: ['reportEnd', 'leave'] },
  },
  ended: { launch: drop('ended'), shutdown: leave },
};

/** Null where the event means nothing (any more). */
export function nextPhase(phase: Phase, event: PhaseEvent): PhaseMove | null {
  return TABLE[phase][event] ?? null;
}
