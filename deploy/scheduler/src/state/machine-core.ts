import type { Task, TaskState } from '../model/task.js';

/** A task's state, with those before its record exists and after it is gone. */
export type MachineState = TaskState | 'INIT' | 'DELETED';

/**
 * Aurora's table with two more ways, without which a task waits for a time-out, or for ever, though what became of it is known:
 * ASSIGNED to PARTITIONED, and PARTITIONED to KILLED. Everything that is not listed is refused.
 */
export const TRANSITIONS: Readonly<Record<MachineState, readonly MachineState[]>> = {
  INIT: ['PENDING', 'THROTTLED'],
  THROTTLED: ['PENDING', 'KILLING'],
  PENDING: ['ASSIGNED', 'KILLING'],
  ASSIGNED: [
    ...(['STARTING', 'RUNNING', 'FINISHED', 'FAILED', 'RESTARTING', 'DRAINING', 'PREEMPTING'] as const),
    ...(['KILLED', 'KILLING', 'LOST', 'PARTITIONED'] as const),
  ],
  STARTING: [
    ...(['RUNNING', 'FINISHED', 'FAILED', 'RESTARTING', 'DRAINING', 'PREEMPTING'] as const),
    ...(['KILLING', 'KILLED', 'LOST', 'PARTITIONED'] as const),
  ],
  RUNNING: [
    ...(['FINISHED', 'FAILED', 'RESTARTING', 'DRAINING', 'PREEMPTING'] as const),
    ...(['KILLING', 'KILLED', 'LOST', 'PARTITIONED'] as const),
  ],
  RESTARTING: ['FINISHED', 'FAILED', 'KILLING', 'KILLED', 'LOST', 'PARTITIONED'],
  DRAINING: ['FINISHED', 'FAILED', 'KILLING', 'KILLED', 'LOST', 'PARTITIONED'],
  PREEMPTING: ['FINISHED', 'FAILED', 'KILLING', 'KILLED', 'LOST', 'PARTITIONED'],
  PARTITIONED: [
    ...(['LOST', 'FAILED', 'FINISHED', 'KILLED', 'RUNNING', 'ASSIGNED', 'STARTING'] as const),
    ...(['RESTARTING', 'DRAINING', 'PREEMPTING', 'KILLING'] as const),
  ],
  KILLING: ['FINISHED', 'FAILED', 'KILLED', 'LOST', 'DELETED', 'PARTITIONED'],
  FINISHED: ['DELETED'],
  FAILED: ['DELETED'],
  KILLED: ['DELETED'],
  LOST: ['DELETED'],
  DELETED: [],
};

export function isLegal(from: MachineState, to: MachineState): boolean {
  return TRANSITIONS[from].includes(to);
}

/** What follows from a transition, in the order in which it is done. */
export const ACTIONS = ['count-failure', 'save', 'reschedule', 'to-lost', 'kill', 'delete'] as const;
export type Action = (typeof ACTIONS)[number];

/** States in which a kill is under way. */
export const KILL_STATES: ReadonlySet<MachineState> = new Set([
  'KILLING',
  'RESTARTING',
  'DRAINING',
  'PREEMPTING',
]);
/** Those of them after which the instance runs again. */
const REPLACED: ReadonlySet<MachineState> = new Set(['RESTARTING', 'DRAINING', 'PREEMPTING']);
const WAITING: ReadonlySet<MachineState> = new Set(['PENDING', 'THROTTLED']);
const ENDS: ReadonlySet<MachineState> = new Set(['FINISHED', 'FAILED', 'KILLED', 'LOST']);

export interface Facts {
  readonly service: boolean;
  /** -1: any number. */
  readonly maxTaskFailures: number;
  /** Before this transition. */
  readonly failureCount: number;
  /** It was in KILLING at some time: nobody wants it any more. */
  readonly wasKilling: boolean;
}

/** What follows from a legal transition, in the order of ACTIONS. */
export function followUps(from: MachineState, to: MachineState, facts: Facts): readonly Action[] {
  const found = new Set<Action>();
  const deleted = to === 'DELETED' || (to === 'KILLING' && WAITING.has(from));
  found.add(deleted ? 'delete' : 'save');
  if (to === 'FAILED' && !KILL_STATES.has(from)) found.add('count-failure');
  if (ENDS.has(to) && isReplaced(from, to, facts)) found.add('reschedule');
  if (crossesPartition(from, to)) found.add('to-lost');
  // A lost one may run on somewhere: the engine, or our patience, only has nothing more to say of it.
  else if ((KILL_STATES.has(to) && !deleted) || to === 'LOST') found.add('kill');
  return ACTIONS.filter((action) => found.has(action));
}

/** A kill that is under way when the agent goes, or asked for while it is away, does not wait for it. */
function crossesPartition(from: MachineState, to: MachineState): boolean {
  return (from === 'PARTITIONED' && KILL_STATES.has(to)) || (KILL_STATES.has(from) && to === 'PARTITIONED');
}

function isReplaced(from: MachineState, to: MachineState, facts: Facts): boolean {
  if (from === 'KILLING' || facts.wasKilling) return false;
  if (REPLACED.has(from) || to === 'LOST' || to === 'KILLED') return true;
  if (facts.service) return true;
  return to === 'FAILED' && (facts.maxTaskFailures === -1 || facts.failureCount < facts.maxTaskFailures - 1);
}

/** How a task that flaps is punished; ms. */
export interface FlapPolicy {
  /** A run shorter than this counts as flapping. */
  readonly thresholdMs: number;
  /** The first wait; it doubles. */
  readonly penaltyMs: number;
  readonly penaltyMaxMs: number;
}

export const FLAP: FlapPolicy = { thresholdMs: 5 * 60_000, penaltyMs: 30_000, penaltyMaxMs: 5 * 60_000 };

/**
 * Whether an ended task ended by itself and too soon: less than the threshold after it first ran, or after it last was active if it never ran.
 * What somebody asked for (a kill, a restart, ...) and the loss of an agent do not count.
 */
export function flapped(task: Pick<Task, 'events'>, { thresholdMs }: FlapPolicy = FLAP): boolean {
  const active = task.events.slice(0, -1);
  const [end, last] = [task.events.at(-1), active.at(-1)];
  if (end === undefined || last === undefined) return false;
  if (active.some(({ state }) => KILL_STATES.has(state)) || last.state === 'PARTITIONED') return false;
  const ran = active.find(({ state }) => state === 'RUNNING') ?? last;
  return end.at - ran.at < thresholdMs;
}

/** How long the replacement waits after so many runs in a row that ended too soon. */
export function flapPenaltyMs(flaps: number, { penaltyMs, penaltyMaxMs }: FlapPolicy = FLAP): number {
  if (flaps <= 0) return 0;
  return Math.min(penaltyMs * 2 ** Math.min(flaps - 1, 10), penaltyMaxMs);
}
