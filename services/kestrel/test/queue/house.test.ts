import fc from 'fast-check';
import { ITEM_WEIGHT_BYTES } from '../../src/queue/backlog-core.js';
import { ConfigBook } from '../../src/config/book-core.js';
import { parseConfig, QUEUE_DEFAULTS } from '../../src/config/schema.js';
import type { Hub } from '../../src/queue/session-core.js';
import { parseStatus } from '../../src/queue/status-core.js';
import { makeHub, TestClient } from '../hub.js';
import { HouseModel } from './house-model.js';
import { opened } from './house-queue.js';
import { RecordedJournal } from './recorded-journal.js';

const CLIENTS = 3;
const START = 1_700_000_000_000;
const NAMES = ['a', 'b', 'dead', 'p', 'p+x', 'p+y', 'f', 'f+z', 't', 'all'];

/** Two configs, so that a reload changes something of everything. */
function configs(maxMemorySize: number): readonly unknown[] {
  return [
    {
      maxOpenTransactions: 2,
      default: { maxMemorySize },
      aliases: [{ name: 'all', destinations: ['a', 'p'] }],
      queues: [
        { name: 'a', maxItems: 4, discardOldWhenFull: true },
        { name: 'b', maxAge: 1000, expireToQueue: 'dead', maxExpireSweep: 1 },
        { name: 'dead', maxAge: 3000 },
        { name: 'p', maxItems: 5, children: ['x'] },
        { name: 'p+y', maxItems: 2 },
        { name: 'f', fanoutOnly: true, maxQueueAge: 2500 },
        { name: 't', openTransactionTimeout: 1000, maxSize: 30 },
      ],
    },
    {
      maxOpenTransactions: 100,
      default: { maxMemorySize: maxMemorySize / 2 },
      aliases: [{ name: 'all', destinations: ['b', 't', 'f'] }],
      queues: [
        { name: 'a', maxItems: 2, openTransactionTimeout: 2000 },
        { name: 'b', maxAge: 500 },
        { name: 'p', maxItems: 0, discardOldWhenFull: true },
        { name: 'p+y', maxItems: 9, maxSize: 25 },
        { name: 'f', children: ['w'] },
        { name: 't', maxAge: 2000, maxQueueAge: 2000 },
      ],
    },
  ];
}

const client = fc.nat(CLIENTS - 1);
const name = fc.constantFrom(...NAMES);
function command<Name extends string>(kind: Name) {
  return { do: fc.constant(kind), client, name };
}
const seldom = fc.oneof(
  fc.record(command('flush')),
  fc.record(command('flushAll')),
  fc.record(command('flushExpired')),
  fc.record(command('flushAllExpired')),
  fc.record(command('delete')),
  fc.record(command('disconnect')),
  fc.record({ ...command('reload'), to: fc.nat(1) }),
  fc.record({ ...command('status'), to: fc.constantFrom('up', 'up', 'readOnly', 'quiescent') }),
);
const often = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      ...command('set'),
      seconds: fc.constantFrom(0, 0, 0, 1, 2),
      bytes: fc.integer({ min: 4, max: 12 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      ...command('get'),
      how: fc.constantFrom('take' as const, 'open' as const, 'open' as const, 'peek' as const),
      timeout: fc.constantFrom(0, 0, 40, 3000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ ...command('monitor'), seconds: fc.nat(3), max: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ ...command('confirm'), count: fc.integer({ min: -1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record(command('closeOpen')) },
  { weight: 1, arbitrary: fc.record(command('close')) },
  { weight: 2, arbitrary: fc.record(command('abort')) },
  { weight: 3, arbitrary: fc.record({ ...command('tick'), by: fc.constantFrom(20, 300, 1500) }) },
  { weight: 1, arbitrary: fc.record(command('expire')) },
);
const commands = fc.array(fc.oneof({ weight: 8, arbitrary: often }, { weight: 1, arbitrary: seldom }), {
  maxLength: 80,
});
type Command = typeof commands extends fc.Arbitrary<(infer T)[]> ? T : never;

type OfServer = Extract<Command, { do: 'tick' | 'expire' | 'reload' | 'status' | 'disconnect' }>;

function isOfServer(it: Command): it is OfServer {
  return ['tick', 'expire', 'reload', 'status', 'disconnect'].includes(it.do);
}

/** A house and its model, side by side. */
class Pair {
  readonly hub: Hub;
  readonly model: HouseModel;
  readonly clients: readonly TestClient[];
  readonly #journals = new Map<string, RecordedJournal>();
  readonly #books: readonly ConfigBook[];
  readonly #maxOpen: readonly number[];

  constructor(maxMemorySize: number) {
    const all = configs(maxMemorySize);
    this.hub = makeHub(all[0], (queue) => {
      const journal = new RecordedJournal();
      this.#journals.set(queue, journal);
      return journal;
    });
    const parsed = all.map((config) => parseConfig(config));
    this.#books = parsed.map((config) => new ConfigBook(config, QUEUE_DEFAULTS));
    this.#maxOpen = parsed.map((config) => config.maxOpenTransactions);
    this.model = new HouseModel(CLIENTS, this.#books[0]!);
    this.clients = Array.from({ length: CLIENTS }, () => new TestClient(this.hub));
    this.model.tick(START);
    this.reload(0);
  }

  reload(to: number): void {
    this.model.reload(this.#books[to]!, this.#maxOpen[to]!);
    this.hub.maxOpenReads = this.#maxOpen[to]!;
    this.hub.registry.reload(this.#books[to]!, this.model.now);
  }

  status(to: string): void {
    this.hub.status.set(parseStatus(to)!, this.model.now);
    this.model.status(to !== 'up', to === 'quiescent');
    this.hub.registry.rouse(this.model.now);
  }

  tick(by: number): void {
    this.model.tick(by);
    this.hub.deadlines.advance(this.model.now);
  }

  expire(): void {
    this.model.expire();
    this.hub.registry.expire(this.model.now);
  }

  disconnect(number: number): void {
    this.model.disconnect(number);
    this.clients[number]!.session.close(this.model.now);
  }

  compare(): void {
    const { hub, model, clients } = this;
    expect(clients.map(({ heard }) => heard)).toEqual(model.heard);
    expect(clients.map(({ session }) => session.waiting)).toEqual(clients.map((_, i) => model.isWaiting(i)));
    const queues = [...hub.registry.families()].map(({ queue }) => ({
      name: queue.name,
      items: queue.length,
      bytes: queue.bytes,
      open: [...queue.openItems()].map(({ data }) => data.toString()),
      waiting: queue.waiters.size,
    }));
    expect(queues).toEqual(
      model.queues.map(({ name: queue, items, open, waits }) => ({
        name: queue,
        items: items.length,
        bytes: items.reduce((sum, { data }) => sum + data.length, 0),
        open: opened({ open }).map(({ item }) => item.data),
        waiting: waits.length,
      })),
    );
  }

  /** What a restart would find is what is there. */
  compareJournals(): void {
    for (const queue of this.model.queues) {
      const { items, open } = this.#journals.get(queue.name)!.replay();
      expect([queue.name, ...items.map(({ data }) => data.toString())]).toEqual([
        queue.name,
        ...queue.items.map(({ data }) => data),
      ]);
      expect([...open.values()].map(({ data }) => data.toString()).sort()).toEqual(
        opened(queue)
          .map(({ item }) => item.data)
          .sort(),
      );
    }
  }
}

function serve(pair: Pair, it: OfServer): void {
  switch (it.do) {
    case 'tick':
      pair.tick(it.by);
      return;
    case 'expire':
      pair.expire();
      return;
    case 'reload':
      pair.reload(it.to);
      return;
    case 'status':
      pair.status(it.to);
      return;
    case 'disconnect':
      pair.disconnect(it.client);
  }
}

/** What one client asks for: what it is told, and what the model says. */
function ask({ model, clients }: Pair, it: Exclude<Command, OfServer>, data: string): [unknown, unknown] {
  const { now } = model;
  const one = clients[it.client]!;
  const { session } = one;
  switch (it.do) {
    case 'set': {
      const padded = data.padEnd(it.bytes, '.');
      const dies = it.seconds === 0 ? 0 : now + it.seconds * 1000;
      return [one.set(it.name, padded, now, it.seconds), model.set(it.name, padded, dies)];
    }
    case 'get': {
      const how = it.how === 'take' ? '' : `/${it.how}`;
      return [
        one.get(`${it.name}/t=${it.timeout}${how}`, now),
        model.get(it.client, it.name, it.how, it.timeout),
      ];
    }
    case 'closeOpen':
      model.close(it.client, it.name);
      return [one.get(`${it.name}/close/open`, now), model.get(it.client, it.name, 'open', 0)];
    case 'close':
      model.close(it.client, it.name);
      return [one.get(`${it.name}/close`, now), 'END'];
    case 'abort':
      model.abort(it.client, it.name);
      return [one.get(`${it.name}/abort`, now), 'END'];
    case 'monitor':
      return [
        one.monitor(it.name, it.seconds, it.max, now),
        model.monitor(it.client, it.name, it.seconds, it.max),
      ];
    case 'confirm':
      return [session.confirm(it.name, it.count), model.confirm(it.client, it.name, it.count)];
    case 'delete':
      return [session.delete(it.name, now) ?? 'done', model.delete(it.name)];
    case 'flush':
      return [session.flush(it.name) ?? 'done', model.flush(it.name)];
    case 'flushAll':
      return [session.flushAll() ?? 'done', model.flushAll()];
    case 'flushExpired':
      return [String(session.flushExpired(it.name, now)), model.flushExpired(it.name)];
    case 'flushAllExpired':
      return [String(session.flushAllExpired(now)), model.flushAllExpired()];
  }
}

function run(list: readonly Command[], maxMemorySize: number): void {
  const pair = new Pair(maxMemorySize);
  pair.compare();
  list.forEach((it, index) => {
    if (isOfServer(it)) serve(pair, it);
    else if (!pair.model.isWaiting(it.client)) {
      const [told, expected] = ask(pair, it, `${index}`);
      expect([it.do, told]).toEqual([it.do, expected]);
    }
    pair.compare();
  });
  pair.compareJournals();
  for (let i = 0; i < CLIENTS; i += 1) pair.disconnect(i);
  pair.compare();
  pair.compareJournals();
}

describe('a server with many queues and clients', () => {
  it.each([
    ['whose memory has room for all', 2 ** 27],
    ['that keeps two or three items of a queue in memory', 3 * ITEM_WEIGHT_BYTES - 200],
    ['that keeps one item of a queue in memory', 0],
  ])('%s does what the simple model does, and its journals replay to the same', (_, maxMemorySize) => {
    fc.assert(
      fc.property(commands, (list) => {
        run(list, maxMemorySize);
      }),
      { numRuns: 150 },
    );
  });
});
