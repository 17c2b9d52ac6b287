import { jest } from '@jest/globals';
import type { Cursor, HomeSince, Id } from '@murmur/model';
import { waitFor } from '@murmur/testkit';
import { account, idAt, removal, status, update } from './support/builders.js';
import { NOTHING_MISSED, openSse, openWs, startTestGateway, type TestGateway } from './support/harness.js';

const SSE = '/api/v1/streaming/user?access_token=alice';
const WS = '/api/v1/streaming?stream=user&access_token=alice';
const text = (ms: number): string => String(idAt(ms));

/** What timeline says when these are missing, whatever it is asked. */
function missing(...ms: number[]): HomeSince {
  const statuses = ms.map((at) => ({ status: status(idAt(at)), author: account() }));
  return { statuses, complete: true, gapBelow: null };
}

/** A timeline of these statuses that answers as the real one does. */
function homeOf(ids: readonly Id[]): (account: Id, cursor: Cursor) => Promise<HomeSince> {
  return (_account, { floor, seen }) => {
    const found = ids.filter((id) => id > floor && !seen.includes(id)).sort((a, b) => (a < b ? -1 : 1));
    const statuses = found.map((id) => ({ status: status(id), author: account() }));
    return Promise.resolve({ statuses, complete: true, gapBelow: null });
  };
}

// Longer than any wait: a test ends when what it waits for is there.
jest.setTimeout(60_000);

let test: TestGateway;
const start = async (options: Parameters<typeof startTestGateway>[0] = {}): Promise<void> => {
  test = await startTestGateway(options);
};
afterEach(() => test.stop());

describe('a reader that comes back', () => {
  it('gets what it missed, oldest first, then what came meanwhile, each once', async () => {
    await start();
    const asked: { account: Id; cursor: Cursor }[] = [];
    let answer: (value: HomeSince) => void = () => undefined;
    test.home = (account, cursor) => {
      asked.push({ account, cursor });
      return new Promise((resolve) => (answer = resolve));
    };
    const reader = await openSse(test.port, `${SSE}&since=${text(0)},${text(40)}`);
    await waitFor(() => asked.length === 1, { what: 'the question' });
    await test.push(
      update(idAt(30), [1n]),
      update(idAt(50), [1n]),
      update(idAt(40), [1n]),
      update(idAt(0), [1n]),
    );
    expect(reader.events()).toEqual([]);
    answer(missing(10, 30, 35));
    await waitFor(() => reader.ids().length === 4, { what: 'four updates' });
    await test.push(update(idAt(60), [1n]));
    await waitFor(() => reader.ids().length === 5, { what: 'the fifth' });
    expect(asked).toEqual([{ account: 1n, cursor: { floor: idAt(0), seen: [idAt(40)] } }]);
    expect(reader.ids()).toEqual([10, 30, 35, 50, 60].map(text));
    expect(await test.metric('murmur_push_duplicates_total')).toBe(3);
    expect(await test.metric('murmur_push_replayed_total')).toBe(3);
  });

  it('may come back with the cursor of any event and has every status exactly once', async () => {
    await start();
    const all = [10, 20, 30, 40, 50, 60].map(idAt);
    const first = await openWs(test.port, `${WS}&since=${text(0)}`);
    // Two stragglers: 20 never reaches this reader, 30 comes after 50.
    await test.push(...[10, 40, 50, 30].map((ms) => update(idAt(ms), [1n])));
    await waitFor(() => first.messages.length === 4, { what: 'four updates' });
    test.home = homeOf(all);
    for (const [i, message] of first.messages.entries()) {
      const seen = first.ids().slice(0, i + 1);
      const again = await openSse(test.port, SSE, { 'Last-Event-ID': message.cursor ?? '' });
      await waitFor(() => again.ids().length === all.length - seen.length, { what: 'the rest' });
      expect([...seen, ...again.ids()].sort()).toEqual(all.map(String));
      again.close();
    }
  });

  it('is told of a gap when it was away too long', async () => {
    await start();
    test.home = () => Promise.resolve({ ...missing(500, 510), complete: false, gapBelow: idAt(500) });
    const reader = await openSse(test.port, SSE, { 'Last-Event-ID': text(0) });
    await waitFor(() => reader.ids().length === 2, { what: 'the updates' });
    const [gap] = reader.events();
    expect(gap?.event).toBe('gap');
    expect(JSON.parse(gap?.data ?? '')).toEqual({ after: text(0), before: text(500) });
    expect(gap?.id).toBe(String(idAt(500) - 1n));
    expect(await test.metric('murmur_push_gaps_total')).toBe(1);
  });

  it('is told of a gap when nobody can say what it missed, and goes on live', async () => {
    await start();
    let asked = 0;
    test.home = () => {
      asked++;
      return Promise.reject(new Error('away'));
    };
    const reader = await openSse(test.port, SSE, { 'Last-Event-ID': text(0) });
    await test.push(update(idAt(20), [1n]));
    await waitFor(() => reader.ids().length === 1, { what: 'the live update' });
    expect(reader.events().map((e) => e.event)).toEqual(['gap', 'update']);
    expect(JSON.parse(reader.events()[0]?.data ?? '')).toEqual({ after: text(0), before: text(20) });
    expect(asked).toBe(5);
  });

  it('is not kept waiting for more than it can hold: a gap, and on', async () => {
    await start();
    test.home = () => new Promise(() => undefined);
    const reader = await openSse(test.port, `${SSE}&since=${text(0)}`);
    await test.push(...Array.from({ length: 600 }, (_, i) => update(idAt(100 + i), [1n])));
    await waitFor(() => reader.ids().length === 600, { what: 'all live updates' });
    expect(JSON.parse(reader.events()[0]?.data ?? '')).toEqual({ after: text(0), before: text(100) });
  });

  it('is not shown what was deleted meanwhile', async () => {
    await start();
    let answer: (value: HomeSince) => void = () => undefined;
    let asked = false;
    test.home = () => {
      asked = true;
      return new Promise((resolve) => (answer = resolve));
    };
    const reader = await openSse(test.port, `${SSE}&since=${text(0)}`);
    await waitFor(() => asked, { what: 'the question' });
    await test.push(update(idAt(20), [1n]), removal(idAt(10), [1n]), removal(idAt(20), [1n]));
    answer(missing(10, 30));
    await waitFor(() => reader.events().length === 3, { what: 'three events' });
    expect(reader.events().map((e) => e.event)).toEqual(['update', 'delete', 'delete']);
    expect(reader.ids()).toEqual([text(30)]);
    expect(await test.metric('murmur_push_late_updates_total')).toBe(2);
  });

  it('goes on from its cursor when it subscribes by message', async () => {
    await start();
    test.home = homeOf([idAt(10)]);
    const reader = await openWs(test.port, `/api/v1/streaming?access_token=alice&since=${text(0)}`);
    reader.ws.send('{"type":"subscribe","stream":"user"}');
    await waitFor(() => reader.ids().length === 1, { what: 'what it missed' });
    expect(reader.messages[0]?.cursor).toBe(`${text(0)},${text(10)}`);
  });
});

describe('a second look', () => {
  it('finds what fan-out sent nowhere because it did not know of the reader yet', async () => {
    await start({ catchUpMs: 1 });
    let asked = 0;
    test.home = () => Promise.resolve(++asked === 1 ? missing(10, 20) : NOTHING_MISSED);
    const reader = await openSse(test.port, SSE);
    await waitFor(() => reader.ids().length === 2, { what: 'both updates' });
    await test.push(update(idAt(10), [1n]), update(idAt(30), [1n]));
    await waitFor(() => reader.ids().length === 3, { what: 'the live one' });
    expect(reader.ids()).toEqual([10, 20, 30].map(text));
    expect(asked).toBe(1);
  });

  it('comes for everybody after a disturbance, and repeats nothing', async () => {
    await start({ catchUpMs: 1 });
    const asked: Id[] = [];
    test.home = (account) => {
      asked.push(account);
      return Promise.resolve(asked.length > 2 ? missing(10, 20) : NOTHING_MISSED);
    };
    const readers = [await openSse(test.port, SSE), await openSse(test.port, SSE.replace('alice', 'bob'))];
    await waitFor(() => asked.length === 2, { what: 'the first looks' });
    await test.push(update(idAt(10), [1n, 2n]));
    test.gateway.sweep();
    await waitFor(() => readers.every((one) => one.ids().length === 2), { what: 'what was missed' });
    for (const one of readers) expect(one.ids()).toEqual([text(10), text(20)]);
    expect(asked).toEqual([1n, 2n, 1n, 2n]);
  });
});

describe('a late or repeated item', () => {
  it('is seen once, and not at all after its delete', async () => {
    await start();
    const reader = await openSse(test.port, SSE);
    await test.push(update(idAt(10), [1n]), update(idAt(10), [1n]), removal(idAt(20), [1n]));
    await test.push(
      update(idAt(10), [1n]),
      removal(idAt(20), [1n]),
      update(idAt(20), [1n]),
      update(idAt(30), [1n]),
    );
    await waitFor(() => reader.events().length === 3, { what: 'three events' });
    expect(reader.events().map((e) => e.event)).toEqual(['update', 'delete', 'update']);
    expect(reader.ids()).toEqual([text(10), text(30)]);
  });

  it('that cannot be read is counted, and blocks nothing', async () => {
    await start();
    const reader = await openSse(test.port, SSE);
    await test.gateway.deliver([Buffer.from('rubbish'), Buffer.alloc(0)]);
    await test.push(update(idAt(10), [1n]));
    await waitFor(() => reader.ids().length === 1, { what: 'the update' });
    expect(await test.metric('murmur_push_bad_items_total')).toBe(2);
  });
});
