import { ConfigBook } from '../../src/config/book-core.js';
import { ITEM_BYTES_MAX, parseConfig, QUEUE_DEFAULTS } from '../../src/config/schema.js';

const book = (raw: unknown): ConfigBook => new ConfigBook(parseConfig(raw), QUEUE_DEFAULTS);

describe('the config of a queue', () => {
  it('is the built-in one when nothing is said', () => {
    expect(book({}).resolve('any')).toEqual(QUEUE_DEFAULTS);
    expect(book(null).resolve('any')).toEqual(QUEUE_DEFAULTS);
  });

  it('comes field by field from the child, its parent, the default, the built-in', () => {
    const config = book({
      default: { maxItems: 1, maxAge: '1s', maxItemSize: '1KiB' },
      queues: [
        { name: 'p', maxAge: '2s', maxItems: 2, fanoutOnly: true },
        { name: 'p+c', maxItems: 3 },
      ],
    });
    expect(config.resolve('other')).toMatchObject({ maxItems: 1, maxAge: 1000, maxItemSize: 1024 });
    expect(config.resolve('p')).toMatchObject({
      maxItems: 2,
      maxAge: 2000,
      maxItemSize: 1024,
      fanoutOnly: true,
    });
    expect(config.resolve('p+c')).toMatchObject({
      maxItems: 3,
      maxAge: 2000,
      maxItemSize: 1024,
      fanoutOnly: false,
    });
    expect(config.resolve('p+d')).toMatchObject({ maxItems: 2, maxAge: 2000 });
    expect(config.resolve('p+d+e')).toMatchObject({ maxItems: 2 });
  });

  it('can take back what the default says', () => {
    expect(
      book({ default: { maxAge: 5 }, queues: [{ name: 'q', maxAge: null }] }).resolve('q').maxAge,
    ).toBeNull();
  });

  it('prefers an exact name to a pattern, and a longer pattern to a shorter', () => {
    const config = book({
      queues: [
        { name: '*', maxItems: 1 },
        { name: 'push-*', maxItems: 2 },
        { name: 'push-a*', maxItems: 3 },
        { name: 'push-ab', maxItems: 4 },
      ],
    });
    expect(['x', 'push-b', 'push-ac', 'push-ab'].map((name) => config.resolve(name).maxItems)).toEqual([
      1, 2, 3, 4,
    ]);
  });

  it('does not take a pattern for parents as one for children', () => {
    const config = book({
      queues: [
        { name: 'p*', maxItems: 1, children: ['c'] },
        { name: 'x+*', maxItems: 9 },
      ],
    });
    expect(config.children('p1')).toEqual(['p1+c']);
    expect(config.children('p1+c')).toEqual([]);
    expect(config.resolve('x+y').maxItems).toBe(9);
    expect(config.declaredParents()).toEqual([]);
  });

  it('reads times and sizes with units', () => {
    const { queues } = parseConfig({
      queues: [
        { name: 'a', maxAge: '1.5s', maxMemorySize: '2MiB', syncJournal: 'never' },
        { name: 'b', maxAge: 30, syncJournal: 0 },
        { name: 'c', maxAge: '2d', syncJournal: '100ms' },
      ],
    });
    expect(queues).toMatchObject([
      { maxAge: 1500, maxMemorySize: 2 * 1024 * 1024, syncJournal: null },
      { maxAge: 30, syncJournal: 0 },
      { maxAge: 172_800_000, syncJournal: 100 },
    ]);
  });
});

describe('the config of the server', () => {
  it('has every field of its own when nothing is said', () => {
    expect(parseConfig({})).toEqual({
      maxOpenTransactions: 100,
      expirationTimerFrequency: 1000,
      clientTimeout: null,
      connectionBacklog: 1024,
      maxConnections: 20_000,
      connectionLimitRefuseReads: null,
      connectionLimitRefuseWrites: null,
      statusFile: null,
      defaultStatus: 'up',
      statusChangeGracePeriod: 0,
      enableSessionTrace: false,
      default: {},
      queues: [],
      aliases: [],
    });
  });

  it('takes the name of a status in any case', () => {
    expect(parseConfig({ defaultStatus: 'READONLY' }).defaultStatus).toBe('readOnly');
  });

  it('has aliases whose destinations are queues, each once, whatever they go through', () => {
    const { aliases } = parseConfig({
      aliases: [
        { name: 'all', destinations: ['some', 'c', 'b'] },
        { name: 'some', destinations: ['a', 'b', 'p+x'] },
      ],
    });
    expect(aliases).toEqual([
      { name: 'all', destinations: ['a', 'b', 'p+x', 'c'] },
      { name: 'some', destinations: ['a', 'b', 'p+x'] },
    ]);
  });

  it('tells everything that is wrong, in one line', () => {
    expect(() => parseConfig({ maxConnections: 0, default: { maxAge: 'x' } })).toThrow(
      /^maxConnections: 0 is not .*; default.maxAge: "x" is not .* at most ten years, or null$/,
    );
  });
});

describe('a value that is shown', () => {
  it('may contain itself', () => {
    const loop: Record<string, unknown> = {};
    loop['maxItems'] = loop;
    expect(() => parseConfig({ default: loop })).toThrow(
      'default.maxItems: what contains itself is not allowed; allowed is a whole number from 0 to',
    );
  });

  it('is cut when it is long', () => {
    expect(() => parseConfig({ queues: 'x'.repeat(1000) })).toThrow(
      `queues: "${'x'.repeat(99)}... is not allowed; allowed is a list of queue entries`,
    );
  });
});

describe('a config that cannot be used', () => {
  it.each([
    [
      { queue: [] },
      'the file: unknown field "queue" (did you mean queues?); allowed are maxOpenTransactions, expirationTimerFrequency,',
    ],
    [
      { default: { maxitems: 1 } },
      'default: unknown field "maxitems" (did you mean maxItems?); allowed are maxItems, maxSize, maxItemSize,',
    ],
    [{ default: { children: [] } }, 'default: unknown field "children"; allowed are maxItems, maxSize,'],
    [
      { queues: [{ name: 'a', xxxxxxx: 1, keepJournl: false }] },
      'queues[0]: unknown field "xxxxxxx", "keepJournl" (did you mean keepJournal?); allowed are name, children, maxItems,',
    ],
    [
      { aliases: [{ name: 'a', destination: ['b'] }] },
      'aliases[0]: unknown field "destination" (did you mean destinations?); allowed are name, destinations',
    ],
    [{ aliases: ['a'] }, 'aliases[0]: "a" is not allowed; allowed is an object with name and destinations'],
    [{ queues: [{ name: 'a' }, { name: 'b', maxAge: '30x' }] }, 'queues[1].maxAge: "30x" is not allowed'],
    [
      { queues: [{ name: 'a', maxItems: -1 }] },
      'queues[0].maxItems: -1 is not allowed; allowed is a whole number from 0 to',
    ],
    [{ queues: [{ name: 'a', maxItemSize: ITEM_BYTES_MAX + 1 }] }, 'queues[0].maxItemSize'],
    [{ queues: [{ name: 'a/b' }] }, 'queues[0].name: "a/b" is not allowed'],
    [{ queues: [{ name: 'a', keepJournal: 'no' }] }, 'queues[0].keepJournal: "no" is not allowed'],
    [{ queues: [{ maxItems: 1 }] }, 'queues[0].name: nothing is not allowed'],
    [
      { queues: [{ name: 'a' }, { name: 'a' }] },
      'queues[1].name: "a" is not allowed; allowed is a name that is not used twice',
    ],
    [{ queues: [{ name: 'a+b', children: ['c'] }] }, 'queues[0].children: ["c"] is not allowed'],
    [{ queues: [{ name: 'a', children: ['b/c'] }] }, 'queues[0].children[0]: "b/c" is not allowed'],
    [{ queues: [{ name: 'a', children: ['b', 'b'] }] }, 'queues[0].children: ["b","b"] is not allowed'],
    [{ queues: [{ name: 'a', children: 'b' }] }, 'queues[0].children: "b" is not allowed; allowed is a list'],
    [{ queues: [{ name: 'a', children: Array(65).fill('b') }] }, 'allowed is at most 64 children'],
    [{ queues: [{ name: 'a+b', fanoutOnly: true }] }, 'queues[0].fanoutOnly: true is not allowed'],
    [{ queues: 'a' }, 'queues: "a" is not allowed; allowed is a list of queue entries'],
    [{ queues: ['a'] }, 'queues[0]: "a" is not allowed; allowed is an object of queue fields'],
    [{ queues: [{ name: 'a', maxItems: 1.5 }] }, 'queues[0].maxItems: 1.5 is not allowed'],
    [
      { queues: [{ name: 'a', maxSize: '1MB' }] },
      'queues[0].maxSize: "1MB" is not allowed; allowed is bytes, or',
    ],
    [
      { queues: [{ name: 'a', syncJournal: 'always' }] },
      'queues[0].syncJournal: "always" is not allowed; allowed is never, milli',
    ],
    [{ queues: [{ name: 'a', maxExpireSweep: 0 }] }, 'queues[0].maxExpireSweep: 0 is not allowed'],
    [
      { queues: [{ name: 'a', expireToQueue: 'a' }] },
      'queues[0].expireToQueue: "a" is not allowed; allowed is another queue',
    ],
    [{ queues: [{ name: 'a', expireToQueue: 'b*' }] }, 'queues[0].expireToQueue: "b*" is not allowed'],
    [
      { default: { expireToQueue: 'x' }, aliases: [{ name: 'x', destinations: ['q'] }] },
      'default.expireToQueue: "x" is not allowed; allowed is a queue, not an alias',
    ],
    [
      { default: { whiteListClientIdForDequeue: 'me' } },
      'default.whiteListClientIdForDequeue: "me" is not allowed; allowed is a list of client ids',
    ],
    [
      { default: { openTransactionTimeout: -1 } },
      'default.openTransactionTimeout: -1 is not allowed; allowed is milliseconds',
    ],
    [{ default: { enableTrace: 1 } }, 'default.enableTrace: 1 is not allowed; allowed is true or false'],
    [{ default: [] }, 'default: [] is not allowed; allowed is an object of queue fields'],
    [{ maxOpenTransactions: 0 }, 'maxOpenTransactions: 0 is not allowed'],
    [{ expirationTimerFrequency: 'often' }, 'expirationTimerFrequency: "often" is not allowed'],
    [{ clientTimeout: true }, 'clientTimeout: true is not allowed'],
    [
      { connectionBacklog: 0 },
      'connectionBacklog: 0 is not allowed; allowed is a whole number from 1 to 65535',
    ],
    [{ maxConnections: 0 }, 'maxConnections: 0 is not allowed'],
    [{ connectionLimitRefuseReads: -1 }, 'connectionLimitRefuseReads: -1 is not allowed'],
    [{ connectionLimitRefuseWrites: '5' }, 'connectionLimitRefuseWrites: "5" is not allowed'],
    [{ statusFile: '' }, 'statusFile: "" is not allowed; allowed is the path of a file, or null'],
    [
      { defaultStatus: 'down' },
      'defaultStatus: "down" is not allowed; allowed is one of up, writeAvoid, readOnly, quiescent',
    ],
    [{ defaultStatus: 1 }, 'defaultStatus: 1 is not allowed; allowed is one of up'],
    [{ statusChangeGracePeriod: '1 s' }, 'statusChangeGracePeriod: "1 s" is not allowed'],
    [{ enableSessionTrace: 'yes' }, 'enableSessionTrace: "yes" is not allowed'],
    [{ aliases: { a: ['b'] } }, 'aliases: {"a":["b"]} is not allowed; allowed is a list of aliases'],
    [{ aliases: [{ name: 'a' }] }, 'aliases[0].destinations: nothing is not allowed'],
    [
      { aliases: [{ name: 'a', destinations: [] }] },
      'aliases[0].destinations: [] is not allowed; allowed is at least one queue',
    ],
    [{ aliases: [{ name: 'a', destinations: ['b/c'] }] }, 'aliases[0].destinations[0]: "b/c" is not allowed'],
    [{ aliases: [{ name: 'a+b', destinations: ['c'] }] }, 'aliases[0].name: "a+b" is not allowed'],
    [
      { aliases: [{ name: 'a', destinations: ['b', 'a'] }] },
      'aliases[0].destinations: ["b","a"] is not allowed; allowed is other queues than the alias itself',
    ],
    [
      {
        aliases: [
          { name: 'a', destinations: ['b'] },
          { name: 'b', destinations: ['c'] },
          { name: 'c', destinations: ['a'] },
        ],
      },
      'aliases[0].destinations: ["b"] is not allowed; allowed is queues that do not lead back to the alias',
    ],
    [
      {
        aliases: [
          { name: 'a', destinations: ['b'] },
          { name: 'a', destinations: ['c'] },
        ],
      },
      'aliases[1].name: "a" is not allowed; allowed is a name that is not used twice',
    ],
    [
      { queues: [{ name: 'a' }], aliases: [{ name: 'a', destinations: ['b'] }] },
      'aliases[0].name: "a" is not allowed; allowed is a name without an entry',
    ],
    ['text', 'the file: "text" is not allowed'],
  ])('%j is refused by name', (raw, message) => {
    expect(() => parseConfig(raw)).toThrow(message);
  });
});
