import { CatchUpQueue } from '../src/catch-up-core.js';

const limits = { concurrencyMax: 2, waitingMax: 4, perSecond: 10 };

describe('CatchUpQueue', () => {
  it('serves those that wait before the rest, and only so many at a time', () => {
    const queue = new CatchUpQueue<string>({ ...limits, perSecond: 1_000 });
    queue.add('s', 'sweep');
    queue.add('c', 'confirm');
    queue.add('r', 'resume');
    expect(queue.take(0)).toEqual({ who: 'r', lane: 'resume' });
    expect(queue.take(0)).toEqual({ who: 'c', lane: 'confirm' });
    expect(queue.take(0)).toBeNull();
    queue.done();
    expect(queue.take(0)).toEqual({ who: 's', lane: 'sweep' });
    expect(queue.waiting).toBe(0);
    expect(queue.underWay).toBe(2);
  });

  it('paces second looks, but not the first one', () => {
    const queue = new CatchUpQueue<string>({ ...limits, concurrencyMax: 9 });
    for (const who of ['a', 'b']) queue.add(who, 'sweep');
    expect(queue.take(0)?.who).toBe('a');
    expect(queue.take(50)).toBeNull();
    queue.add('r', 'resume');
    expect(queue.take(50)?.who).toBe('r');
    expect(queue.take(100)?.who).toBe('b');
  });

  it('holds each once, in its best lane', () => {
    const queue = new CatchUpQueue<string>({ ...limits, concurrencyMax: 9, perSecond: 1_000 });
    queue.add('a', 'sweep');
    queue.add('a', 'confirm');
    queue.add('a', 'sweep');
    expect(queue.waiting).toBe(1);
    expect(queue.take(0)).toEqual({ who: 'a', lane: 'confirm' });
    expect(queue.take(0)).toBeNull();
  });

  it('is bounded, and forgets who left', () => {
    const queue = new CatchUpQueue<number>(limits);
    expect([1, 2, 3, 4, 5].map((who) => queue.add(who, 'resume'))).toEqual([true, true, true, true, false]);
    queue.remove(1);
    expect(queue.add(5, 'resume')).toBe(true);
    expect(queue.take(0)?.who).toBe(2);
  });
});
