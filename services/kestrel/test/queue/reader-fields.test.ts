import type { Hub } from '../../src/queue/session-core.js';
import { makeHub, TestClient } from '../hub.js';
import { drain, fill, NOW, reload, setup } from './setup.js';

describe('openTransactionTimeout', () => {
  const config = { openTransactionTimeout: 1000 };

  it('gives reads that were open for longer back to an empty queue, in their order, with time alone', () => {
    const { hub, client } = setup(config);
    fill(client, ['a', 'b', 'c']);
    client.get('q/open', NOW);
    client.get('q/open', NOW + 500);
    client.get('q/open', NOW + 900);
    hub.registry.expire(NOW + 1501);
    const queue = hub.registry.lookup('q')!.queue;
    expect([queue.openReads, queue.counts.canceled, queue.counts.timedOut]).toEqual([1, 2, 2]);
    expect(drain(new TestClient(hub), 'q', NOW + 1501)).toEqual(['a', 'b']);
  });

  it('is looked at by reads too', () => {
    const { hub, client } = setup(config);
    fill(client, ['a']);
    client.get('q/open', NOW);
    const other = new TestClient(hub);
    expect([other.get('q', NOW + 1000), other.get('q', NOW + 1001)]).toEqual(['END', 'a']);
  });

  it('hands what came back to who waits', () => {
    const { hub, client } = setup(config);
    const waiter = new TestClient(hub);
    fill(client, ['a']);
    client.get('q/open', NOW);
    waiter.get('q/t=60000', NOW);
    hub.registry.expire(NOW + 1001);
    expect(waiter.heard).toEqual(['a']);
  });

  it('leaves the place of the read to its client, so that what is said of it is not done to the next', () => {
    const { hub, client } = setup(config);
    fill(client, ['a', 'b', 'c']);
    for (const at of [NOW, NOW + 900]) client.get('q/open', at);
    hub.registry.expire(NOW + 1100);
    expect(client.session.confirm('q', 1)).toBe(true);
    expect(hub.registry.lookup('q')?.queue.openReads).toBe(1);
    client.get('q/abort', NOW + 1100);
    expect(drain(client, 'q', NOW + 1100)).toEqual(['b', 'a', 'c']);
  });

  it('counts from the reload that brought it, for reads that were open before', () => {
    const { hub, client } = setup({});
    fill(client, ['a']);
    client.get('q/open', NOW);
    reload(hub, { queues: [{ name: 'q', ...config }] }, NOW + 5000);
    for (const later of [5000, 6000]) hub.registry.expire(NOW + later);
    expect(hub.registry.lookup('q')?.queue.openReads).toBe(1);
    hub.registry.expire(NOW + 6001);
    expect(hub.registry.lookup('q')?.queue.openReads).toBe(0);
  });
});

describe('white lists', () => {
  const lists = { whiteListClientIdForDequeue: ['reader'], whiteListClientIdForEnqueue: ['writer'] };

  it.each([
    [undefined, 'blocked', 'blocked'],
    ['reader', 'blocked', 'END'],
    ['writer', 'stored', 'blocked'],
  ])('let a client called %s set: %s, get: %s', (id, set, get) => {
    const { hub } = setup(lists);
    const client = new TestClient(hub, undefined, id);
    const read = [client.get('q', NOW), client.get('q/peek', NOW), client.monitor('q', 0, 1, NOW)];
    expect(read).toEqual([get, get, get === 'END' ? 'started' : get]);
    expect(client.set('q', 'a', NOW)).toBe(set);
  });

  it('of the destinations hold for a set on an alias', () => {
    const hub = makeHub({
      aliases: [{ name: 'all', destinations: ['free', 'q'] }],
      queues: [{ name: 'q', ...lists }],
    });
    const sets = [undefined, 'writer'].map((id) => new TestClient(hub, undefined, id).set('all', 'a', NOW));
    expect(sets).toEqual(['blocked', 'stored']);
  });
});

describe('enableTrace', () => {
  it('tells of each operation on the queue, and of none on others', () => {
    const said: string[] = [];
    const hub: Hub = {
      ...makeHub({ queues: [{ name: 'q', enableTrace: true }] }),
      trace: (queue, operation) => said.push(`${operation} ${queue}`),
    };
    const client = new TestClient(hub);
    for (const queue of ['q', 'other']) {
      client.set(queue, 'a', NOW);
      for (const how of ['/peek', '/open', '/abort', '', '/close']) client.get(`${queue}${how}`, NOW);
      client.monitor(queue, 0, 1, NOW);
      client.session.confirm(queue, 1);
      client.session.flush(queue);
      client.session.flushExpired(queue, NOW);
      client.session.delete(queue, NOW);
    }
    expect(said.map((line) => line.replace(/ q$/, ''))).toEqual(
      'set peek open abort take close monitor confirm flush flush_expired delete'.split(' '),
    );
  });
});
