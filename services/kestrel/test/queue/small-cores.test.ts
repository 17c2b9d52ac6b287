import fc from 'fast-check';
import { Deadlines, TICK_MS } from '../../src/queue/deadlines-core.js';
import { Deque } from '../../src/queue/deque-core.js';
import { QUEUE_DEFAULTS } from '../../src/config/schema.js';
import { QueueCore } from '../../src/queue/queue-core.js';
import { Reads } from '../../src/queue/reads-core.js';
import { isLegalName } from '../../src/queue/registry-core.js';
import { parseStatus, StatusKeeper } from '../../src/queue/status-core.js';

describe('a deque', () => {
  it('does what an array does', () => {
    const steps = fc.array(fc.constantFrom('back', 'back', 'front', 'shift', 'filter'), { maxLength: 300 });
    fc.assert(
      fc.property(steps, (list) => {
        const deque = new Deque<number>();
        const model: number[] = [];
        list.forEach((step, i) => {
          if (step === 'back') {
            deque.pushBack(i);
            model.push(i);
          } else if (step === 'front') {
            deque.pushFront(i);
            model.unshift(i);
          } else if (step === 'shift') expect(deque.shift()).toBe(model.shift());
          else {
            deque.filter((value) => value % 3 !== 0);
            model.splice(0, model.length, ...model.filter((value) => value % 3 !== 0));
          }
          expect([deque.length, deque.first()]).toEqual([model.length, model[0]]);
        });
        expect([...deque]).toEqual(model);
      }),
    );
  });
});

describe('the reads of a client', () => {
  it('remember no queue for long on which nothing is open', () => {
    const reads = new Reads();
    for (let n = 0; n < 1000; n += 1) {
      const queue = new QueueCore(`q${n}`, QUEUE_DEFAULTS, 1);
      for (const item of ['a', 'b']) queue.add(Buffer.from(item), 0, 1);
      reads.open(queue, 1);
      if (n % 100 === 0) continue;
      if (n % 2 === 0) queue.delete(1);
      else reads.confirmOldest(queue.name);
    }
    expect(reads.queues).toBeLessThan(100);
    expect(reads.confirm('q100', 1)).toBe(true);
  });
});

describe('deadlines', () => {
  it('never come early, and at most a tick late', () => {
    const START = 1_700_000_000_003;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60_000 }), { maxLength: 40 }), (delays) => {
        const wheel = new Deadlines();
        const fired: [number, number][] = [];
        for (const delay of delays) {
          const deadline = START + delay;
          wheel.add({ deadline, expire: (now) => fired.push([deadline, now]) }, START);
        }
        for (let now = START; now <= START + 61_000; now += 7) wheel.advance(now);
        expect(fired).toHaveLength(delays.length);
        expect(wheel.size).toBe(0);
        for (const [deadline, at] of fired) {
          expect(at).toBeGreaterThanOrEqual(deadline);
          expect(at - deadline).toBeLessThanOrEqual(TICK_MS + 7);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('all come after a long pause, and none that was taken back', () => {
    const wheel = new Deadlines();
    const fired: string[] = [];
    const kept = { deadline: 1100, expire: () => fired.push('kept') };
    const gone = { deadline: 1100, expire: () => fired.push('gone') };
    wheel.add(kept, 1000);
    wheel.add(gone, 1000);
    wheel.remove(gone);
    wheel.remove(gone);
    expect(wheel.size).toBe(1);
    wheel.advance(10_000_000);
    expect([fired, wheel.size]).toEqual([['kept'], 0]);
  });
});

describe('a queue name', () => {
  it.each(['', '.', '..', 'a.b', 'a/b', '/etc', '~', 'a~b', 'a\0b', 'x'.repeat(221), 'é'.repeat(111)])(
    '%j is refused',
    (name) => {
      expect(isLegalName(name)).toBe(false);
    },
  );
  it.each(['a', 'a+b', 'push-1', 'x'.repeat(220), 'ü', 'a\tb'])('%j is allowed', (name) => {
    expect(isLegalName(name)).toBe(true);
  });
});

describe('the status', () => {
  it.each([
    ['up', false, false],
    ['WriteAvoid', false, false],
    ['READONLY', true, false],
    ['quiescent', true, true],
  ])('%s blocks writes: %s, reads: %s', (name, writes, reads) => {
    const keeper = new StatusKeeper();
    const status = parseStatus(name);
    if (status !== null) keeper.set(status, 0);
    expect([status === null, keeper.blocksWrites, keeper.blocksReads]).toEqual([false, writes, reads]);
  });

  it('cannot be set to down or to nonsense by a client', () => {
    expect([parseStatus('down'), parseStatus('x')]).toEqual([null, null]);
  });
});
