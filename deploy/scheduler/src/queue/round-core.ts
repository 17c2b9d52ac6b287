import type { Refusal } from '../placement/port.js';

/** Tasks of one group that are placed before the next group has its turn. */
export const GROUP_SHARE = 10;
/** Tasks placed in one turn of the event loop; the rest goes on in the next. */
export const ROUND_TASKS_MAX = 500;

/** What saying why nothing fits costs, in placements: it looks at every agent. */
export const REFUSAL_ATTEMPTS = 25;

export interface RoundPorts {
  /** Due configs, in the order in which they are tried. */
  readonly due: readonly string[];
  /** PENDING tasks of a config, longest waiting first. */
  readonly tasksOf: (configId: string) => readonly string[];
  /** The best agent for the next task of the config, or null. */
  readonly place: (configId: string) => string | null;
  /** Puts the task there; false when it is not to be placed any more. */
  readonly assign: (taskId: string, agentId: string) => boolean;
  /** Why `place` gave null. */
  readonly explain: (configId: string) => Refusal;
  /** Nothing fits the next of them; `placed` tells whether something did before. */
  readonly refused: (configId: string, refusal: Refusal, placed: boolean) => void;
}

export interface RoundResult {
  readonly placed: number;
  readonly attempts: number;
  readonly refused: readonly Refusal[];
  /** Some groups have not had their whole turn. */
  readonly more: boolean;
}

interface Turn {
  readonly configId: string;
  readonly tasks: readonly string[];
  next: number;
  placed: boolean;
}

/**
 * One round of placement: each due group in turn gets up to `GROUP_SHARE` tasks placed, again and again, until nothing is left, or nothing
 * fits, or the round's bound is reached. An agent may get several tasks in one round.
 */
export function runRound(ports: RoundPorts, max: number = ROUND_TASKS_MAX): RoundResult {
  let turns: Turn[] = ports.due.map((configId) => ({
    configId,
    tasks: ports.tasksOf(configId),
    next: 0,
    placed: false,
  }));
  const refused: Refusal[] = [];
  let placed = 0;
  let attempts = 0;
  let spent = 0;
  while (turns.length > 0 && spent < max) {
    const left: Turn[] = [];
    for (const turn of turns) {
      const share = Math.min(GROUP_SHARE, max - spent);
      const result = placeShare(ports, turn, share);
      placed += result.placed;
      attempts += result.attempts;
      spent += result.attempts + (result.refusal === null ? 0 : REFUSAL_ATTEMPTS - 1);
      if (result.refusal !== null) refused.push(result.refusal);
      else if (turn.next < turn.tasks.length) left.push(turn);
    }
    turns = left;
  }
  return { placed, attempts, refused, more: turns.length > 0 };
}

function placeShare(
  ports: RoundPorts,
  turn: Turn,
  share: number,
): { placed: number; attempts: number; refusal: Refusal | null } {
  let placed = 0;
  let attempts = 0;
  while (attempts < share) {
    const taskId = turn.tasks[turn.next];
    if (taskId === undefined) break;
    attempts += 1;
    const agentId = ports.place(turn.configId);
    if (agentId === null) {
      const refusal = ports.explain(turn.configId);
      ports.refused(turn.configId, refusal, turn.placed);
      return { placed, attempts, refusal };
    }
    turn.next += 1;
    if (!ports.assign(taskId, agentId)) continue;
    placed += 1;
    turn.placed = true;
  }
  return { placed, attempts, refusal: null };
}
