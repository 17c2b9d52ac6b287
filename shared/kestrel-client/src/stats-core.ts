import type { Reply } from './reply-parser-core.js';
import type { QueueStats } from './types.js';

/** Picks one queue out of a `stats` answer: lines `STAT queue_<name>_items 5`, `STAT queue_<name>_age 12`. */
export function queueStatsOf(replies: readonly Reply[], queue: string, server: string): QueueStats {
  let items = 0;
  let ageMs = 0;
  for (const reply of replies) {
    if (reply.kind !== 'stat') continue;
    if (reply.name === `queue_${queue}_items`) items = numberOf(reply.value);
    if (reply.name === `queue_${queue}_age`) ageMs = numberOf(reply.value);
  }
  return { server, items, ageMs: items === 0 ? 0 : ageMs };
}

function numberOf(text: string): number {
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : 0;
}
