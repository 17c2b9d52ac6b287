import type { EngineTaskState, Reason, TaskUpdate } from '@murmur/engine';
import { TERMINAL } from '../model/task.js';
import type { Placement, Task, TaskState } from '../model/task.js';
import { isLegal, KILL_STATES } from './machine-core.js';
import type { Turn } from './turn-core.js';

/** What an engine's state means for a task, as Aurora reads it, but for `staging`, `killing` and `unknown`. null: nothing new. */
const MEANING: Readonly<Record<EngineTaskState, TaskState | null>> = {
  /** It is ASSIGNED already. */
  staging: 'ASSIGNED',
  starting: 'STARTING',
  running: 'RUNNING',
  /** On its way out; its end has an update of its own. */
  killing: null,
  finished: 'FINISHED',
  failed: 'FAILED',
  killed: 'KILLED',
  error: 'LOST',
  lost: 'LOST',
  dropped: 'LOST',
  gone: 'LOST',
  unknown: 'LOST',
  unreachable: 'PARTITIONED',
};
/** States in which it holds resources on its agent. */
const ALIVE: ReadonlySet<EngineTaskState> = new Set(['staging', 'starting', 'running']);
/** How far a start has come: an update that says less is late. */
const PROGRESS: readonly TaskState[] = ['ASSIGNED', 'STARTING', 'RUNNING'];

const REASONS: Readonly<Partial<Record<Reason, string>>> = {
  'memory-limit': 'It used more memory than it asked for and was ended',
  'disk-limit': 'It used more disk than it asked for and was ended',
  'launch-failed': 'It could not be started',
  invalid: 'The engine refused it as invalid',
  'offer-gone': 'Its offer was gone before it could be started',
  'agent-removed': 'Its agent was removed',
  'agent-draining': 'Its agent is being drained',
  'executor-ended': 'Its executor ended',
};
/** A message of an engine is cut off beyond this. */
export const MESSAGE_MAX = 1000;

export function onUpdate(turn: Turn, update: TaskUpdate): void {
  const task = turn.tx.task(update.taskId);
  if (ALIVE.has(update.state)) agentAnswers(turn, update.agentId);
  // One without a placement was never launched by this state: what runs under its id is nobody's.
  if (task === undefined || task.placement === null || TERMINAL.has(task.state)) {
    if (ALIVE.has(update.state)) killStray(turn, update, task);
    return;
  }
  if (ALIVE.has(update.state)) turn.memory.heard.add(task.id);
  const to = MEANING[update.state];
  if (to === null || to === task.state || isLate(task.state, to)) return;
  if (ALIVE.has(update.state) && !isLegal(task.state, to)) {
    // The engine has not heard, or not yet obeyed, that it is to end.
    killStray(turn, update, task);
    return;
  }
  if (!turn.move(task.id, to, { message: messageOf(update) })) return;
  if (to === 'PARTITIONED') applyPolicy(turn, task.id);
}

/** PARTITIONED goes to LOST at once when its config allows no delay. */
export function applyPolicy(turn: Turn, taskId: string): void {
  const task = turn.tx.task(taskId);
  if (task?.state !== 'PARTITIONED') return;
  const { reschedule, delayMs } = turn.config(task).partition;
  if (reschedule && delayMs === 0) turn.move(taskId, 'LOST', { message: 'Its agent cannot be reached' });
}

/** PENDING to ASSIGNED. */
export function assign(turn: Turn, taskId: string, placement: Placement): boolean {
  const task = turn.tx.task(taskId);
  if (task?.state !== 'PENDING') return false;
  turn.tx.put('tasks', taskId, { ...task, placement });
  return turn.move(taskId, 'ASSIGNED', { message: null });
}

/** The engine did not take a launch: it never ran, so there is nothing to kill. */
export function launchFailed(turn: Turn, taskId: string, reason: string): void {
  const task = turn.tx.task(taskId);
  if (task === undefined || (task.state !== 'ASSIGNED' && !KILL_STATES.has(task.state))) return;
  const to = task.state === 'KILLING' ? 'KILLED' : 'LOST';
  turn.move(taskId, to, { message: cut(`It was not started: ${reason}`) });
  turn.effects.length = 0;
}

/** A task that nobody wants, or knows of, runs: it is killed each time the engine says so. */
function killStray(turn: Turn, update: TaskUpdate, task: Task | undefined): void {
  const agentId = update.agentId ?? task?.placement?.agentId ?? null;
  const graceMs = task === undefined ? null : turn.config(task).killGraceMs;
  turn.effects.push({ kind: 'kill', taskId: update.taskId, agentId, graceMs });
}

/** An agent whose tasks report is not lost, though it may have nothing left to offer. */
function agentAnswers(turn: Turn, agentId: string | null): void {
  const agent = agentId === null ? undefined : turn.tx.agent(agentId);
  if (agent !== undefined) turn.memory.seen.add(agent.id);
  if (agent === undefined || agent.lostAt === null) return;
  turn.tx.put('agents', agent.id, { ...agent, lostAt: null });
}

function isLate(from: TaskState, to: TaskState): boolean {
  const [had, has] = [PROGRESS.indexOf(from), PROGRESS.indexOf(to)];
  return had >= 0 && has >= 0 && has < had;
}

function messageOf({ reason, message }: TaskUpdate): string | null {
  const words = reason === null ? undefined : REASONS[reason];
  const parts = [words, message === '' ? undefined : message].filter((part) => part !== undefined);
  return parts.length === 0 ? null : cut(parts.join(': '));
}

function cut(text: string): string {
  return text.length <= MESSAGE_MAX ? text : `${text.slice(0, MESSAGE_MAX - 1)}…`;
}
