/** The stream of changes, through the client of the contract. */
import { createSchedulerClient, type EventOptions, type StreamedEvent } from '@murmur/scheduler-api';
import { silentLog } from '@murmur/service';
import { Events } from '../../src/http/events.js';
import { startApi, type TestApi } from './api-world.js';

let api: TestApi;
let stops: AbortController[];
beforeEach(async () => {
  api = await startApi();
  stops = [];
});
afterEach(async () => {
  for (const stop of stops) stop.abort();
  await api.close();
});

interface Heard {
  readonly events: StreamedEvent[];
  /** Resolves once so many have come. */
  count(count: number): Promise<readonly StreamedEvent[]>;
  stop(): Promise<void>;
}

/** Listens; resolves once the stream stands. */
async function listen(options: EventOptions = {}): Promise<Heard> {
  const stop = new AbortController();
  stops.push(stop);
  const client = createSchedulerClient({ urls: api.url });
  const events: StreamedEvent[] = [];
  const waiting = new Set<() => void>();
  let opened = (): void => undefined;
  const standing = new Promise<void>((resolve) => (opened = resolve));
  const over = (async () => {
    for await (const event of client.events({ ...options, signal: stop.signal, onOpen: () => opened() })) {
      events.push(event);
      for (const wake of waiting) wake();
    }
  })();
  await standing;
  return {
    events,
    count: async (count) => {
      while (events.length < count)
        await new Promise<void>((resolve) => {
          waiting.add(resolve);
        });
      return events.slice(0, count);
    },
    stop: async () => {
      stop.abort();
      await over;
    },
  };
}

const told = ({ event }: StreamedEvent): string => {
  switch (event.kind) {
    case 'task':
      return `${event.task.job.name} ${event.task.instance} ${event.previous ?? 'nothing'} > ${event.task.state}`;
    case 'audit':
      return `audit ${event.entry.action}`;
    case 'agent':
      return `agent ${event.agentId} ${event.lostAt === null ? 'there' : 'gone'}`;
    case 'task-removed':
      return `removed ${event.instance}`;
    case 'gap':
      return 'gap';
  }
};
const create = (name: string) => api.world.create({ name, instances: 1 });

describe('the stream of events', () => {
  it('tells of tasks, agents and audit entries, in order', async () => {
    const heard = await listen();
    api.world.seen('a1');
    create('web');
    api.world.assign(api.world.task());
    api.world.agentLost('a1');
    await heard.count(5);
    const lines = heard.events.map(told);
    expect(lines[0]).toBe('agent a1 there');
    expect(lines).toContain('audit job.create');
    expect(lines).toContain('web 0 PENDING > ASSIGNED');
    expect(lines.filter((line) => line === 'agent a1 gone')).toHaveLength(1);
  });

  it('has an id for each, which grow', async () => {
    const heard = await listen();
    create('a');
    create('b');
    const ids = (await heard.count(4)).map(({ id }) => id?.split('.').map(Number) ?? []);
    expect(ids.map(([, index]) => index)).toEqual([0, 1, 0, 1]);
    expect(ids[2]![0]).toBeGreaterThan(ids[0]![0]!);
  });

  it('goes on after the last id that was seen, in the midst of a transaction too', async () => {
    const first = await listen();
    create('a');
    const [one, two] = await first.count(2);
    await first.stop();
    create('b');
    const again = await listen({ lastEventId: one!.id! });
    const events = await again.count(3);
    expect(events[0]).toEqual(two);
    expect(events.slice(1).map(told).sort()).toEqual(['audit job.create', 'b 0 nothing > PENDING']);
  });

  it.each(['0.0', '999999.0', 'rubbish', '1'])(
    'begins with a gap after the id %s, which it cannot go on from',
    async (lastEventId) => {
      await api.get('/api/v1/cluster');
      api.world.position = 100;
      create('a');
      const heard = await listen({ lastEventId });
      create('b');
      const events = await heard.count(2);
      expect(told(events[0]!)).toBe('gap');
      expect(events[0]!.id).toBeNull();
    },
  );

  it('is of jobs that fit the globs, and then has no agents', async () => {
    const heard = await listen({ role: 'w*', name: 'b?' });
    api.world.seen('a1');
    create('a');
    create('b1');
    create('b22');
    create('b3');
    const lines = (await heard.count(4)).map(told);
    expect(lines.filter((line) => !line.startsWith('audit'))).toEqual([
      'b1 0 nothing > PENDING',
      'b3 0 nothing > PENDING',
    ]);
  });

  it('comes back by itself when its connection breaks, and misses nothing', async () => {
    const heard = await listen();
    create('a');
    await heard.count(2);
    api.http.server.closeAllConnections();
    create('b');
    const lines = (await heard.count(4)).map(told);
    expect(lines).toContain('b 0 nothing > PENDING');
    expect(lines).not.toContain('gap');
  });

  it('is refused for an unknown filter', async () => {
    const reply = await api.get('/api/v1/events?states=RUNNING');
    expect(reply.error).toBe(
      'bad-request: the query has no parameter "states"; allowed are role, environment, name',
    );
  });
});

describe('streams', () => {
  it('are bounded in number', async () => {
    const events = new Events({ log: silentLog(), context: () => api.world.viewContext(), streamsMax: 0 });
    const open = () => events.open({ get: () => undefined } as never, {} as never, api.world.backend, null);
    expect(open).toThrow('there are 0 streams of events, and no more are given');
    events.close();
  });

  it('end when the API closes', async () => {
    const reply = api.get('/api/v1/events');
    const heard = await listen();
    create('a');
    await heard.count(2);
    api.api.close();
    expect((await reply).text).toContain('event: task\n');
  });
});
