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

describe('a config that cannot be used', () => {
  it.each([
    [{ queue: [] }, 'the file: unknown field "queue"'],
    [{ default: { maxitems: 1 } }, 'default: unknown field "maxitems"'],
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
    [{ maxOpenTransactions: 0 }, 'maxOpenTransactions: 0 is not allowed'],
    ['text', 'the file: "text" is not allowed'],
  ])('%j is refused by name', (raw, message) => {
    expect(() => parseConfig(raw)).toThrow(message);
  });
});
