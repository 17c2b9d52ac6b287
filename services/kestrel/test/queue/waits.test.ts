import type { Deadlines } from '../../src/queue/deadlines-core.js';
import { Waiter, WaiterList } from '../../src/queue/waiter-list-core.js';
import { makeHub, TestClient } from '../hub.js';

const NOW = 1_700_000_000_000;
const MANY = 15_000;

function setup(clients: number, config: unknown = {}) {
  const hub = makeHub(config);
  return { hub, clients: Array.from({ length: clients }, () => new TestClient(hub)) };
}

const heardBy = (clients: readonly TestClient[]) => clients.map(({ heard }) => heard.join(' '));
const wheel = (hub: { readonly deadlines: Deadlines }) => hub.deadlines.size;

describe('those who wait on a queue', () => {
  it('get items first come first served, whatever they asked for; a peek leaves its item to the next', () => {
    const { hub, clients } = setup(4);
    const [a, b, c, d] = clients as [TestClient, TestClient, TestClient, TestClient];
    a.get('q/peek/t=60000', NOW);
    b.get('q/open/t=60000', NOW);
    c.get('q/t=60000', NOW);
    for (const item of ['1', '2', '3']) d.set('q', item, NOW);
    expect(heardBy(clients)).toEqual(['1', '1', '2', '']);
    expect([d.get('q', NOW), wheel(hub)]).toEqual(['3', 0]);
  });

  it('get what a client that left had open, in its order', () => {
    const { clients } = setup(4);
    const [holder, a, b, c] = clients as [TestClient, TestClient, TestClient, TestClient];
    for (const item of ['1', '2', '3']) holder.set('q', item, NOW);
    for (let i = 0; i < 3; i += 1) holder.get('q/open', NOW);
    for (const waiter of [a, b, c]) waiter.get('q/t=60000', NOW);
    holder.session.close(NOW);
    expect(heardBy(clients)).toEqual(['', '1', '2', '3']);
  });

  it('lose their place when their client leaves; what it had got goes to the next', () => {
    const { clients } = setup(3);
    const [a, b, c] = clients as [TestClient, TestClient, TestClient];
    a.get('q/open/t=60000', NOW);
    b.get('q/open/t=60000', NOW);
    a.session.close(NOW);
    c.set('q', '1', NOW);
    b.session.close(NOW);
    expect([heardBy(clients), c.get('q', NOW)]).toEqual([['', '1', ''], '1']);
  });

  it('hear an end at once where a monitor is to end before 1970, the server goes on', () => {
    const { hub, clients } = setup(1);
    const [a] = clients as [TestClient];
    a.set('q', '1', NOW);
    a.monitor('q', -(2 ** 31), null, NOW);
    expect([heardBy(clients), wheel(hub), a.get('q', NOW)]).toEqual([['END'], 0, '1']);
  });

  it('hear an end when the queue is deleted, and at their deadline, not before', () => {
    const { hub, clients } = setup(3);
    const [a, b, c] = clients as [TestClient, TestClient, TestClient];
    a.get('q/t=60000', NOW);
    b.monitor('q', 60, null, NOW);
    c.get('other/t=1000', NOW);
    a.session.delete('nothing', NOW);
    c.session.delete('q', NOW);
    expect(heardBy(clients)).toEqual(['END', 'END', '']);
    hub.deadlines.advance(NOW + 999);
    expect(c.session.waiting).toBe(true);
    hub.deadlines.advance(NOW + 1020);
    expect([c.session.waiting, c.heard, wheel(hub)]).toEqual([false, ['END'], 0]);
  });

  it.each([0, -1])('do not wait for %d ms', (timeoutMs) => {
    const { hub, clients } = setup(1);
    const request = { open: false, close: false, abort: false, peek: false, timeoutMs } as const;
    expect(clients[0]!.session.get({ kind: 'get', queue: 'q', ...request }, NOW)).toBeNull();
    expect(wheel(hub)).toBe(0);
  });

  it(`may be ${MANY} on one queue or on as many queues: each gets its item, and none is left behind`, () => {
    const { hub, clients } = setup(MANY);
    clients.forEach((client, i) => client.get(i % 2 === 0 ? 'q/t=60000' : `q${i}/open/t=60000`, NOW));
    expect(wheel(hub)).toBe(MANY);
    const setter = new TestClient(hub);
    clients.forEach((_, i) => setter.set(i % 2 === 0 ? 'q' : `q${i}`, `${i}`, NOW));
    expect(clients.findIndex(({ heard }, i) => heard.join() !== `${i}`)).toBe(-1);
    expect([wheel(hub), hub.registry.lookup('q')?.queue.waiters.size]).toEqual([0, 0]);
  });
});

describe('a monitor', () => {
  it('takes turns with others, one item each', () => {
    const { clients } = setup(3);
    const [a, b, setter] = clients as [TestClient, TestClient, TestClient];
    a.monitor('q', 60, 10, NOW);
    b.monitor('q', 60, 10, NOW);
    for (const item of ['1', '2', '3', '4', '5']) setter.set('q', item, NOW);
    expect(heardBy([a, b])).toEqual(['1 3 5', '2 4']);
  });

  it('ends when the status blocks reads; a get that waits goes on', () => {
    const { hub, clients } = setup(3);
    const [a, b, setter] = clients as [TestClient, TestClient, TestClient];
    a.monitor('q', 60, 10, NOW);
    b.get('q/t=60000', NOW);
    setter.set('q', '1', NOW);
    hub.status.set('quiescent', NOW);
    hub.registry.rouse(NOW);
    expect([heardBy([a, b]), b.session.waiting]).toEqual([['1 END', ''], true]);
  });

  it('leaves items to others while its client takes no output, and goes on after', () => {
    const { clients } = setup(3);
    const [a, b, setter] = clients as [TestClient, TestClient, TestClient];
    a.monitor('q', 60, 2, NOW);
    a.ready = false;
    b.get('q/t=60000', NOW);
    setter.set('q', '1', NOW);
    setter.set('q', '2', NOW);
    expect(heardBy([a, b])).toEqual(['', '1']);
    a.ready = true;
    a.session.resume(NOW);
    setter.set('q', '3', NOW);
    expect([heardBy([a, b]), setter.get('q', NOW)]).toEqual([['2 3 END', '1'], 'END']);
  });

  it('counts each fetch, and a miss when its time is over', () => {
    const { hub, clients } = setup(1);
    const [client] = clients as [TestClient];
    client.set('q', '1', NOW);
    client.monitor('q', 1, 10, NOW);
    hub.deadlines.advance(NOW + 1020);
    client.monitor('q', 0, 10, NOW);
    expect(hub.counts).toMatchObject({ gets: 0, monitors: 2, monitorGets: 2, hits: 1, misses: 1 });
    expect(hub.registry.lookup('q')?.queue.counts).toMatchObject({ hits: 1, misses: 1 });
  });
});

describe('a list of waiters', () => {
  class Nobody extends Waiter {
    override wake(): void {
      throw new Error('nobody is woken here');
    }
  }

  it('is a line: in at the end, out at the front or from anywhere', () => {
    const list = new WaiterList();
    const all = Array.from({ length: 4 }, () => new Nobody());
    const [a, b, c, d] = all as [Nobody, Nobody, Nobody, Nobody];
    for (const one of all) list.add(one);
    list.add(a);
    list.delete(b);
    list.delete(b);
    list.delete(d);
    list.add(b);
    expect([list.size, list.shift(), list.shift(), list.shift(), list.shift(), list.size]).toEqual([
      3,
      a,
      c,
      b,
      null,
      0,
    ]);
  });

  it('lets go of who gets in another line', () => {
    const lists = [new WaiterList(), new WaiterList()] as const;
    const one = new Nobody();
    lists[0].add(one);
    lists[1].add(one);
    expect(lists.map(({ size }) => size)).toEqual([0, 1]);
  });
});

describe('a client', () => {
  it.each([
    [{ reads: false, writes: true }, 'stored', 'blocked'],
    [{ reads: true, writes: false }, 'blocked', 'END'],
  ])('with access %j: set %s, get %s, for its whole life', (access, set, get) => {
    const client = new TestClient(makeHub({}), access);
    const { session } = client;
    expect([client.get('q', NOW), client.get('q/peek', NOW), client.monitor('q', 0, 1, NOW)]).toEqual([
      get,
      get,
      get === 'END' ? 'started' : get,
    ]);
    const blocked = set === 'stored' ? null : 'blocked';
    expect([session.flush('q'), session.flushAll(), session.delete('q', NOW)]).toEqual([
      blocked,
      blocked,
      blocked,
    ]);
    expect([client.set('q', 'a', NOW), session.flushAllExpired(NOW)]).toEqual([set, 0]);
  });

  it('may settle what it has open while reads are blocked, also when it asks for more', () => {
    const { hub, clients } = setup(1);
    const [client] = clients as [TestClient];
    for (const item of ['1', '2']) client.set('q', item, NOW);
    client.get('q/open', NOW);
    hub.status.set('quiescent', NOW);
    expect([client.get('q/close/open', NOW), hub.registry.lookup('q')?.queue.openReads]).toEqual([
      'blocked',
      0,
    ]);
  });

  it('has its reads, peeks, waits and refused sets counted, by server and by queue', () => {
    const { hub, clients } = setup(1, { default: { maxItemSize: 3 } });
    const [client] = clients as [TestClient];
    for (const item of ['123', '1', '4444']) client.set('q', item, NOW);
    for (const key of ['q/peek', 'q', 'q/open', 'q/close', 'q', 'q/t=20']) client.get(key, NOW + 7);
    hub.deadlines.advance(NOW + 1000);
    expect(hub.counts).toMatchObject({ sets: 3, gets: 4, peeks: 1, hits: 3, misses: 2 });
    const { counts, delivery, getTimeouts } = hub.registry.lookup('q')!.queue;
    expect(counts).toMatchObject({ puts: 3, putItems: 2, putBytes: 4, totalItems: 2, hits: 3, misses: 2 });
    expect([delivery?.summary(), getTimeouts?.summary()]).toMatchObject([
      { count: 2, minimum: 7, maximum: 7, p50: 7 },
      { count: 1, maximum: 20 },
    ]);
  });
});
