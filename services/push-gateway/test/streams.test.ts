import { jest } from '@jest/globals';
import { waitFor } from '@murmur/testkit';
import { ask, openSse, openWs, startTestGateway, UPGRADE, type TestGateway } from './support/harness.js';
import { idAt, removal, update } from './support/builders.js';

const SSE = '/api/v1/streaming/user';
const WS = '/api/v1/streaming';
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

// Longer than any wait: a test ends when what it waits for is there.
jest.setTimeout(60_000);

let test: TestGateway;
beforeEach(async () => {
  test = await startTestGateway({ accountConnectionsMax: 3, connectionsMax: 5 });
});
afterEach(() => test.stop());

describe('a reader over SSE', () => {
  it('gets updates with a cursor and deletes without, in order', async () => {
    const reader = await openSse(test.port, SSE, bearer('alice'));
    expect(reader.head()).toContain('HTTP/1.1 200 OK');
    await test.push(update(idAt(10), [1n, 2n]), removal(idAt(10), [1n]));
    await waitFor(() => reader.events().length === 2, { what: 'two events' });
    const [first, second] = reader.events();
    expect(first).toMatchObject({ event: 'update' });
    expect(first?.id?.split(',')[0]).toMatch(/^\d+$/);
    expect(reader.ids()).toEqual([String(idAt(10))]);
    expect(second).toEqual({ event: 'delete', id: null, data: String(idAt(10)) });
  });

  it.each([`${SSE}?access_token=alice`, `${WS}?stream=user&access_token=alice`])(
    'may ask by %s',
    async (path) => {
      const reader = await openSse(test.port, path);
      await test.push(update(idAt(10), [1n]));
      await waitFor(() => reader.ids().length === 1, { what: 'the update' });
    },
  );

  it('gets nothing on the notification stream but its beginning', async () => {
    const quiet = await openSse(test.port, `${SSE}/notification`, bearer('alice'));
    const reader = await openSse(test.port, SSE, bearer('alice'));
    await test.push(update(idAt(10), [1n]));
    await waitFor(() => reader.ids().length === 1, { what: 'the update' });
    expect(quiet.text()).toBe('');
  });

  it('is cut when it goes on talking', async () => {
    const reader = await openSse(test.port, SSE, bearer('alice'));
    reader.socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await test.push(update(idAt(10), [1n]));
    await waitFor(() => reader.ids().length === 1, { what: 'the update' });
    reader.socket.write('x'.repeat(10_000));
    await waitFor(() => reader.ended(), { what: 'the cut' });
  });
});

describe('a reader over WebSocket', () => {
  it('gets updates and deletes in the words of Mastodon', async () => {
    const reader = await openWs(test.port, `${WS}?stream=user&access_token=alice`);
    await test.push(update(idAt(10), [1n]), removal(idAt(10), [1n]));
    await waitFor(() => reader.messages.length === 2, { what: 'two messages' });
    expect(reader.messages[0]).toMatchObject({ stream: ['user'], event: 'update' });
    expect(reader.messages[0]?.cursor).toMatch(/^\d+(,\d+)*$/);
    expect(reader.ids()).toEqual([String(idAt(10))]);
    expect(reader.messages[1]).toEqual({ stream: ['user'], event: 'delete', payload: String(idAt(10)) });
  });

  it('may give its token as the sub-protocol, and gets it back', async () => {
    const reader = await openWs(test.port, WS, 'alice');
    expect(reader.ws.protocol).toBe('alice');
  });

  it('subscribes and unsubscribes by message', async () => {
    const reader = await openWs(test.port, WS, 'alice');
    const witness = await openSse(test.port, SSE, bearer('alice'));
    await test.push(update(idAt(10), [1n]));
    reader.ws.send('{"type":"subscribe","stream":"user:notification"}');
    reader.ws.send('{"type":"subscribe","stream":"user"}');
    reader.ws.send('{"type":"subscribe","stream":"hashtag","tag":"x"}');
    await waitFor(() => reader.messages.length === 1, { what: 'the error' });
    expect(reader.messages).toEqual([{ error: 'Unknown stream type', status: 400 }]);
    await test.push(update(idAt(20), [1n]));
    await waitFor(() => reader.ids().length === 1, { what: 'the update' });
    reader.ws.send('{"type":"unsubscribe","stream":"user"}');
    reader.ws.send('{"type":"subscribe","stream":"list","list":"1"}');
    await waitFor(() => reader.messages.length === 3, { what: 'the second error' });
    await test.push(update(idAt(30), [1n]));
    await waitFor(() => witness.ids().length === 3, { what: 'the witness to have all' });
    expect(reader.ids()).toEqual([String(idAt(20))]);
  });

  it('is told by message when the stream of its address is none', async () => {
    const reader = await openWs(test.port, `${WS}?stream=public&access_token=alice`);
    await waitFor(() => reader.messages.length === 1, { what: 'the error' });
    expect(reader.messages).toEqual([{ error: 'Unknown stream type', status: 400 }]);
  });

  it('is closed with 1003 for a binary frame, 1009 for a large one, 1008 for too many', async () => {
    const [binary, large, chatty] = [
      await openWs(test.port, WS, 'alice'),
      await openWs(test.port, WS, 'bob'),
      await openWs(test.port, WS, 'alice'),
    ];
    binary.ws.send(Buffer.from('x'));
    large.ws.send('x'.repeat(5_000));
    for (let i = 0; i < 40; i++) chatty.ws.send('{"type":"subscribe","stream":"user"}');
    await waitFor(() => [binary, large, chatty].every((one) => one.closed() !== null), {
      what: 'three closes',
    });
    expect([binary, large, chatty].map((one) => one.closed()?.code)).toEqual([1003, 1009, 1008]);
    await waitFor(async () => (await test.metric('murmur_push_connections')) === 0, { what: 'their places' });
  });
});

describe('a request that is not let in', () => {
  it.each([
    ['no token', SSE, {}, 401, 'Missing access token'],
    ['an unknown token', SSE, bearer('nobody'), 401, 'The access token is invalid'],
    ['a token without read', SSE, bearer('writer'), 403, 'This action is outside the authorized scopes'],
    ['an app token', SSE, bearer('app'), 422, 'This method requires an authenticated user'],
    ['a token that nobody can check', SSE, bearer('away'), 503, 'The token cannot be checked at the moment'],
    ['no stream and no upgrade', WS, bearer('alice'), 400, 'Unknown stream type'],
    ['a stream that is none', `${WS}?stream=public`, bearer('alice'), 400, 'Unknown stream type'],
    ['a path that is none', `${WS}/public`, bearer('alice'), 404, 'Record not found'],
    [
      'a bad cursor',
      `${SSE}?since=x`,
      bearer('alice'),
      400,
      'since: "x" is not a cursor; allowed is ID[,ID...], decimal ids',
    ],
    ['an upgrade without a token', WS, UPGRADE, 401, 'Missing access token'],
    ['an upgrade with an unknown token', `${WS}?access_token=x`, UPGRADE, 401, 'The access token is invalid'],
    [
      'an upgrade without read',
      `${WS}?access_token=writer`,
      UPGRADE,
      403,
      'This action is outside the authorized scopes',
    ],
    [
      'an upgrade with a bad cursor',
      `${WS}?access_token=alice&since=1,`,
      UPGRADE,
      400,
      'since: "1," is not a cursor; allowed is ID[,ID...], decimal ids',
    ],
    ['an upgrade elsewhere', '/other', UPGRADE, 404, 'Record not found'],
  ])('%s', async (_what, path, headers, status, error) => {
    const answer = await ask(test.port, path, headers);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(answer.body)).toMatchObject({ error });
    expect(answer.headers['retry-after']).toBe(status === 503 ? '2' : undefined);
    expect(await test.metric('murmur_push_refused_total', { status: String(status) })).toBe(1);
  });

  it('finds its account full, then the process, and a place again when others leave', async () => {
    const readers = [];
    for (let i = 0; i < 3; i++) readers.push(await openSse(test.port, SSE, bearer('alice')));
    expect(await ask(test.port, SSE, bearer('alice'))).toMatchObject({
      status: 429,
      headers: { 'retry-after': '2' },
    });
    expect(await ask(test.port, `${WS}?access_token=alice`, UPGRADE)).toMatchObject({ status: 429 });
    for (let i = 0; i < 2; i++) readers.push(await openSse(test.port, SSE, bearer('bob')));
    expect(await ask(test.port, SSE, bearer('bob'))).toMatchObject({
      status: 503,
      headers: { 'retry-after': '2' },
    });
    readers[0]?.close();
    await waitFor(async () => (await test.metric('murmur_push_connections')) === 4, { what: 'a free place' });
    await openSse(test.port, SSE, bearer('bob'));
  });

  it('answers health, a preflight and presence', async () => {
    expect(await ask(test.port, `${WS}/health`)).toMatchObject({ status: 200, body: 'OK' });
    const preflight = await ask(test.port, SSE, {}, 'OPTIONS');
    expect(preflight).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': '*' } });
    expect(await ask(test.port, SSE, bearer('alice'), 'POST')).toMatchObject({ status: 404 });
    expect(await ask(test.port, '/internal/presence')).toMatchObject({ status: 401 });
  });
});
