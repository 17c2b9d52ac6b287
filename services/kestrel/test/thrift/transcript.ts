import type { WireStep } from '@murmur/testkit';
import { count, put } from './bytes.js';

export type Transcript = readonly [name: string, steps: readonly WireStep[]];

/** What the queues of the transcripts need. */
export const CONFIG = {
  maxOpenTransactions: 3,
  queues: [
    { name: 'full', maxItems: 2 },
    { name: 'small', maxItemSize: 4 },
    { name: 'parent', fanoutOnly: true, children: ['a'] },
    { name: 'listed', whiteListClientIdForDequeue: ['reader'], whiteListClientIdForEnqueue: ['writer'] },
  ],
  aliases: [{ name: 'both', destinations: ['one', 'two'] }],
};

/** The type of a fault that a queue or the server's status is the cause of. */
export const INTERNAL = 6;
export const LONG = 60_000;

export const says = (sent: string, heard: string): WireStep[] => [
  ['>', sent],
  ['<', heard],
];
/** Items that are put on q. */
export const stored = (...texts: string[]): WireStep[] => says(put('q', texts), count('put', texts.length));

/** The body of a frame: what comes after its length. */
export function bodyOf(framed: string): string {
  return framed.slice(4);
}
