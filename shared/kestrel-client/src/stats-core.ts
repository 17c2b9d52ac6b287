import type { Reply } from './reply-parser-core.js';
import type { QueueStats } from './types.js';

export interface QueueStatsReader {
  /** Any reply of a `stats` answer; lines of other queues and lines it does not know are passed over. */
  push(reply: Reply): void;
  stats(): QueueStats;
}

/** Picks one queue out of a `stats` answer: lines `STAT queue_<name>_items 5`, `STAT queue_<name>_age 12`. */
export function queueStatsReader(queue: string, server: string): QueueStatsReader {
  let items = 0;
  let ageMs = 0;
  return {
    push: (reply) => {
      if (reply.kind !== 'stat') return;
      if (reply.name === `queue_${queue}_items`) items = numberOf(reply.value);
      if (reply.name === `queue_${queue}_age`) ageMs = numberOf(reply.value);
    },
    stats: () => ({ server, items, ageMs: items === 0 ? 0 : ageMs }),
  };
}

function numberOf(text: string): number {
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : 0;
}
