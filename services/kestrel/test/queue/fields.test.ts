import { DISCARDS_MAX } from '../../src/queue/backlog-core.js';
import type { Hub } from '../../src/queue/session-core.js';
import { makeHub, TestClient } from '../hub.js';
import { drain, fill, NOW, reload, setup } from './setup.js';

describe('maxItems', () => {
  it('refuses what would be one too many, and takes items again when one is gone', () => {
    const { client } = setup({ maxItems: 2 });
    expect(fill(client, ['a', 'b', 'c'])).toEqual(['stored', 'stored', 'refused']);
    expect([client.get('q', NOW), client.set('q', 'd', NOW), drain(client, 'q')]).toEqual([
      'a',
      'stored',
      ['b', 'd'],
    ]);
  });

  it('does not count open reads, which may come back on top of it', () => {
    const { client } = setup({ maxItems: 1 });
    client.set('q', 'a', NOW);
    client.get('q/open', NOW);
    expect(client.set('q', 'b', NOW)).toBe('stored');
    client.get('q/abort', NOW);
    expect([client.set('q', 'c', NOW), drain(client, 'q')]).toEqual(['refused', ['a', 'b']]);
  });
});

describe('maxSize', () => {
  it('is looked at before the add, so the last item may overshoot', () => {
    const { client } = setup({ maxSize: 5 });
    expect(fill(client, ['1234', '567890', ''])).toEqual(['stored', 'stored', 'refused']);
  });
});

describe('maxItemSize', () => {
  it('takes an item of just this size and refuses a larger one', () => {
    const { client } = setup({ maxItemSize: 3 });
    expect(fill(client, ['abc', 'abcd'])).toEqual(['stored', 'refused']);
  });
});

describe('maxAge', () => {
  it('ends an item early, whatever its own time is; a time that is just over lives', () => {
    const { client } = setup({ maxAge: 1000 });
    client.set('q', 'a', NOW, 60);
    expect([client.get('q/peek', NOW + 1000), client.get('q', NOW + 1001)]).toEqual(['a', 'END']);
  });

  it('is read anew at each look: a reload holds for items that are here', () => {
    const { hub, client } = setup({ maxAge: 60_000 });
    fill(client, ['a']);
    reload(hub, { queues: [{ name: 'q', maxAge: 100 }] });
    expect(client.get('q', NOW + 101)).toBe('END');
  });

  it('does not reach behind an item that lives', () => {
    const { hub, client } = setup({});
    client.set('q', 'lives', NOW);
    client.set('q', 'dies', NOW, 1);
    expect(client.session.flushExpired('q', NOW + 5000)).toBe(0);
    expect(hub.registry.lookup('q')?.queue.length).toBe(2);
  });
});

describe('discardOldWhenFull', () => {
  it('drops from the head until there is room, and counts it', () => {
    const { hub, client } = setup({ maxSize: 10, discardOldWhenFull: true });
    expect(fill(client, ['1', '2', '34567890', 'x'])).toEqual(['stored', 'stored', 'stored', 'stored']);
    expect(hub.registry.lookup('q')?.queue.counts.discarded).toBe(1);
    expect(drain(client, 'q')).toEqual(['2', '34567890', 'x']);
  });

  it.each([{ maxItems: 0 }, { maxSize: 0 }])(
    'refuses all with %j instead of dropping without end',
    (limit) => {
      const { client } = setup({ ...limit, discardOldWhenFull: true });
      expect(client.set('q', 'a', NOW)).toBe('refused');
    },
  );

  it('reaches a limit that was lowered a lot in steps', () => {
    const { hub, client } = setup({});
    const more = 5;
    for (let i = 0; i < DISCARDS_MAX + more; i += 1) client.set('q', `${i}`, NOW);
    reload(hub, { queues: [{ name: 'q', maxItems: 2, discardOldWhenFull: true }] });
    const lengths = ['x', 'y'].map((item) => {
      client.set('q', item, NOW);
      return hub.registry.lookup('q')?.queue.length;
    });
    expect([lengths, drain(client, 'q')]).toEqual([
      [more + 1, 2],
      ['x', 'y'],
    ]);
  });
});

describe('fanoutOnly', () => {
  it('says stored and keeps nothing; the children get the item', () => {
    const { hub, client } = setup({ fanoutOnly: true });
    expect(client.set('q', 'lost', NOW)).toBe('stored');
    client.get('q+a', NOW);
    client.set('q', 'kept', NOW);
    expect([drain(client, 'q'), drain(client, 'q+a')]).toEqual([[], ['kept']]);
    expect(hub.registry.lookup('q')?.queue.counts.puts).toBe(2);
  });

  it('says stored though a child that nobody declared is full', () => {
    const { client } = setup({ fanoutOnly: true }, { name: 'q+a', maxItems: 0 });
    client.get('q+a', NOW);
    expect(client.set('q', 'a', NOW)).toBe('stored');
  });
});

describe('expireToQueue', () => {
  it('puts an expired item at the tail of that queue, with a new age and no end of its own', () => {
    const { client } = setup({ expireToQueue: 'late' }, { name: 'late', maxAge: 10_000 });
    client.set('late', 'first', NOW + 1000);
    client.set('q', 'second', NOW, 1);
    expect(client.session.flushExpired('q', NOW + 2000)).toBe(1);
    expect(drain(client, 'late', NOW + 11_500)).toEqual(['second']);
  });

  it('goes straight to that queue: not to its children, and not to what an alias of its name stands for', () => {
    const { client } = setup({ expireToQueue: 'late' });
    client.get('late+child', NOW);
    client.set('q', 'a', NOW, 1);
    client.session.flushAllExpired(NOW + 2000);
    expect([drain(client, 'late'), drain(client, 'late+child')]).toEqual([['a'], []]);
  });

  it('wakes who waits for it there', () => {
    const { client, hub } = setup({ expireToQueue: 'late' });
    const waiter = new TestClient(hub);
    client.set('q', 'a', NOW, 1);
    expect(waiter.get('late/t=60000', NOW)).toBe('waiting');
    hub.registry.expire(NOW + 2000);
    expect(waiter.heard).toEqual(['a']);
  });

  it('that leads back to the queue it comes from neither loses the item nor runs without end', () => {
    const { client } = setup(
      { maxAge: 1000, expireToQueue: 'r' },
      { name: 'r', maxAge: 1000, expireToQueue: 'q' },
    );
    for (let i = 0; i < 5000; i += 1) {
      client.set('q', 'q', NOW);
      client.set('r', 'r', NOW);
    }
    expect(client.session.flushExpired('q', NOW + 1001)).toBe(5000);
    expect(drain(client, 'q', NOW + 1001).length + drain(client, 'r', NOW + 1001).length).toBe(10_000);
  });

  it('of a queue to itself, by way of a pattern, puts its items at its own tail', () => {
    const client = new TestClient(makeHub({ queues: [{ name: '*', maxAge: 1000, expireToQueue: 'q' }] }));
    fill(client, ['a', 'b']);
    expect(drain(client, 'q', NOW + 1001)).toEqual(['a', 'b']);
  });
});

describe('maxExpireSweep', () => {
  it('bounds what one sweep removes', () => {
    const { client } = setup({ maxExpireSweep: 2 });
    fill(client, ['a', 'b', 'c', 'd', 'e'], NOW, 1);
    const swept = [1, 2, 3, 4].map(() => client.session.flushExpired('q', NOW + 1001));
    expect(swept).toEqual([2, 2, 1, 0]);
  });

  it('never makes a read hand out an expired item', () => {
    const { client } = setup({ maxExpireSweep: 1 });
    fill(client, ['dead', 'dead too'], NOW, 1);
    client.set('q', 'alive', NOW);
    expect(client.get('q', NOW + 1001)).toBe('alive');
  });
});

describe('maxQueueAge', () => {
  const config = { maxQueueAge: 1000 };
  const names = (hub: Hub) => [...hub.registry.families()].map(({ queue }) => queue.name);

  it('deletes a queue that is empty and that nobody has used for longer', () => {
    const { hub, client } = setup(config);
    client.get('q', NOW);
    hub.registry.expire(NOW + 1000);
    expect(names(hub)).toEqual(['q']);
    hub.registry.expire(NOW + 1001);
    expect([names(hub), hub.registry.counts]).toEqual([[], { creates: 1, deletes: 1, expires: 1 }]);
  });

  it.each<[string, (client: TestClient) => unknown]>([
    ['an item', (client) => client.set('q', 'a', NOW)],
    ['an open read', (client) => [client.set('q', 'a', NOW), client.get('q/open', NOW)]],
    ['a waiter', (client) => client.get('q/t=60000', NOW)],
  ])('does not delete a queue with %s', (_, use) => {
    const { hub, client } = setup(config);
    use(client);
    hub.registry.expire(NOW + 5000);
    hub.registry.expire(NOW + 6000);
    expect(names(hub)).toEqual(['q']);
  });
});
