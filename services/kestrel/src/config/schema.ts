import { z } from 'zod';
import { ConfigError, duration, size, wholeNumber } from './units.js';

/** What one queue may do and where it keeps its items. Names and meaning are Kestrel's; times in ms, sizes in bytes. */
export interface QueueConfig {
  readonly maxItems: number;
  /** Full when this many bytes are held *before* the add: the last item may overshoot. */
  readonly maxSize: number;
  readonly maxItemSize: number;
  /** Upper bound of an item's life; null: none. */
  readonly maxAge: number | null;
  readonly defaultJournalSize: number;
  readonly maxMemorySize: number;
  readonly maxJournalSize: number;
  readonly minJournalCompactDelay: number;
  readonly discardOldWhenFull: boolean;
  /** False: memory only. */
  readonly keepJournal: boolean;
  /** Null: never fsync. 0: before every reply (one fsync for all replies of a turn). n: every n ms, after the replies. */
  readonly syncJournal: number | null;
  readonly expireToQueue: string | null;
  readonly maxExpireSweep: number;
  /** The queue hands everything to its children and keeps nothing. */
  readonly fanoutOnly: boolean;
  /** A queue that has been empty and unused for longer than this is deleted; null: never. */
  readonly maxQueueAge: number | null;
  /** A log line for each operation on the queue. */
  readonly enableTrace: boolean;
  /** Rewrites of an empty queue's journal wait for `minJournalCompactDelay` while open reads keep it large. */
  readonly disableAggressiveRewrites: boolean;
  /** An open read goes back to the queue after this, ms; null: never. */
  readonly openTransactionTimeout: number | null;
  /** Finagle client ids that may read (`…ForDequeue`) or set; null: everybody. Only thrift clients have one. */
  readonly whiteListClientIdForDequeue: readonly string[] | null;
  readonly whiteListClientIdForEnqueue: readonly string[] | null;
}

/** The longest item any queue takes, whatever `maxItemSize` says. */
export const ITEM_BYTES_MAX = 64 * 1024 * 1024;

export const QUEUE_DEFAULTS: QueueConfig = {
  maxItems: 2 ** 31 - 1,
  maxSize: Number.MAX_SAFE_INTEGER,
  maxItemSize: ITEM_BYTES_MAX,
  maxAge: null,
  defaultJournalSize: 16 * 1024 * 1024,
  maxMemorySize: 128 * 1024 * 1024,
  maxJournalSize: 1024 * 1024 * 1024,
  minJournalCompactDelay: 60_000,
  discardOldWhenFull: false,
  keepJournal: true,
  syncJournal: null,
  expireToQueue: null,
  maxExpireSweep: 2 ** 31 - 1,
  fanoutOnly: false,
  maxQueueAge: null,
  enableTrace: false,
  disableAggressiveRewrites: false,
  openTransactionTimeout: null,
  whiteListClientIdForDequeue: null,
  whiteListClientIdForEnqueue: null,
};

const INT_MAX = 2 ** 31 - 1;
const NAME = /^[^./~\s+\0]{1,200}(\+[^./~\s\0]{1,100})?$/;
const CHILD = /^[^./~\s\0]{1,100}$/;

const CLIENT_IDS_MAX = 1000;
const clientIds = z.array(z.string().min(1, 'a client id')).max(CLIENT_IDS_MAX);

const queueFields = {
  maxItems: wholeNumber(0, INT_MAX),
  maxSize: size(0),
  maxItemSize: size(0, ITEM_BYTES_MAX),
  maxAge: duration().nullable(),
  defaultJournalSize: size(0),
  maxMemorySize: size(0),
  maxJournalSize: size(0),
  minJournalCompactDelay: duration(),
  discardOldWhenFull: z.boolean(),
  keepJournal: z.boolean(),
  syncJournal: z
    .literal('never')
    .transform(() => null)
    .or(duration())
    .nullable(),
  expireToQueue: z.string().regex(NAME, 'a queue name without . / ~ and spaces').nullable(),
  maxExpireSweep: wholeNumber(1, INT_MAX),
  fanoutOnly: z.boolean(),
  maxQueueAge: duration().nullable(),
  enableTrace: z.boolean(),
  disableAggressiveRewrites: z.boolean(),
  openTransactionTimeout: duration().nullable(),
  whiteListClientIdForDequeue: clientIds.nullable(),
  whiteListClientIdForEnqueue: clientIds.nullable(),
};
const partialQueue = z.strictObject(queueFields).partial();
const namedQueue = partialQueue.extend({
  name: z.string().regex(NAME, 'a queue name without . / ~ and spaces; * stands for any text'),
  children: z.array(z.string().regex(CHILD, 'a child name without . / ~ and spaces')).max(64).optional(),
});
const configFile = z.strictObject({
  maxOpenTransactions: wholeNumber(1, 1_000_000).default(100),
  expirationTimerFrequency: duration().nullable().default(1000),
  clientTimeout: duration().nullable().default(null),
  maxConnections: wholeNumber(1, 1_000_000).default(20_000),
  default: partialQueue.default({}),
  queues: z.array(namedQueue).max(100_000).default([]),
});

export type PartialQueueConfig = z.output<typeof partialQueue>;
export type NamedQueueConfig = z.output<typeof namedQueue>;
/** The config file, checked, with the server's own fields filled in. */
export type ServerConfig = z.output<typeof configFile>;

/** Checks what was read from a config file. Throws a ConfigError that names each wrong field, its value and what is allowed. */
export function parseConfig(raw: unknown): ServerConfig {
  const parsed = configFile.safeParse(raw ?? {});
  if (!parsed.success) throw new ConfigError(parsed.error.issues, raw);
  const seen = new Set<string>();
  for (const [index, { name, children }] of parsed.data.queues.entries()) {
    if (seen.has(name))
      throw new ConfigError(
        [{ path: ['queues', index, 'name'], message: 'a name that is not used twice' }],
        raw,
      );
    if (children !== undefined && name.includes('+'))
      throw new ConfigError(
        [{ path: ['queues', index, 'children'], message: 'no children below a child' }],
        raw,
      );
    seen.add(name);
  }
  return parsed.data;
}
