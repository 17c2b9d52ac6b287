import type {
  Command,
  CommandContext,
  DecisionContext,
  Decisions,
  Effect,
  Outcome,
  StateView,
  Tx,
} from './port.js';
import { AGENT_LOST_TASKS_MS, AGENT_UNSEEN_MS, agentLost, agentSeen } from './agents-core.js';
import type { Overhead } from './agents-core.js';
import { nextAuditId } from './audit-core.js';
import type { CommandOptions, CommandTurn, Result } from './commands-core.js';
import { jobKeyOf } from './config-core.js';
import { add, create } from './create-core.js';
import { dueAt, HEARING_MS } from './due-core.js';
import type { FlapPolicy } from './machine-core.js';
import { kill, restart, scale } from './instances-core.js';
import { tick } from './tick-core.js';
import { createMemory, Turn } from './turn-core.js';
import type { Memory } from './turn-core.js';
import { assign, launchFailed, onUpdate } from './updates-core.js';

export interface DecisionOptions extends CommandOptions {
  /** What each task's executor takes beside it, for the capacity of agents. */
  readonly overhead?: Overhead;
  /** Default: `FLAP`. */
  readonly flap?: FlapPolicy;
}

const NO_OVERHEAD: Overhead = { cpus: 0, memMb: 0, diskMb: 0 };

/** The decisions. `reset` with the recovered state comes first. */
export function decisionsWith(options: DecisionOptions): Decisions {
  const memory = createMemory(options.flap);
  const overhead = options.overhead ?? NO_OVERHEAD;
  const turned = (tx: Tx, context: DecisionContext, act: (turn: Turn) => void): readonly Effect[] => {
    const turn = new Turn(tx, context, memory);
    act(turn);
    return turn.effects;
  };
  return {
    execute: (tx, command, context) => execute(new Turn(tx, context, memory), command, context, options),
    assign: (tx, taskId, placement, context) => assign(new Turn(tx, context, memory), taskId, placement),
    launchFailed: (tx, taskId, reason, context) =>
      turned(tx, context, (turn) => launchFailed(turn, taskId, reason)),
    update: (tx, update, context) => turned(tx, context, (turn) => onUpdate(turn, update)),
    agentLost: (tx, agentId, context) => turned(tx, context, (turn) => agentLost(turn, agentId)),
    agentSeen: (tx, agent, context) => agentSeen(new Turn(tx, context, memory), agent, overhead),
    tick: (tx, context) => turned(tx, context, tick),
    reset: (state) => reset(memory, state),
    connected: (now) => connected(memory, now),
    illegalTransitions: () => memory.illegalTransitions,
  };
}

function execute(turn: Turn, command: Command, context: CommandContext, options: CommandOptions): Outcome {
  const { actor, neverFits } = context;
  const result = carriedOut({ turn, actor, options, neverFits }, command);
  const [newest] = turn.tx.audit(1);
  const id = nextAuditId(newest?.id);
  turn.tx.put('audit', id, {
    id,
    at: turn.now,
    who: actor.name,
    action: `job.${command.kind}`,
    target: command.kind === 'create' ? jobKeyOf(command.job) : command.job,
    reason: actor.reason,
    outcome: result.ok ? result.text : `refused (${result.code}): ${result.message}`,
  });
  return result.ok ? { ...result, effects: turn.effects } : result;
}

function carriedOut(turn: CommandTurn, command: Command): Result {
  switch (command.kind) {
    case 'create':
      return create(turn, command);
    case 'kill':
      return kill(turn, command);
    case 'add':
      return add(turn, command);
    case 'restart':
      return restart(turn, command);
    case 'scale':
      return scale(turn, command);
  }
}

function connected(memory: Memory, now: number): void {
  memory.heard.clear();
  memory.seen.clear();
  memory.unseenAt = now + AGENT_UNSEEN_MS;
  memory.restUntil = now + HEARING_MS;
}

/** Everything that is due, as the records say. Kills that are under way are sent again at the first tick. */
function reset({ due, kills, heard, restUntil }: Memory, state: StateView): void {
  due.clear();
  kills.clear();
  heard.clear();
  for (const task of state.tasks()) {
    const config = state.config(task.configId);
    const at = config === undefined ? null : dueAt(task, config, kills, restUntil);
    if (at !== null) due.push({ at, kind: 'task', id: task.id });
  }
  for (const { id, lostAt } of state.agents()) {
    if (lostAt !== null) due.push({ at: lostAt + AGENT_LOST_TASKS_MS, kind: 'agent', id });
  }
}
