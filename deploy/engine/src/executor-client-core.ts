/** What an executor's client does next: whether it is subscribed, and what the agent has not acknowledged yet. */
import type { TaskStatus } from './wire/messages/status.js';
import type { TaskInfo } from './wire/messages/task.js';

export const CLIENT_STATES = ['idle', 'subscribing', 'subscribed', 'waiting', 'dead', 'closed'] as const;
export type ClientState = (typeof CLIENT_STATES)[number];

export const CLIENT_EVENTS = [
  /** The user wants it to begin. */
  'start',
  /** The agent's SUBSCRIBED came. */
  'subscribed',
  /** The stream ended, broke, was refused, or its SUBSCRIBED came too late. */
  'lost',
  /** The back-off is over. */
  'retry',
  /** Not subscribed for as long as the agent may be away. */
  'expired',
  'close',
] as const;
export type ClientEvent = (typeof CLIENT_EVENTS)[number];

export const CLIENT_EFFECTS = [
  'cancelRetry',
  'cancelExpiry',
  'abort',
  'armExpiry',
  'armRetry',
  'subscribe',
  'flush',
  'die',
] as const;
/** In the order in which the effects of one step are performed. */
export type ClientEffect = (typeof CLIENT_EFFECTS)[number];

interface Move {
  readonly to: ClientState;
  readonly effects: readonly ClientEffect[];
}

/** Facts on which a loss depends. */
export interface LossFacts {
  /** The executor outlives its agent (MESOS_CHECKPOINT). */
  readonly checkpoint: boolean;
  /** It has been subscribed before. */
  readonly known: boolean;
  /** The time to expiry is running already. */
  readonly expiring: boolean;
}

const TABLE: Readonly<Record<ClientState, Partial<Record<Exclude<ClientEvent, 'lost'>, Move>>>> = {
  idle: {
    start: { to: 'subscribing', effects: ['armExpiry', 'subscribe'] },
    close: { to: 'closed', effects: [] },
  },
  subscribing: {
    subscribed: { to: 'subscribed', effects: ['cancelExpiry', 'flush'] },
    expired: { to: 'dead', effects: ['abort', 'die'] },
    close: { to: 'closed', effects: ['cancelExpiry', 'abort'] },
  },
  subscribed: { close: { to: 'closed', effects: ['abort'] } },
  waiting: {
    retry: { to: 'subscribing', effects: ['subscribe'] },
    expired: { to: 'dead', effects: ['cancelRetry', 'die'] },
    close: { to: 'closed', effects: ['cancelRetry', 'cancelExpiry'] },
  },
  dead: { close: { to: 'closed', effects: [] } },
  closed: {},
};

/**
 * The next state and what is to be done; null where the event means nothing (any more). An executor without checkpoints dies
 * with its agent; one with them, and one that was never subscribed, tries again until its time is up.
 */
export function nextClient(state: ClientState, event: ClientEvent, facts: LossFacts): Move | null {
  if (event !== 'lost') return TABLE[state][event] ?? null;
  if (state !== 'subscribing' && state !== 'subscribed') return null;
  if (facts.known && !facts.checkpoint) {
    return { to: 'dead', effects: facts.expiring ? ['cancelExpiry', 'abort', 'die'] : ['abort', 'die'] };
  }
  return {
    to: 'waiting',
    effects: facts.expiring ? ['abort', 'armRetry'] : ['abort', 'armExpiry', 'armRetry'],
  };
}

/** Tasks and updates of which the agent has not said that it has them; sent along with SUBSCRIBE. */
export interface Ledger {
  readonly tasks: readonly TaskInfo[];
  /** In the order in which they were made; each has a uuid. */
  readonly updates: readonly TaskStatus[];
}

export const EMPTY_LEDGER: Ledger = { tasks: [], updates: [] };

export function withTask(ledger: Ledger, task: TaskInfo): Ledger {
  const others = ledger.tasks.filter(({ task_id }) => task_id.value !== task.task_id.value);
  return { ...ledger, tasks: [...others, task] };
}

export function withUpdate(ledger: Ledger, status: TaskStatus): Ledger {
  return { ...ledger, updates: [...ledger.updates, status] };
}

/** Any acknowledgement of a task tells that the agent knows the task. */
export function acknowledge(ledger: Ledger, taskId: string, uuid: string): Ledger {
  return {
    tasks: ledger.tasks.filter(({ task_id }) => task_id.value !== taskId),
    updates: ledger.updates.filter((update) => update.uuid !== uuid || update.task_id.value !== taskId),
  };
}

export function withoutUpdate(ledger: Ledger, uuid: string): Ledger {
  return { ...ledger, updates: ledger.updates.filter((update) => update.uuid !== uuid) };
}

/** What is to become of an update by the status code of its answer. */
export function verdictOnUpdate(status: number): 'sent' | 'again' | 'resubscribe' | 'refused' {
  if (status >= 200 && status < 300) return 'sent';
  // The agent has no subscription of ours: it restarted, and the stream has not broken yet.
  if (status === 403) return 'resubscribe';
  return status >= 500 || status === 404 || status === 429 ? 'again' : 'refused';
}
