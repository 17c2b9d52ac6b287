import fc from 'fast-check';
import { Backlog, ITEM_WEIGHT_BYTES } from '../../src/queue/backlog-core.js';
import type { Item } from '../../src/queue/item.js';
import { makeHub, TestClient } from '../hub.js';
import { RecordedJournal } from './recorded-journal.js';

const BYTES_MAX = 300;
const NOW = 1_700_000_000_000;

function makeItem(bytes: number, number: number): Item {
  return { data: Buffer.alloc(bytes), addTime: number, expiry: 0, xid: 0 };
}

describe('a backlog', () => {
  it('keeps its order, and its memory within the limit and one item, wherever the items are', () => {
    const step = fc.record({
      do: fc.constantFrom('push', 'push', 'push', 'shift', 'shift', 'first', 'empty'),
      bytes: fc.nat(BYTES_MAX),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.nat(5000), (steps, limit) => {
        const journal = new RecordedJournal();
        const backlog = new Backlog(limit, journal);
        let model: Item[] = [];
        steps.forEach(({ do: what, bytes }, number) => {
          if (what === 'push') {
            const item = makeItem(bytes, number);
            journal.added(item, backlog.push(item));
            model.push(item);
          } else if (what === 'shift') {
            const item = backlog.shift();
            expect(item?.addTime).toBe(model.shift()?.addTime);
            if (item !== undefined) journal.removed();
          } else if (what === 'empty') {
            backlog.empty();
            journal.emptied();
            model = [];
          } else expect(backlog.first()?.addTime).toBe(model[0]?.addTime);
          expect([backlog.length, backlog.bytes]).toEqual([
            model.length,
            model.reduce((sum, { data }) => sum + data.length, 0),
          ]);
          expect(backlog.memoryBytes + backlog.memoryItems * ITEM_WEIGHT_BYTES).toBeLessThanOrEqual(
            limit + BYTES_MAX + ITEM_WEIGHT_BYTES,
          );
        });
      }),
    );
  });

  it('takes items back to the head whatever the limit', () => {
    const journal = new RecordedJournal();
    const backlog = new Backlog(0, journal);
    for (let i = 1; i <= 3; i += 1) {
      const item = makeItem(10, i);
      journal.added(item, backlog.push(item));
    }
    for (let i = 0; i > -3; i -= 1) backlog.pushFront(makeItem(10, i));
    const order = Array.from({ length: 6 }, () => backlog.shift()?.addTime);
    expect([order, backlog.length, backlog.bytes]).toEqual([[-2, -1, 0, 1, 2, 3], 0, 0]);
  });

  it('forgets the items that were pushed last, in memory and behind it', () => {
    const journal = new RecordedJournal();
    const backlog = new Backlog(2 * (ITEM_WEIGHT_BYTES + 10), journal);
    const items = [1, 2, 3, 4].map((i) => makeItem(10, i));
    for (const item of items) journal.added(item, backlog.push(item));
    expect([backlog.memoryItems, backlog.behindItems]).toEqual([2, 2]);
    backlog.forget(new Set([items[1]!]), 2, 20);
    expect([backlog.length, backlog.bytes, backlog.shift()?.addTime]).toEqual([1, 10, 1]);
  });
});

const ITEMS_MAX = 12;

type Step = {
  readonly do: 'set' | 'take' | 'open' | 'confirm' | 'abort' | 'peek' | 'wait' | 'time' | 'leave';
  readonly client: number;
  readonly fails: boolean;
};

/** One queue whose journal cannot always be read, and what should be in it. Every item handed out is looked at as it comes. */
class Shaky {
  readonly #journal = new RecordedJournal();
  readonly #hub = makeHub(
    {
      maxOpenTransactions: 3,
      default: { maxMemorySize: 2 * ITEM_WEIGHT_BYTES + 88, maxItems: ITEMS_MAX, discardOldWhenFull: true },
    },
    () => this.#journal,
  );
  readonly #clients = [new TestClient(this.#hub), new TestClient(this.#hub)] as const;
  readonly #open: string[][] = [[], []];
  #items: string[] = [];
  #failed = 0;

  step({ do: what, client, fails }: Step, data: string): void {
    const { session } = this.#clients[client]!;
    if (session.waiting && what !== 'leave' && what !== 'time') return;
    const before = this.#failed;
    this.#journal.failing = () => {
      if (fails) this.#failed += 1;
      return fails;
    };
    if (what === 'set') this.#set(client, data);
    else if (what === 'time') this.#hub.registry.expire(NOW);
    else if (what === 'leave') {
      this.#items.unshift(...this.#open[client]!.splice(0));
      session.close(NOW);
    } else this.#read(what, client, before);
    this.#hear();
    expect(this.#hub.registry.lookup('q')?.queue.length ?? 0).toBe(this.#items.length);
  }

  /** The journal can be read again: who waits gets what is there, and the rest comes out in order. */
  end(): void {
    this.#journal.failing = () => false;
    this.#hub.registry.expire(NOW);
    this.#hear();
    const waiting = this.#clients.filter(({ session }) => session.waiting).length;
    expect(waiting === 0 || this.#items.length === 0).toBe(true);
    const other = new TestClient(this.#hub);
    for (const item of this.#items) expect(other.get('q', NOW)).toBe(item);
    expect(other.get('q', NOW)).toBe('END');
  }

  #set(client: number, data: string): void {
    const failed = this.#failed;
    const full = this.#items.length >= ITEMS_MAX;
    const result = this.#clients[client]!.set('q', data, NOW);
    // What was given back may have made them more than are allowed.
    if (result === 'stored') {
      this.#items = [...this.#items.slice(-(ITEMS_MAX - 1)), data];
      return;
    }
    expect([full, this.#failed > failed]).toEqual([true, true]);
    // Some of them may have gone before the one that could not be read.
    const left = this.#hub.registry.lookup('q')?.queue.length ?? 0;
    expect(left).toBeGreaterThanOrEqual(ITEMS_MAX);
    this.#items = this.#items.slice(-left);
  }

  #read(what: 'take' | 'open' | 'confirm' | 'abort' | 'peek' | 'wait', client: number, before: number): void {
    const one = this.#clients[client]!;
    const open = this.#open[client]!;
    if (what === 'confirm') {
      expect(one.session.confirm('q', 1)).toBe(open.shift() !== undefined);
      return;
    }
    if (what === 'abort') {
      this.#items.unshift(...open.splice(0, 1));
      one.get('q/abort', NOW);
      return;
    }
    if ((what === 'take' && open.length > 0) || open.length >= 3) return;
    const options = { take: '', open: '/open', peek: '/peek', wait: '/open/t=1000' }[what];
    const result = one.get(`q${options}`, NOW);
    if (result === 'END' || result === 'waiting') {
      expect(this.#items.length === 0 || this.#failed > before).toBe(true);
      return;
    }
    expect(result).toBe(this.#items[0]);
    if (what !== 'peek') this.#items.shift();
    if (what === 'open' || what === 'wait') open.push(result);
  }

  /** Items that waiters got; they all opened theirs. */
  #hear(): void {
    this.#clients.forEach(({ heard }, client) => {
      for (const data of heard.splice(0)) {
        if (data === 'END') continue;
        const at = this.#items.indexOf(data);
        expect(at).toBeGreaterThanOrEqual(0);
        expect(at).toBeLessThanOrEqual(1);
        this.#items.splice(at, 1);
        this.#open[client]!.push(data);
      }
    });
  }
}

describe('a queue whose journal cannot be read now and then', () => {
  it('loses nothing, changes no order, and serves who waited once it can be read', () => {
    const step: fc.Arbitrary<Step> = fc.record({
      do: fc.constantFrom<Step['do'][]>(
        ...([
          'set',
          'set',
          'set',
          'take',
          'open',
          'confirm',
          'abort',
          'peek',
          'wait',
          'time',
          'leave',
        ] as const),
      ),
      client: fc.nat(1),
      fails: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const shaky = new Shaky();
        steps.forEach((it, index) => {
          shaky.step(it, `item ${index}`);
        });
        shaky.end();
      }),
      { numRuns: 300 },
    );
  });
});
