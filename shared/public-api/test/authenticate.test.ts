import type { OauthToken } from '@murmur/store';
import {
  authenticate,
  callerOf,
  rateLimit,
  requireScope,
  requireUser,
  scopeIfToken,
  sha256Hex,
  userOf,
} from '../src/index.js';
import { memoryRows, serve, tokenStore, type MemoryRows, type TestApi } from './memory.js';

const token = (text: string, accountId: bigint | null, scopes: string): OauthToken => ({
  tokenSha256: sha256Hex(text),
  appId: 7n,
  accountId,
  scopes,
  createdAtMs: 1,
});

describe('authentication', () => {
  let rows: MemoryRows;
  let store: ReturnType<typeof tokenStore>;
  let api: TestApi;
  let auth: ReturnType<typeof authenticate>;

  beforeEach(async () => {
    rows = memoryRows();
    store = tokenStore([token('user', 42n, 'read write:statuses'), token('app', null, 'read write')]);
    auth = authenticate({ rows, store });
    api = await serve(
      (app) => {
        app.get(
          '/open',
          scopeIfToken('read:statuses'),
          (req, res) => void res.json(callerOf(req) === null ? 'nobody' : 'somebody'),
        );
        app.get(
          '/write',
          requireScope('write:statuses'),
          requireUser,
          (req, res) => void res.json(String(userOf(req).accountId)),
        );
        app.get('/follow', requireScope('write:follows', 'follow'), (_req, res) => void res.json('ok'));
      },
      auth,
      rateLimit({ rows }),
    );
  });
  afterEach(() => api.stop());

  const get = async (path: string, authorization?: string) => {
    const answer = await fetch(
      api.url + path,
      authorization === undefined ? {} : { headers: { authorization } },
    );
    return { status: answer.status, body: await answer.json() };
  };

  it('lets a token with the scope pass, by the umbrella or the granular name', async () => {
    expect(await get('/write', 'Bearer user')).toEqual({ status: 200, body: '42' });
    expect(await get('/open', 'bearer user')).toEqual({ status: 200, body: 'somebody' });
    expect(await get('/open')).toEqual({ status: 200, body: 'nobody' });
  });

  it('what is answered to a token is kept by no cache', async () => {
    const { headers } = await fetch(`${api.url}/open`, { headers: { authorization: 'Bearer user' } });
    expect(headers.get('cache-control')).toBe('private, no-store');
    expect((await fetch(`${api.url}/open`)).headers.get('cache-control')).toBeNull();
  });

  it('answers 401 to no token where one is needed, and to a wrong one anywhere', async () => {
    const refused = { status: 401, body: { error: 'The access token is invalid' } };
    expect(await get('/write')).toEqual(refused);
    for (const header of [
      'Bearer wrong',
      'Bearer',
      'Bearer ',
      'Basic dTpw',
      'Bearer a b',
      `Bearer ${'x'.repeat(300)}`,
      'Bearer ümlaut'.replace('ü', 'u') + '"',
    ])
      expect(await get('/open', header)).toEqual(refused);
  });

  it('answers 403 outside the scopes and 422 to an app token on a user route', async () => {
    expect(await get('/follow', 'Bearer user')).toEqual({
      status: 403,
      body: { error: 'This action is outside the authorized scopes' },
    });
    expect(await get('/write', 'Bearer app')).toEqual({
      status: 422,
      body: { error: 'This method requires an authenticated user' },
    });
  });

  it('asks the store once for a good token, and caches no bad one', async () => {
    await get('/write', 'Bearer user');
    await get('/write', 'Bearer user');
    expect(store.asked).toHaveLength(1);
    await get('/write', 'Bearer bad');
    await get('/write', 'Bearer bad');
    expect(store.asked).toHaveLength(3);
    expect(rows.values.size).toBe(1);
  });

  it('rubbish in the row cache is a miss', async () => {
    for (const rubbish of ['', 'y', '1 2', 'a b c', '1 - '])
      for (const name of ['user', 'app']) {
        rows.values.set(`token:${sha256Hex(name)}`, Buffer.from(rubbish));
        expect((await get('/open', `Bearer ${name}`)).status).toBe(rubbish === '1 - ' ? 403 : 200);
        rows.values.clear();
      }
  });

  it('remembers a fresh token and forgets a revoked one', async () => {
    await auth.remember(token('fresh', 1n, 'read'));
    expect(await auth.resolveToken('fresh')).toEqual({
      accountId: 1n,
      appId: 7n,
      scopes: ['read'],
      tokenSha256: sha256Hex('fresh'),
    });
    await auth.forget(sha256Hex('fresh'));
    expect(await auth.resolveToken('fresh')).toBeNull();
    expect(await auth.resolveToken('')).toBeNull();
  });

  it('a revocation is not covered up by a reader who asked the store just before', async () => {
    let answer: (token: OauthToken) => void = () => undefined;
    const slow = authenticate({
      rows,
      store: { tokenByHash: () => new Promise((resolve) => (answer = resolve)) },
    });
    const reading = slow.resolveToken('user');
    await new Promise((resolve) => setImmediate(resolve));
    await slow.forget(sha256Hex('user'));
    answer(token('user', 42n, 'read'));
    await reading;
    expect(await slow.resolveToken('user')).toBeNull();
  });

  it('guesses count against the address that makes them', async () => {
    const answer = await fetch(`${api.url}/open`, { headers: { authorization: 'Bearer guess' } });
    expect([answer.status, answer.headers.get('x-ratelimit-remaining')]).toEqual([401, '299']);
  });

  it('the same caller comes from the store and from the cache', async () => {
    const first = await auth.resolveToken('app');
    expect(first?.accountId).toBeNull();
    expect(await auth.resolveToken('app')).toEqual(first);
  });
});
