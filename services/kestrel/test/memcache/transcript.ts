/**
 * One move of a conversation with the server. Clients have names and connect when they first act; text is latin1, one
 * character one byte. A `Q` that stands alone is another queue in each run.
 */
export type Step =
  | readonly [who: string, does: 'sends' | 'gets', bytes: string]
  /** All up to `END` at the start of a line must match. */
  | readonly [who: string, does: 'gets like', pattern: RegExp]
  /** The server has closed the connection, and sent nothing more. */
  | readonly [who: string, does: 'is closed']
  /** The client closes the connection. */
  | readonly [who: string, does: 'leaves']
  /** Until `stats` show this figure; `none`: until there is no such line. */
  | readonly [stat: string, becomes: 'becomes', value: number | 'none'];

export interface Transcript {
  /** Section of the compatibility reference. */
  readonly section: string;
  readonly name: string;
  /** A server of its own with this config; left out: the one of SHARED_CONFIG. */
  readonly config?: unknown;
  readonly steps: readonly Step[];
}

export const VERSION = '0.1.0';

export const SHARED_CONFIG = {
  maxOpenTransactions: 3,
  queues: [
    { name: 'full-*', maxItems: 1 },
    { name: 'heavy-*', maxSize: 4 },
    { name: 'small-*', maxItemSize: 4 },
    { name: 'drop-*', maxItems: 2, discardOldWhenFull: true, keepJournal: false },
    { name: 'none-*', maxItems: 0, discardOldWhenFull: true },
    { name: 'sweep-*', maxExpireSweep: 1 },
    { name: 'memory-*', keepJournal: false },
    { name: 'parent-*', fanoutOnly: true, children: ['a', 'b'] },
    { name: 'strict-*', children: ['x'], maxItems: 1 },
  ],
};

/** `name`, and what is said. */
export const transcript = (section: string, name: string, ...steps: readonly Step[][]): Transcript => ({
  section,
  name,
  steps: steps.flat(),
});

/** The same with a server of its own. */
export const withConfig = (
  section: string,
  name: string,
  config: unknown,
  ...steps: readonly Step[][]
): Transcript => ({ section, name, config, steps: steps.flat() });

/** Sends bytes as they are. */
export const raw = (bytes: string): Step[] => [['a', 'sends', bytes]];
/** Sends lines. */
export const send = (...lines: readonly string[]): Step[] => raw(lines.map((line) => `${line}\r\n`).join(''));
/** Receives bytes. */
export const gets = (bytes: string): Step[] => [['a', 'gets', bytes]];
/** A line, and the line that answers it. */
export const say = (line: string, reply: string): Step[] => [...send(line), ...gets(`${reply}\r\n`)];
export const closed: Step[] = [['a', 'is closed']];
export const leaves: Step[] = [['a', 'leaves']];
/** A last request: the answer, and the connection is closed. */
export const fatal = (line: string, reply = 'CLIENT_ERROR'): Step[] => [...say(line, reply), ...closed];
/** The connection lives. */
export const alive: Step[] = say('version', `VERSION ${VERSION}`);
export const becomes = (stat: string, value: number | 'none'): Step[] => [[stat, 'becomes', value]];

export const setOf = (queue: string, data: string): string =>
  `set ${queue} 0 0 ${data.length}\r\n${data}\r\n`;
export const valueOf = (queue: string, data: string): string =>
  `VALUE ${queue} 0 ${data.length}\r\n${data}\r\nEND\r\n`;

/** Items that are stored. */
export const put = (queue: string, ...items: readonly string[]): Step[] =>
  items.flatMap((data) => [...raw(setOf(queue, data)), ...gets('STORED\r\n')]);
export const refused = (queue: string, data: string): Step[] => [
  ...raw(setOf(queue, data)),
  ...gets('NOT_STORED\r\n'),
];
/** `read('Q/open', 'x')`: a get that finds x. */
export const read = (key: string, ...items: readonly string[]): Step[] =>
  items.flatMap((data) => [...send(`get ${key}`), ...value(key.split('/')[0] ?? '', data)]);
export const value = (queue: string, ...items: readonly string[]): Step[] =>
  gets(items.map((data) => valueOf(queue, data)).join(''));
/** Gets that find nothing. */
export const none = (...keys: readonly string[]): Step[] => keys.flatMap((key) => say(`get ${key}`, 'END'));
export const end: Step[] = gets('END\r\n');

/** Another client does all this. */
export const by = (who: string, ...steps: readonly Step[][]): Step[] =>
  steps.flat().map((step) => (step[1] === 'becomes' ? step : ([who, ...step.slice(1)] as unknown as Step)));
/** A client sends a request that waits on Q, and is seen to wait; `waiters` counts it too. */
export const waits = (who: string, line: string, waiters: number): Step[] => [
  ...by(who, send(line)),
  ...becomes('queue_Q_waiters', waiters),
];
