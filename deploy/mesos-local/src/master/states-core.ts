import { isTerminal } from '../task-state-core.js';

/**
 * How a task's state, an agent and a framework go on: three tables, each entry of which a test visits.
 */
export type TaskPhase = 'LIVE' | 'UNREACHABLE' | 'TERMINAL';

export function phaseOf(state: string): TaskPhase {
  if (isTerminal(state)) return 'TERMINAL';
  return state === 'TASK_UNREACHABLE' || state === 'TASK_UNKNOWN' ? 'UNREACHABLE' : 'LIVE';
}

export interface TaskStep {
  /** Whether the new state is taken over; what is over stays over. */
  readonly taken: boolean;
  /** What happens to the task's resources: nothing, given back, or claimed again. */
  readonly resources: 'keep' | 'release' | 'claim';
}

const keep: TaskStep = { taken: true, resources: 'keep' };
const release: TaskStep = { taken: true, resources: 'release' };
const claim: TaskStep = { taken: true, resources: 'claim' };
const over: TaskStep = { taken: false, resources: 'keep' };

/** By the phase of the state that is, then by that of the state reported. */
export const TASK_STEPS: Readonly<Record<TaskPhase, Readonly<Record<TaskPhase, TaskStep>>>> = {
  LIVE: { LIVE: keep, UNREACHABLE: release, TERMINAL: release },
  UNREACHABLE: { LIVE: claim, UNREACHABLE: keep, TERMINAL: keep },
  TERMINAL: { LIVE: over, UNREACHABLE: over, TERMINAL: over },
};

export type FrameworkPhase = 'UNKNOWN' | 'RECOVERED' | 'CONNECTED' | 'DISCONNECTED' | 'REMOVED';
export type FrameworkInput =
  'SUBSCRIBE' | 'HEARD_FROM_AGENT' | 'STREAM_ENDED' | 'FAILOVER_TIMEOUT' | 'TEARDOWN';

/** null = nothing happens. A removed framework may not subscribe: it is told so and stays removed. */
export const FRAMEWORK_STEPS: Readonly<
  Record<FrameworkPhase, Readonly<Record<FrameworkInput, FrameworkPhase | null>>>
> = {
  UNKNOWN: {
    SUBSCRIBE: 'CONNECTED',
    HEARD_FROM_AGENT: 'RECOVERED',
    STREAM_ENDED: null,
    FAILOVER_TIMEOUT: null,
    TEARDOWN: null,
  },
  RECOVERED: {
    SUBSCRIBE: 'CONNECTED',
    HEARD_FROM_AGENT: null,
    STREAM_ENDED: null,
    FAILOVER_TIMEOUT: 'REMOVED',
    TEARDOWN: 'REMOVED',
  },
  CONNECTED: {
    SUBSCRIBE: 'CONNECTED',
    HEARD_FROM_AGENT: null,
    STREAM_ENDED: 'DISCONNECTED',
    FAILOVER_TIMEOUT: null,
    TEARDOWN: 'REMOVED',
  },
  DISCONNECTED: {
    SUBSCRIBE: 'CONNECTED',
    HEARD_FROM_AGENT: null,
    STREAM_ENDED: null,
    FAILOVER_TIMEOUT: 'REMOVED',
    TEARDOWN: 'REMOVED',
  },
  REMOVED: {
    SUBSCRIBE: null,
    HEARD_FROM_AGENT: null,
    STREAM_ENDED: null,
    FAILOVER_TIMEOUT: null,
    TEARDOWN: null,
  },
};

export type AgentPhase = 'UNKNOWN' | 'RECOVERED' | 'CONNECTED' | 'DISCONNECTED' | 'UNREACHABLE' | 'GONE';
export type AgentInput = 'HELLO' | 'STREAM_ENDED' | 'SILENT_TOO_LONG' | 'MARK_GONE' | 'REMOVED';

/** null = nothing happens. REMOVED: it said good-bye, or its machine goes down. A gone agent is told to shut down. */
export const AGENT_STEPS: Readonly<Record<AgentPhase, Readonly<Record<AgentInput, AgentPhase | null>>>> = {
  UNKNOWN: {
    HELLO: 'CONNECTED',
    STREAM_ENDED: null,
    SILENT_TOO_LONG: null,
    MARK_GONE: null,
    REMOVED: null,
  },
  RECOVERED: {
    HELLO: 'CONNECTED',
    STREAM_ENDED: null,
    SILENT_TOO_LONG: 'UNREACHABLE',
    MARK_GONE: 'GONE',
    REMOVED: 'UNKNOWN',
  },
  CONNECTED: {
    HELLO: 'CONNECTED',
    STREAM_ENDED: 'DISCONNECTED',
    SILENT_TOO_LONG: 'UNREACHABLE',
    MARK_GONE: 'GONE',
    REMOVED: 'UNKNOWN',
  },
  DISCONNECTED: {
    HELLO: 'CONNECTED',
    STREAM_ENDED: null,
    SILENT_TOO_LONG: 'UNREACHABLE',
    MARK_GONE: 'GONE',
    REMOVED: 'UNKNOWN',
  },
  UNREACHABLE: {
    HELLO: 'CONNECTED',
    STREAM_ENDED: null,
    SILENT_TOO_LONG: null,
    MARK_GONE: 'GONE',
    REMOVED: null,
  },
  GONE: {
    HELLO: null,
    STREAM_ENDED: null,
    SILENT_TOO_LONG: null,
    MARK_GONE: null,
    REMOVED: null,
  },
};
