import { jest } from '@jest/globals';
import { decodePresence, presenceSnapshotFromJson, type PresenceItem } from '@murmur/model';
import { waitFor } from '@murmur/testkit';
import { idAt, update } from './support/builders.js';
import {
  ask,
  caller,
  CLUSTER_KEY,
  openSse,
  openWs,
  startTestGateway,
  UPGRADE,
  type TestGateway,
} from './support/harness.js';

const SSE = '/api/v1/streaming/user?access_token=alice';
const WS = '/api/v1/streaming?stream=user&access_token=bob';

// Longer than any wait: a test ends when what it waits for is there.
jest.setTimeout(60_000);

let test: TestGateway;
const start = async (options: Parameters<typeof startTestGateway>[0] = {}): Promise<void> => {
  test = await startTestGateway(options);
};
afterEach(() => test.stop());

const items = (): PresenceItem[] => test.puts.map(({ payload }) => decodePresence(payload));

describe('presence', () => {
  it('says who comes and goes, without a hole, and the whole on demand', async () => {
    await start();
    const reader = await openSse(test.port, SSE);
    const second = await openSse(test.port, SSE);
    const other = await openWs(test.port, WS);
    await waitFor(() => items().flatMap((item) => item.joins).length === 2, { what: 'two joins' });
    expect(items().flatMap((item) => item.joins)).toEqual([1n, 2n]);
    const answer = await ask(test.port, '/internal/presence', { Authorization: `Bearer ${CLUSTER_KEY}` });
    const snapshot = presenceSnapshotFromJson(JSON.parse(answer.body));
    expect(snapshot).toMatchObject({ gateway: 'g1', epoch: 'e1', accounts: [1n, 2n] });
    reader.close();
    other.ws.close();
    await waitFor(() => items().some((item) => item.leaves.includes(2n)), { what: 'a leave' });
    second.close();
    await waitFor(() => items().some((item) => item.leaves.includes(1n)), { what: 'the other leave' });
    expect(test.puts.every(({ queue }) => queue === 'presence')).toBe(true);
    expect(items().map((item) => item.seq)).toEqual(items().map((_item, i) => i + 1));
  });

  it('begins a new epoch after a failure, and looks whether anybody missed anything', async () => {
    await start({ catchUpMs: 1 });
    let asked = 0;
    const before = test.home;
    test.home = (account, cursor) => {
      asked++;
      return before(account, cursor);
    };
    await waitFor(() => items().length === 1, { what: 'the first item' });
    const { put } = test;
    test.put = () => Promise.reject(new Error('away'));
    await openSse(test.port, SSE);
    await waitFor(() => test.metric('murmur_push_presence_items_total', { result: 'failed' }), {
      what: 'a failure',
    });
    await waitFor(() => asked === 1, { what: 'the look after the start' });
    test.put = put;
    await waitFor(() => items().length === 2, { what: 'the new epoch' });
    expect(items()[1]).toMatchObject({ seq: 1, joins: [] });
    expect(items()[1]?.epoch).not.toBe('e1');
    await waitFor(() => asked === 2, { what: 'the look after the disturbance' });
  });
});

describe('a reader that does not read', () => {
  it.each(['sse', 'ws'])('is dropped over %s, and nobody else waits for it', async (wire) => {
    await start({ bufferBytesMax: 65_536 });
    const slow =
      wire === 'sse' ? await openSse(test.port, SSE) : await openWs(test.port, WS.replace('bob', 'alice'));
    const socket = 'socket' in slow ? slow.socket : null;
    if ('ws' in slow) slow.ws.pause();
    socket?.pause();
    const good = await openSse(test.port, SSE.replace('alice', 'bob'));
    const long = 'x'.repeat(60_000);
    let sent = 0;
    // As many as the kernel's buffers take, and then some; each is delivered before the next is pushed.
    await waitFor(
      async () => {
        await test.push(update(idAt(++sent), [1n, 2n], long));
        await waitFor(() => good.ids().length === sent, { what: 'the good reader' });
        return (await test.metric('murmur_push_dropped_slow_total')) === 1;
      },
      { what: 'the slow one to be dropped', everyMs: 1 },
    );
    await waitFor(async () => (await test.metric('murmur_push_connections')) === 1, { what: 'it to be cut' });
    await test.push(update(idAt(sent + 1), [1n, 2n]));
    await waitFor(() => good.ids().length === sent + 1, { what: 'the good reader, after all' });
    socket?.destroy();
    if ('ws' in slow) slow.ws.terminate();
  });
});

describe('a token that is revoked', () => {
  it('closes its streams, and no others', async () => {
    await start({ tokenCheckMs: 100 });
    test.tokens.set('alice2', caller(1n));
    const sse = await openSse(test.port, SSE);
    const ws = await openWs(test.port, WS);
    const stays = await openSse(test.port, SSE.replace('alice', 'alice2'));
    test.tokens.delete('alice');
    test.tokens.delete('bob');
    await waitFor(() => sse.ended() && ws.closed() !== null, { what: 'both to be closed' });
    expect(sse.text()).toContain(':token revoked\n');
    expect(ws.closed()).toEqual({ code: 1008, reason: 'token revoked' });
    expect(stays.ended()).toBe(false);
    expect(await test.metric('murmur_push_revoked_total')).toBe(2);
  });
});

describe('a drain', () => {
  it('refuses newcomers, sends everybody away in steps, and is done when the last has gone', async () => {
    await start();
    const sse: Awaited<ReturnType<typeof openSse>>[] = [];
    for (let i = 0; i < 8; i++) sse.push(await openSse(test.port, SSE));
    const ws = await openWs(test.port, WS);
    const drained = test.gateway.drain(5_000);
    expect(await ask(test.port, SSE)).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    expect(await ask(test.port, WS, UPGRADE)).toMatchObject({ status: 503 });
    expect(await ask(test.port, '/api/v1/streaming/health')).toMatchObject({ status: 503 });
    expect(sse.some((one) => !one.ended())).toBe(true);
    await drained;
    await waitFor(() => sse.every((one) => one.ended()), { what: 'the ends' });
    await waitFor(() => ws.closed() !== null, { what: 'the close' });
    expect(ws.closed()).toEqual({ code: 1001, reason: 'going away' });
  });

  it('cuts those that do not go in time', async () => {
    await start();
    const ws = await openWs(test.port, WS);
    ws.ws.pause();
    await test.gateway.drain(100);
    await waitFor(async () => (await test.metric('murmur_push_connections')) === 0, { what: 'the cut' });
    ws.ws.terminate();
  });
});

describe('metrics', () => {
  it('say what is there', async () => {
    await start();
    await openSse(test.port, SSE);
    await openWs(test.port, WS);
    await test.push(update(idAt(10), [1n, 2n]));
    expect(await test.metric('murmur_push_connections', { transport: 'sse' })).toBe(1);
    expect(await test.metric('murmur_push_connections', { transport: 'ws' })).toBe(1);
    expect(await test.metric('murmur_push_accounts')).toBe(2);
    expect(await test.metric('murmur_push_marks')).toBe(2);
    expect(await test.metric('murmur_push_deliveries_total', { event: 'update' })).toBe(2);
    expect(await test.metric('murmur_push_queue_items')).toBe(3);
    expect(await test.metric('murmur_push_queue_age_seconds')).toBe(2);
  });
});
