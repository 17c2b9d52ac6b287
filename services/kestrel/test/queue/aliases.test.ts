import { ConfigBook } from '../../src/config/book-core.js';
import { parseConfig, QUEUE_DEFAULTS } from '../../src/config/schema.js';
import { makeHub, TestClient } from '../hub.js';

const NOW = 1_700_000_000_000;
const ALIASES = [{ name: 'all', destinations: ['a', 'b'] }];

function setup(...queues: object[]) {
  const hub = makeHub({ aliases: ALIASES, queues });
  return { hub, client: new TestClient(hub) };
}

describe('an alias', () => {
  it('hands an item to all its destinations, which hand it to their children', () => {
    const { client } = setup();
    client.get('b+child', NOW);
    expect(client.set('all', 'x', NOW)).toBe('stored');
    expect(['a', 'b', 'b+child'].map((queue) => client.get(queue, NOW))).toEqual(['x', 'x', 'x']);
  });

  it('refuses when one destination does, though the others have taken the item', () => {
    const { client } = setup({ name: 'a', maxItems: 0 });
    expect(client.set('all', 'x', NOW)).toBe('refused');
    expect([client.get('a', NOW), client.get('b', NOW)]).toEqual(['END', 'x']);
  });

  it('has nothing to read: an end at once, even for who would wait', () => {
    const { hub, client } = setup();
    client.set('all', 'x', NOW);
    const reads = ['all', 'all/t=60000', 'all/open/t=60000', 'all/peek', 'all/close/open'];
    expect(reads.map((key) => client.get(key, NOW))).toEqual(reads.map(() => 'END'));
    expect(client.monitor('all', 60, 10, NOW)).toBe('started');
    expect([client.heard, client.session.waiting, client.session.confirm('all', 1)]).toEqual([
      ['END'],
      false,
      false,
    ]);
    expect([hub.counts.gets, hub.counts.peeks, hub.counts.misses]).toEqual([4, 1, 5]);
  });

  it('is not flushed, not deleted, and has no expired items', () => {
    const { client } = setup();
    client.set('all', 'x', NOW, 1);
    expect([
      client.session.flush('all'),
      client.session.delete('all', NOW),
      client.session.flushExpired('all', NOW + 5000),
    ]).toEqual([null, null, 0]);
    expect([client.get('a', NOW), client.set('all', 'y', NOW)]).toEqual(['x', 'stored']);
  });

  it('hides a queue of its name, until a reload takes it away', () => {
    const hub = makeHub({});
    const client = new TestClient(hub);
    client.set('all', 'old', NOW);
    const book = (config: unknown) => new ConfigBook(parseConfig(config), QUEUE_DEFAULTS);
    hub.registry.reload(book({ aliases: ALIASES }), NOW);
    expect([client.get('all', NOW), client.set('all', 'new', NOW)]).toEqual(['END', 'stored']);
    expect([hub.registry.lookup('all'), hub.registry.alias('all')?.destinations]).toEqual([
      undefined,
      ['a', 'b'],
    ]);
    expect([...hub.registry.families()].map(({ queue }) => queue.name)).toEqual(['all', 'a', 'b']);
    hub.registry.reload(book({}), NOW);
    expect([client.get('all', NOW), client.get('a', NOW)]).toEqual(['old', 'new']);
  });

  it('counts what was set on it, refused or not, across reloads', () => {
    const { hub, client } = setup({ name: 'a', maxItems: 1 });
    client.set('all', 'four', NOW);
    client.set('all', 'seven 7', NOW);
    hub.registry.reload(new ConfigBook(parseConfig({ aliases: ALIASES }), QUEUE_DEFAULTS), NOW);
    const { putItems, putBytes } = hub.registry.alias('all')!;
    expect([putItems, putBytes]).toEqual([2, 11]);
  });

  it('knows all queues that an item goes to, as they come and go', () => {
    const { hub, client } = setup();
    const targets = () => hub.registry.alias('all')!.targets.map(({ name }) => name);
    expect(targets()).toEqual([]);
    client.set('all', 'x', NOW);
    expect(targets()).toEqual(['a', 'b']);
    client.get('b+child', NOW);
    expect(targets()).toEqual(['a', 'b+child', 'b']);
    client.session.delete('a', NOW);
    expect(targets()).toEqual(['b+child', 'b']);
    client.set('all', 'y', NOW);
    expect(targets()).toEqual(['a', 'b+child', 'b']);
  });

  it('takes items as large as one of its destinations does', () => {
    const { hub } = setup({ name: 'a', maxItemSize: 10 }, { name: 'b', maxItemSize: 20 });
    expect(['all', 'a', 'b'].map((name) => hub.registry.itemLimit(name))).toEqual([20, 10, 20]);
  });
});
