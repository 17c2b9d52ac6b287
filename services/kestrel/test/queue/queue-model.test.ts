import fc from 'fast-check';
import { makeHub, TestClient } from '../hub.js';
import { Model, type ModelLimits } from './model.js';
import { RecordedJournal } from './recorded-journal.js';

const CLIENTS = 3;
const START = 1_700_000_000_000;

type Command =
  | { readonly do: 'set'; readonly client: number; readonly expiry: number }
  | {
      readonly do: 'get';
      readonly client: number;
      readonly how: 'take' | 'open' | 'peek';
      readonly timeout: number;
    }
  | { readonly do: 'closeOpen' | 'close' | 'abort' | 'disconnect' | 'flush'; readonly client: number }
  | { readonly do: 'monitor'; readonly client: number; readonly seconds: number; readonly max: number }
  | { readonly do: 'confirm'; readonly client: number; readonly count: number }
  | { readonly do: 'tick'; readonly by: number };

const client = fc.nat(CLIENTS - 1);
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('set' as const), client, expiry: fc.constantFrom(0, 0, 0, 1, 2) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('get' as const),
      client,
      how: fc.constantFrom('take' as const, 'open' as const, 'peek' as const),
      timeout: fc.constantFrom(0, 0, 40, 3000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'closeOpen' as const,
        'close' as const,
        'abort' as const,
        'disconnect' as const,
        'flush' as const,
      ),
      client,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('monitor' as const),
      client,
      seconds: fc.nat(3),
      max: fc.integer({ min: -1, max: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('confirm' as const),
      client,
      count: fc.integer({ min: -1, max: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('tick' as const), by: fc.constantFrom(20, 100, 1500) }),
  },
);

function run(commands: readonly Command[], limits: ModelLimits): void {
  const journal = new RecordedJournal();
  const { maxItems, maxAge } = limits;
  const hub = makeHub(
    {
      maxOpenTransactions: limits.maxOpen,
      default: { maxItems, maxAge, discardOldWhenFull: limits.discard },
    },
    () => journal,
  );
  const model = new Model(CLIENTS, limits);
  const clients = Array.from({ length: CLIENTS }, () => new TestClient(hub));
  model.tick(START);
  commands.forEach((it, index) => {
    if (it.do === 'tick') {
      model.tick(model.now + it.by);
      hub.deadlines.advance(model.now);
    } else if (it.do === 'flush') {
      model.flush();
      hub.registry.lookup('q')?.queue.flush();
    } else if (it.do === 'disconnect' || !model.waiting(it.client))
      step(it, clients[it.client]!, model, `item ${index}`);
    const queue = hub.registry.lookup('q')?.queue;
    expect(clients.map(({ heard }) => heard)).toEqual(model.heard);
    expect(clients.map(({ session }) => session.waiting)).toEqual(clients.map((_, i) => model.waiting(i)));
    expect(queue?.length ?? 0).toBe(model.items.length);
    expect(queue?.openReads ?? 0).toBe(model.open.flat().length);
    expect(queue?.waiters.size ?? 0).toBe(model.waits.length);
    expect(queue?.bytes ?? 0).toBe(model.items.reduce((sum, { data }) => sum + data.length, 0));
  });
  expect(journal.replay().items.map(({ data }) => data.toString())).toEqual(
    model.items.map(({ data }) => data),
  );
  for (const it of clients) it.session.close(model.now);
  for (let i = 0; i < CLIENTS; i += 1) model.disconnect(i);
  expect(journal.replay().items.map(({ data }) => data.toString())).toEqual(
    model.items.map(({ data }) => data),
  );
}

function step(it: Exclude<Command, { do: 'tick' }>, one: TestClient, model: Model, data: string): void {
  const { now } = model;
  switch (it.do) {
    case 'set':
      expect(one.set('q', data, now, it.expiry)).toBe(
        model.set(data, it.expiry === 0 ? 0 : now + it.expiry * 1000),
      );
      return;
    case 'get': {
      const key = `q/t=${it.timeout}${it.how === 'take' ? '' : `/${it.how}`}`;
      expect(one.get(key, now)).toBe(model.get(it.client, it.how, it.timeout));
      return;
    }
    case 'closeOpen':
      model.settle(it.client, false);
      expect(one.get('q/close/open', now)).toBe(model.get(it.client, 'open', 0));
      return;
    case 'close':
    case 'abort':
      model.settle(it.client, it.do === 'abort');
      expect(one.get(`q/${it.do}`, now)).toBe('END');
      return;
    case 'monitor':
      model.monitor(it.client, it.seconds, it.max);
      expect(one.monitor('q', it.seconds, it.max, now)).toBe('started');
      return;
    case 'confirm':
      expect(one.session.confirm('q', it.count)).toBe(model.confirm(it.client, it.count));
      return;
    case 'disconnect':
      model.disconnect(it.client);
      one.session.close(now);
      return;
    case 'flush':
      return;
  }
}

describe('a queue with several clients', () => {
  it.each<[string, ModelLimits]>([
    ['without limits', { maxItems: 1000, discard: false, maxAge: null, maxOpen: 3 }],
    ['that is soon full', { maxItems: 3, discard: false, maxAge: null, maxOpen: 2 }],
    ['that drops its oldest items', { maxItems: 3, discard: true, maxAge: null, maxOpen: 100 }],
    ['whose items die soon', { maxItems: 1000, discard: false, maxAge: 1000, maxOpen: 1 }],
  ])('%s does what the simple model does, and its journal replays to the same', (_name, limits) => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        run(commands, limits);
      }),
      { numRuns: 150 },
    );
  });
});
