import type { Waiting } from '../backend.js';
import type { Task, TaskState } from '../model/task.js';
import { refusalText } from './refusal-core.js';

export interface WhyInput {
  /** `role/environment/name/instance`. */
  readonly key: string;
  /** The active run, else the newest one that ended; null when none is known. */
  readonly task: Task | null;
  /** The group that the task waits in. */
  readonly waiting: Waiting | null;
  /** The engine says that the task's agent is gone. */
  readonly agentLost: boolean;
  /** ms since 1970. */
  readonly now: number;
}

/** Why an instance is in its state, in one sentence without a full stop. */
export function whySentence({ key, task, waiting, agentLost, now }: WhyInput): string {
  if (task === null) return `${key} was never created, or it ended so long ago that nothing is known of it`;
  const event = task.events.at(-1);
  const since = event === undefined ? '' : ` for ${span(now - event.at)}`;
  const clause = clauseOf(task, waiting, agentLost, now, since);
  return `${key} ${clause}${messageText(task)}`;
}

/** The part of the sentence that a table of pending tasks shows. */
export function pendingText(waiting: Waiting | null, now: number): string {
  if (waiting?.refusal === null || waiting === null) return 'it waits for its first attempt';
  const { refusal, nextAttemptAt } = waiting;
  const again =
    nextAttemptAt === null || nextAttemptAt <= now ? '' : `; next attempt in ${span(nextAttemptAt - now)}`;
  return refusalText(refusal) + again;
}

function clauseOf(
  task: Task,
  waiting: Waiting | null,
  agentLost: boolean,
  now: number,
  since: string,
): string {
  const on = task.placement === null ? '' : ` on ${task.placement.host}`;
  const clauses: Readonly<Record<TaskState, () => string>> = {
    PENDING: () => `is pending${since}: ${pendingText(waiting, now)}`,
    THROTTLED: () => throttledText(task, now),
    ASSIGNED: () => `was given to an agent${on} and is being launched${since}`,
    STARTING: () => `is starting${on}${since}: it is not healthy yet`,
    RUNNING: () => `is running${on}${since}`,
    RESTARTING: () => `is being restarted${on}${since}`,
    DRAINING: () => `is being moved away from its agent${on}${since}, for maintenance`,
    PREEMPTING: () => `is being ended${on}${since}, to make room for a task that goes before it`,
    PARTITIONED: () => `was last seen running${on}: its agent cannot be reached${since}`,
    KILLING: () => `is being killed${on}${since}${byText(task)}`,
    FINISHED: () => `is not running: it finished${on} ${ago(since)}`,
    FAILED: () => `is not running: it failed${on} ${ago(since)}`,
    KILLED: () => `is not running: it was killed${on} ${ago(since)}${byText(task)}`,
    LOST: () => `is not running: it was lost${on} ${ago(since)}`,
  };
  const clause = clauses[task.state]();
  return agentLost && task.state !== 'PARTITIONED' ? `${clause}; its agent is gone` : clause;
}

function throttledText({ throttledUntil, flaps }: Task, now: number): string {
  const left = throttledUntil === null ? 0 : throttledUntil - now;
  const until =
    left > 0 ? `is held back for another ${span(left)}` : 'is held back, and about to be tried again';
  return `${until}: ${flaps > 1 ? `${flaps} runs in a row` : 'its last run'} ended too soon`;
}

/** What the task's own state says; PENDING's reason is better than its message. */
function messageText({ state, events }: Task): string {
  const message = events.at(-1)?.message ?? null;
  return message === null || message === '' || state === 'PENDING' ? '' : ` (${oneLine(message)})`;
}

/** Longer messages are cut in a sentence; the task's events have them whole. */
const MESSAGE_CHARS_MAX = 300;

function oneLine(message: string): string {
  const line = message.trim().replaceAll(/\s+/g, ' ');
  return line.length > MESSAGE_CHARS_MAX ? `${line.slice(0, MESSAGE_CHARS_MAX)}…` : line;
}

function byText({ events }: Task): string {
  const by = events.at(-1)?.by ?? null;
  return by === null ? '' : ` by ${by}`;
}

function ago(since: string): string {
  return `${since.replace(' for ', '')} ago`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** `3 min`, `2 d 4 h`: the two largest units at most. */
export function span(ms: number): string {
  const first = UNITS.findIndex(([, size]) => ms >= size);
  if (first < 0) return 'less than 1 s';
  let rest = ms;
  return UNITS.slice(first, first + 2)
    .flatMap(([unit, size]) => {
      const count = Math.floor(rest / size);
      rest -= count * size;
      return count === 0 ? [] : [`${count} ${unit}`];
    })
    .join(' ');
}
