import { join } from 'node:path';
import { jest } from '@jest/globals';
import { decodePresence, presenceQueue, type Id } from '@murmur/model';
import { freePort, startProcess, stopAll, waitFor } from '@murmur/testkit';
import { ask, openSse, openWs, type SseClient } from './support/harness.js';
import { CLUSTER_KEY, CLUSTER_PATH, freshId, startHouse, type House, type Person } from './support/house.js';

const SSE = '/api/v1/streaming/user';
const auth = ({ token }: Person) => ({ Authorization: `Bearer ${token}` });
const ids = (...statuses: readonly { readonly id: Id }[]): string[] => statuses.map(({ id }) => String(id));
const lastId = (reader: SseClient): string =>
  reader.events().findLast((event) => event.id !== null)?.id ?? '';

// Longer than any wait: a test ends when what it waits for is there.
jest.setTimeout(60_000);

describe('gateways among real servers', () => {
  let house: House;
  let author: Person;
  let names = 0;
  const newReader = async (): Promise<Person> => {
    const reader = await house.person(`reader${String(++names)}`);
    await house.follow(reader, author);
    return reader;
  };
  beforeAll(async () => {
    house = await startHouse();
    author = await house.person('author');
  });
  afterAll(async () => {
    await house.stop().finally(stopAll);
  });

  it('is healthy once presence is out, and delivers what either Kestrel holds', async () => {
    const gateway = await house.startGateway({ instance: 'g1' });
    await waitFor(async () => (await ask(gateway.port, '/health')).body === 'ok', { what: 'health' });
    const reader = await newReader();
    const sse = await openSse(gateway.port, SSE, auth(reader));
    const ws = await openWs(gateway.port, `/api/v1/streaming?stream=user&access_token=${reader.token}`);
    const posted = [];
    for (let i = 0; i < 20; i++) {
      const status = await house.post(author, reader);
      posted.push(status);
      // Twice, as when a fan-out was killed half-way.
      await house.push('g1', status, [reader, author]);
      await house.push('g1', status, [reader]);
    }
    await waitFor(() => sse.ids().length >= 20 && ws.ids().length >= 20, { what: 'twenty updates' });
    expect([...sse.ids()].sort()).toEqual(ids(...posted));
    expect([...ws.ids()].sort()).toEqual(ids(...posted));
    await waitFor(async () => (await house.kestrel.queueStats('push-g1')).every((one) => one.items === 0), {
      what: 'an empty queue',
    });
    const metrics = (await ask(gateway.port, '/metrics')).body;
    expect(metrics).toMatch(/^murmur_push_accept_to_socket_seconds_count [1-9]/m);
    expect(metrics).toMatch(/^murmur_push_queue_items 0$/m);
  });

  it('resumes at another gateway with no gap and no repeat, stragglers included', async () => {
    const [first, second] = [
      await house.startGateway({ instance: 'a1' }),
      await house.startGateway({ instance: 'a2' }),
    ];
    const reader = await newReader();
    const one = await openSse(first.port, SSE, auth(reader));
    const early = freshId();
    const live = [await house.post(author, reader), await house.post(author, reader)];
    for (const status of live) await house.push('a1', status, [reader]);
    await waitFor(() => one.ids().length === 2, { what: 'the live ones' });
    await first.stop();
    await waitFor(() => one.ended(), { what: 'the end' });
    // While the reader is away: a straggler older than what it has had, and two new ones.
    const away = [
      await house.post(author, reader, early),
      await house.post(author, reader),
      await house.post(author, reader),
    ];
    const two = await openSse(second.port, SSE, { ...auth(reader), 'Last-Event-ID': lastId(one) });
    await waitFor(() => two.ids().length >= 3, { what: 'what was missed' });
    const after = await house.post(author, reader);
    for (const status of [...away, ...live, after]) await house.push('a2', status, [reader]);
    await waitFor(() => two.ids().includes(String(after.id)), { what: 'the live one' });
    expect([...one.ids(), ...two.ids()].sort()).toEqual(ids(...away, ...live, after).sort());
  });

  it('catches a fresh reader up on what fan-out did not push to it', async () => {
    const gateway = await house.startGateway({ instance: 'b1' });
    const reader = await newReader();
    const sse = await openSse(gateway.port, SSE, auth(reader));
    const status = await house.post(author, reader);
    await waitFor(() => sse.ids().length === 1, { what: 'the status' });
    expect(sse.ids()).toEqual(ids(status));
  });

  it('tells fan-outs who is there', async () => {
    const joins: Id[] = [];
    const consumer = house.kestrel.consume({
      queue: presenceQueue('f1'),
      batchMax: 10,
      monitorMs: 1_000,
      retryDelayMs: 100,
      handle: (batch) => {
        for (const item of batch.map(decodePresence)) if (item.gateway === 'c1') joins.push(...item.joins);
        return Promise.resolve();
      },
    });
    await waitFor(() => consumer.liveServers() === 2, { what: 'the fan-out' });
    const gateway = await house.startGateway({ instance: 'c1' });
    const reader = await newReader();
    await openSse(gateway.port, SSE, auth(reader));
    await waitFor(() => joins.includes(reader.id), { what: 'the join' });
    await consumer.stop();
  });

  it('closes the streams of a token that is revoked', async () => {
    const gateway = await house.startGateway({ instance: 'd1' });
    const reader = await newReader();
    const sse = await openSse(gateway.port, SSE, auth(reader));
    await house.revoke(reader);
    await waitFor(() => sse.ended(), { what: 'the end' });
    expect((await ask(gateway.port, SSE, auth(reader))).status).toBe(401);
  });

  it('goes on when a Kestrel is killed, with what the other one holds', async () => {
    const gateway = await house.startGateway({ instance: 'e1' });
    const reader = await newReader();
    const sse = await openSse(gateway.port, SSE, auth(reader));
    await house.kestrels[0]?.kill();
    const status = await house.post(author, reader);
    await house.push('e1', status, [reader]);
    await waitFor(() => sse.ids().length === 1, { what: 'the status' });
    await house.kestrels[0]?.restart();
    await waitFor(async () => (await house.kestrel.queueStats('push-e1')).length === 2, {
      what: 'both Kestrels',
    });
    const later = [await house.post(author, reader), await house.post(author, reader)];
    for (const each of later) await house.push('e1', each, [reader]);
    await waitFor(() => sse.ids().length === 3, { what: 'the later ones' });
    expect([...sse.ids()].sort()).toEqual(ids(status, ...later));
  });

  it('runs as a process, and on SIGTERM sends its readers away and exits 0', async () => {
    const port = await freePort();
    const { zk, mysql } = house.options;
    const gateway = await startProcess({
      command: process.execPath,
      args: [
        join(import.meta.dirname, '../bin/murmur-push-gateway'),
        ...['--port', String(port), '--instance', 'p1', '--zk', zk, '--cluster-path', CLUSTER_PATH],
      ],
      env: { MURMUR_CLUSTER_KEY: CLUSTER_KEY, MURMUR_MYSQL: mysql },
      readyUrl: `http://127.0.0.1:${port}/health`,
    });
    const reader = await newReader();
    const sse = await openSse(port, SSE, auth(reader));
    const ws = await openWs(port, `/api/v1/streaming?stream=user&access_token=${reader.token}`);
    gateway.signal('SIGTERM');
    expect(await gateway.exited()).toBe(0);
    expect(sse.ended()).toBe(true);
    await waitFor(() => ws.closed() !== null, { what: 'the close' });
    expect(ws.closed()).toEqual({ code: 1001, reason: 'going away' });
  });
});
