import { z } from 'zod';
import { parseStatus, SETTABLE_STATUSES } from '../queue/status-core.js';
import { contradictionsOf, flatten, type AliasConfig } from './contradictions-core.js';
import { A_DURATION, ConfigError, duration, durationOrNull, fieldsOf, size, wholeNumber } from './units.js';

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

const QUEUE_ENTRIES_MAX = 100_000;
const ENTRIES = `at most ${QUEUE_ENTRIES_MAX} entries`;
const CHILDREN_MAX = 64;
const DESTINATIONS_MAX = 64;
const CONNECTIONS_MAX = 1_000_000;

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
const CHILD = /^[^./~\s\0*]{1,100}$/;
const ALIAS = /^[^./~\s+\0*]{1,200}$/;
const A_QUEUE = 'the name of a queue: no . / ~ * and no spaces';

const CLIENT_IDS_MAX = 1000;
const clientIds = z
  .array(z.string().min(1, 'a client id'), 'a list of client ids, or null')
  .max(CLIENT_IDS_MAX, `at most ${CLIENT_IDS_MAX} client ids`);
const flag = z.boolean('true or false');
const oneQueue = z
  .string(A_QUEUE)
  .regex(NAME, A_QUEUE)
  .refine((name) => !name.includes('*'), A_QUEUE);

const queueFields = {
  maxItems: wholeNumber(0, INT_MAX),
  maxSize: size(0),
  maxItemSize: size(0, ITEM_BYTES_MAX),
  maxAge: durationOrNull(),
  defaultJournalSize: size(0),
  maxMemorySize: size(0),
  maxJournalSize: size(0),
  minJournalCompactDelay: duration(),
  discardOldWhenFull: flag,
  keepJournal: flag,
  syncJournal: z
    .union([z.literal('never').transform(() => null), duration()], `never, ${A_DURATION}`)
    .nullable(),
  expireToQueue: oneQueue.nullable(),
  maxExpireSweep: wholeNumber(1, INT_MAX),
  fanoutOnly: flag,
  maxQueueAge: durationOrNull(),
  enableTrace: flag,
  disableAggressiveRewrites: flag,
  openTransactionTimeout: durationOrNull(),
  whiteListClientIdForDequeue: clientIds.nullable(),
  whiteListClientIdForEnqueue: clientIds.nullable(),
};
const partialQueue = fieldsOf(queueFields, 'an object of queue fields').partial();
const A_NAME = 'a queue name without . / ~ and spaces; * stands for any text';
const A_CHILD = 'a child name without . / ~ * and spaces';
const namedQueue = fieldsOf(
  {
    name: z.string(A_NAME).regex(NAME, A_NAME),
    children: z
      .array(z.string(A_CHILD).regex(CHILD, A_CHILD), 'a list of child names')
      .max(CHILDREN_MAX, `at most ${CHILDREN_MAX} children`)
      .optional(),
    ...partialQueue.shape,
  },
  'an object of queue fields, with a name',
);
const AN_ALIAS = 'a name without . / ~ + * and spaces';
const alias = fieldsOf(
  {
    name: z.string(AN_ALIAS).regex(ALIAS, AN_ALIAS),
    destinations: z
      .array(oneQueue, 'a list of queue names')
      .min(1, 'at least one queue')
      .max(DESTINATIONS_MAX, `at most ${DESTINATIONS_MAX} queues`),
  },
  'an object with name and destinations',
);

const A_STATUS = `one of ${SETTABLE_STATUSES.join(', ')}`;
const A_PATH = 'the path of a file, or null';
const connections = wholeNumber(0, CONNECTIONS_MAX, ', or null').nullable().default(null);
const configFile = fieldsOf(
  {
    maxOpenTransactions: wholeNumber(1, 1_000_000).default(100),
    expirationTimerFrequency: durationOrNull().default(1000),
    clientTimeout: durationOrNull().default(null),
    connectionBacklog: wholeNumber(1, 65_535).default(1024),
    maxConnections: wholeNumber(1, CONNECTIONS_MAX).default(20_000),
    connectionLimitRefuseReads: connections,
    connectionLimitRefuseWrites: connections,
    statusFile: z.string(A_PATH).min(1, A_PATH).nullable().default(null),
    defaultStatus: z
      .string(A_STATUS)
      .transform((name, context) => {
        const status = parseStatus(name);
        if (status !== null) return status;
        context.addIssue({ code: 'custom', message: A_STATUS });
        return z.NEVER;
      })
      .default('up'),
    statusChangeGracePeriod: duration().default(0),
    enableSessionTrace: flag.default(false),
    default: partialQueue.default({}),
    queues: z.array(namedQueue, 'a list of queue entries').max(QUEUE_ENTRIES_MAX, ENTRIES).default([]),
    aliases: z.array(alias, 'a list of aliases').max(QUEUE_ENTRIES_MAX, ENTRIES).default([]),
  },
  'an object of server fields',
);

export type PartialQueueConfig = z.output<typeof partialQueue>;
export type NamedQueueConfig = z.output<typeof namedQueue>;
/** The config file, checked, with the server's own fields filled in. */
export type ServerConfig = Omit<z.output<typeof configFile>, 'aliases'> & {
  /** Their destinations are queues, not aliases, each once. */
  readonly aliases: readonly AliasConfig[];
};
export type { AliasConfig };

/** Checks what was read from a config file. Throws a ConfigError that names each wrong field, its value and what is allowed. */
export function parseConfig(raw: unknown): ServerConfig {
  const parsed = configFile.safeParse(raw ?? {});
  if (!parsed.success) throw new ConfigError(parsed.error.issues, raw);
  const contradictions = [...contradictionsOf(parsed.data)];
  if (contradictions.length > 0) throw new ConfigError(contradictions, raw);
  return { ...parsed.data, aliases: flatten(parsed.data.aliases) };
}
