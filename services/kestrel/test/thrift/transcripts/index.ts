import type { Transcript } from '../transcript.js';
import { ITEMS } from './items.js';
import { MESSAGES } from './messages.js';
import { QUEUES } from './queues.js';

/** Each is played on a server of its own: ids are counted from 1. */
export const TRANSCRIPTS: readonly Transcript[] = [...ITEMS, ...QUEUES, ...MESSAGES];
