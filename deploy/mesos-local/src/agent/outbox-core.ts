import { AGENT_BATCH_MAX, type AgentMessage } from '../protocol.js';

/**
 * Messages on their way to the master, in order. Bounded: what finds it full is refused, which loses nothing but what is best
 * effort anyway (updates are sent again by their streams).
 */
export const OUTBOX_MAX = 20_000;

export interface Outbox {
  readonly waiting: AgentMessage[];
  /** Since the start, refused. */
  refused: number;
}

export function newOutbox(): Outbox {
  return { waiting: [], refused: 0 };
}

export function put(outbox: Outbox, message: AgentMessage): boolean {
  if (outbox.waiting.length >= OUTBOX_MAX) {
    outbox.refused += 1;
    return false;
  }
  outbox.waiting.push(message);
  return true;
}

/** The next batch; it is out of the box by that. */
export function takeBatch(outbox: Outbox): readonly AgentMessage[] {
  return outbox.waiting.splice(0, AGENT_BATCH_MAX);
}

const BACKOFF_BASE_MS = 1_000;
const BACKOFF_MAX_MS = 60_000;

/** How long to wait before the next attempt to subscribe: random in [0, 1 s * 2^failures], at most a minute. */
export function registrationBackoffMs(failures: number, random: number): number {
  return random * Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** Math.min(failures, 16));
}
