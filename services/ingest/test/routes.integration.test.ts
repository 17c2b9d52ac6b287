/** Every route with good and bad input, on real ZooKeeper, memcached, MariaDB and Kestrel. */
import { jest } from '@jest/globals';
import { cacheKeys } from '@murmur/cache';
import { decodeIdVector, decodeStatusRow, decodeTimelineVector } from '@murmur/model';
import { sha256Hex } from '@murmur/public-api';
import { waitFor } from '@murmur/testkit';
import {
  appToken,
  newApp,
  ok,
  OOB,
  register,
  startHouse,
  type App,
  type House,
  type Person,
} from './support/house.js';

let house: House;
let app: App;
let token: string;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  house = await startHouse();
  app = await newApp(house);
  token = await appToken(house, app);
  alice = await register(house, token, 'alice');
  bob = await register(house, token, 'bob');
}, 120_000);
afterAll(() => house.stop(), 60_000);

const post = (body: unknown, options: object = {}) =>
  house.send('POST', '/api/v1/statuses', { token: alice.token, body, ...options });

jest.setTimeout(60_000);

describe('POST /api/v1/apps', () => {
  it('answers the whole entity, from JSON and from a form', async () => {
    const json = await house.send('POST', '/api/v1/apps', {
      body: {
        client_name: 'x',
        redirect_uris: [OOB, 'https://a.example/cb'],
        scopes: 'read write',
        website: 'https://a.example',
      },
    });
    expect(ok(json)).toEqual({
      id: expect.stringMatching(/^\d+$/),
      name: 'x',
      website: 'https://a.example',
      scopes: ['read', 'write'],
      redirect_uri: `${OOB}\nhttps://a.example/cb`,
      redirect_uris: [OOB, 'https://a.example/cb'],
      client_id: expect.any(String),
      client_secret: expect.any(String),
      client_secret_expires_at: 0,
    });
    const form = new URLSearchParams({ client_name: 'x', redirect_uris: OOB, scopes: 'read' });
    expect(ok(await house.send('POST', '/api/v1/apps', { body: form }))).toMatchObject({
      redirect_uris: [OOB],
    });
  });

  it('keeps the secret as a hash only', async () => {
    const stored = await house.store.appByClientId(app.client_id);
    expect(stored?.clientSecretSha256).toBe(sha256Hex(app.client_secret));
  });

  it('refuses bad fields with 422 and names them', async () => {
    for (const body of [
      {},
      { client_name: 'x' },
      { client_name: 'x', redirect_uris: 'javascript:alert(1)' },
      { client_name: 'x', redirect_uris: OOB, scopes: 'nonsense' },
    ]) {
      const answer = await house.send('POST', '/api/v1/apps', { body });
      expect([answer.status, answer.body]).toEqual([
        422,
        { error: expect.stringContaining('Validation failed'), details: expect.any(Object) },
      ]);
    }
  });
});

describe('POST /api/v1/accounts', () => {
  const good = { username: 'carol', email: 'carol@example.org', password: 'correct horse', agreement: true };
  const create = (body: object, by = token) => house.send('POST', '/api/v1/accounts', { token: by, body });

  it('answers a token that works at once, and seeds the caches', async () => {
    expect(ok(await create(good))).toEqual({
      access_token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      token_type: 'Bearer',
      scope: 'read write follow',
      created_at: expect.any(Number),
    });
    const carol = await house.store.accountByUsername('carol');
    const id = carol?.id ?? 0n;
    expect(await house.rows.get(cacheKeys.account(id))).not.toBeNull();
    expect(
      decodeTimelineVector((await house.vectors.get(cacheKeys.home(id)))?.value ?? Buffer.alloc(0)).header,
    ).toEqual({
      settleAtMs: 0,
      floor: 0n,
    });
    expect((await house.store.credentials('carol'))?.passwordHash).toMatch(/^scrypt\$16384\$8\$1\$/);
  });

  it('a taken name or address is 422 with ERR_TAKEN, whatever its case', async () => {
    const name = await create({ ...good, username: 'CAROL', email: 'other@example.org' });
    expect([name.status, name.body]).toMatchObject([
      422,
      { details: { username: [{ error: 'ERR_TAKEN' }] } },
    ]);
    const email = await create({ ...good, username: 'carol2', email: 'Carol@example.org' });
    expect([email.status, email.body]).toMatchObject([422, { details: { email: [{ error: 'ERR_TAKEN' }] } }]);
  });

  it('lists what is wrong, and creates nothing', async () => {
    const answer = await create({ username: 'not a name', email: 'x', password: 'short' });
    expect(answer.status).toBe(422);
    expect(Object.keys((answer.body as { details: object }).details)).toEqual([
      'username',
      'email',
      'password',
      'agreement',
    ]);
    expect(await house.store.accountByUsername('not a name')).toBeNull();
  });

  it('wants a token, of an app, with the scope', async () => {
    expect((await house.send('POST', '/api/v1/accounts', { body: good })).status).toBe(401);
    expect((await create(good, alice.token)).status).toBe(403);
    expect((await create(good, await appToken(house, app, 'read'))).status).toBe(403);
    expect(
      (
        await create(
          { ...good, username: 'dave', email: 'd@e.f' },
          await appToken(house, app, 'write:accounts'),
        )
      ).status,
    ).toBe(200);
  });
});

describe('POST /api/v1/statuses', () => {
  it('is accepted: in the queue, in the caches, and answered whole', async () => {
    const status = ok(await post({ status: 'hello <b>&</b>\nworld', visibility: 'public' }));
    expect(status).toMatchObject({
      content: '<p>hello &lt;b&gt;&amp;&lt;/b&gt;<br />world</p>',
      visibility: 'public',
      account: { id: String(alice.id), username: alice.username, acct: alice.username },
      url: `${house.url}/@${alice.username}/${status.id}`,
    });
    const id = BigInt(status.id);
    const event = await waitFor(() => house.events.find((e) => e.kind === 'status' && e.status.id === id), {
      what: 'the event',
    });
    expect(event).toMatchObject({
      kind: 'status',
      push: true,
      attempt: 0,
      author: { id: alice.id },
      status: { text: 'hello <b>&</b>\nworld' },
    });
    const row = decodeStatusRow((await house.rows.get(cacheKeys.status(id))) ?? Buffer.alloc(0));
    expect(row).toMatchObject({ kind: 'status', status: { id } });
    for (const key of [cacheKeys.posts(alice.id), cacheKeys.publicPosts()]) {
      const vector = decodeTimelineVector((await house.vectors.get(key))?.value ?? Buffer.alloc(0));
      expect(vector.entries[0]).toEqual({ id, authorId: alice.id });
    }
  });

  it('takes JSON, urlencoded and multipart', async () => {
    const form = new URLSearchParams({
      status: 'form',
      sensitive: 'True',
      spoiler_text: 'cw',
      language: 'en',
    });
    expect(ok(await post(form))).toMatchObject({
      content: '<p>form</p>',
      sensitive: true,
      spoiler_text: 'cw',
      language: 'en',
    });
    const multipart = new FormData();
    multipart.append('status', 'multipart ü');
    expect(ok(await post(multipart))).toMatchObject({ content: '<p>multipart ü</p>' });
  });

  it('what is not public is not on the public timeline', async () => {
    const status = ok(await post({ status: 'quiet', visibility: 'unlisted' }));
    const vector = decodeTimelineVector(
      (await house.vectors.get(cacheKeys.publicPosts()))?.value ?? Buffer.alloc(0),
    );
    expect(vector.entries.map((e) => String(e.id))).not.toContain(status.id);
  });

  it('a reply names its parent, which is found before MySQL has it', async () => {
    const parent = ok(await post({ status: 'parent' }));
    const reply = ok(
      await house.send('POST', '/api/v1/statuses', {
        token: bob.token,
        body: { status: 'reply', in_reply_to_id: parent.id },
      }),
    );
    expect([reply.in_reply_to_id, reply.in_reply_to_account_id]).toEqual([parent.id, String(alice.id)]);
  });

  it('a private status is answered by its author and followers; for others it is not there', async () => {
    const carl = await register(house, token, 'carl');
    const dora = await register(house, token, 'dora');
    const parent = ok(await post({ status: 'for followers', visibility: 'private' }, { token: dora.token }));
    const reply = (by: Person) =>
      house.send('POST', '/api/v1/statuses', {
        token: by.token,
        body: { status: 'reply', in_reply_to_id: parent.id },
      });
    expect((await reply(carl)).status).toBe(404);
    expect((await reply(dora)).status).toBe(200);
    await house.send('POST', `/api/v1/accounts/${dora.id}/follow`, { token: carl.token });
    expect((await reply(carl)).status).toBe(200);
  });

  it('refuses bad input with the right status, and accepts nothing', async () => {
    const mark = async (text: string): Promise<number> => {
      const { id } = ok(await post({ status: text }));
      const there = () => house.events.some((e) => e.kind === 'status' && String(e.status.id) === id);
      await waitFor(there, { what: text });
      return house.events.length;
    };
    const before = await mark('the marker before');
    const cases: [number, Promise<{ status: number; body: unknown }>][] = [
      [401, house.send('POST', '/api/v1/statuses', { body: { status: 'x' } })],
      [401, house.send('POST', '/api/v1/statuses', { token: 'wrong', body: { status: 'x' } })],
      [422, house.send('POST', '/api/v1/statuses', { token, body: { status: 'x' } })],
      [422, post({ status: '' })],
      [422, post({ status: 'x'.repeat(501) })],
      [422, post({ status: 'x', visibility: 'direct' })],
      [422, post({ status: 'x', media_ids: ['1'] })],
      [422, post({ status: ['x'] })],
      [422, post({ status: 'a\u0000b' })],
      [422, post('{"status":"\\ud800"}', { headers: { 'content-type': 'application/json' } })],
      [404, post({ status: 'x', in_reply_to_id: '1' })],
      [404, post({ status: 'x', in_reply_to_id: 'abc' })],
      [400, post('{', { headers: { 'content-type': 'application/json' } })],
      [413, post({ status: 'x'.repeat(70_000) })],
      [415, post('x', { headers: { 'content-type': 'text/plain' } })],
      [422, post({ status: 'x' }, { headers: { 'idempotency-key': 'k'.repeat(300) } })],
    ];
    for (const [status, sent] of cases) {
      const answer = await sent;
      expect([answer.status, answer.body]).toEqual([
        status,
        expect.objectContaining({ error: expect.any(String) }),
      ]);
    }
    const readOnly = await newApp(house, { scopes: 'read' });
    const limited = await appToken(house, readOnly, 'read');
    expect(
      (await house.send('POST', '/api/v1/statuses', { token: limited, body: { status: 'x' } })).status,
    ).toBe(403);
    expect(await mark('the marker after')).toBe(before + 1);
  });

  it('the same Idempotency-Key gives the first status, once, to the account that sent it', async () => {
    const headers = { 'idempotency-key': 'once' };
    const first = ok(await post({ status: 'once' }, { headers }));
    expect(ok(await post({ status: 'once' }, { headers })).id).toBe(first.id);
    expect(ok(await post({ status: 'something else' }, { headers }))).toMatchObject({
      id: first.id,
      content: '<p>once</p>',
    });
    const other = await house.send('POST', '/api/v1/statuses', {
      token: bob.token,
      body: { status: 'once' },
      headers,
    });
    expect(ok(other).id).not.toBe(first.id);
    const many = await Promise.all(
      Array.from({ length: 8 }, () =>
        post({ status: 'at once' }, { headers: { 'idempotency-key': 'at once' } }),
      ),
    );
    expect(new Set(many.map((answer) => ok(answer).id)).size).toBe(1);
    await house.send('DELETE', `/api/v1/statuses/${first.id}`, { token: alice.token });
    expect((await post({ status: 'once' }, { headers })).status).toBe(404);
  });

  it('a claim whose status never came to be is put again under the same id', async () => {
    const key = 'a put that failed';
    const probe = ok(await post({ status: 'again' }, { headers: { 'idempotency-key': key } }));
    // As if the first put had failed: the claim is there, the status is nowhere.
    await house.rows.delete(cacheKeys.status(BigInt(probe.id)));
    expect(ok(await post({ status: 'again' }, { headers: { 'idempotency-key': key } })).id).toBe(probe.id);
    await house.rows.delete(cacheKeys.status(BigInt(probe.id)));
    expect((await post({ status: 'another text' }, { headers: { 'idempotency-key': key } })).status).toBe(
      409,
    );
  });
});

describe('DELETE /api/v1/statuses/:id', () => {
  const remove = (id: string, by = alice.token) =>
    house.send('DELETE', `/api/v1/statuses/${id}`, { token: by });

  it('answers the status with its text, leaves a tombstone, and tells the queue', async () => {
    const { id } = ok(await post({ status: 'short & lived' }));
    expect(ok(await remove(id))).toMatchObject({
      id,
      text: 'short & lived',
      content: '<p>short &amp; lived</p>',
    });
    expect(await house.rows.get(cacheKeys.status(BigInt(id)))).toEqual(Buffer.from('x'));
    await waitFor(() => house.events.some((e) => e.kind === 'delete' && String(e.statusId) === id), {
      what: 'the delete event',
    });
    expect((await remove(id)).status).toBe(404);
    expect((await post({ status: 'x', in_reply_to_id: id })).status).toBe(404);
  });

  it('finds what only MySQL has', async () => {
    const { id } = ok(await post({ status: 'persisted' }));
    const row = decodeStatusRow((await house.rows.get(cacheKeys.status(BigInt(id)))) ?? Buffer.alloc(0));
    if (row?.kind !== 'status') throw new Error('no row');
    await house.store.writeStatuses({ statuses: [row.status], deletes: [] });
    await house.rows.delete(cacheKeys.status(BigInt(id)));
    expect(ok(await remove(id))).toMatchObject({ text: 'persisted' });
  });

  it('other people’s, unknown and impossible ids are 404', async () => {
    const { id } = ok(await post({ status: 'mine' }));
    for (const other of [
      await remove(id, bob.token),
      await remove('1'),
      await remove('abc'),
      await remove('99999999999999999999'),
    ])
      expect([other.status, other.body]).toEqual([404, { error: 'Record not found' }]);
    expect((await house.send('DELETE', `/api/v1/statuses/${id}`)).status).toBe(401);
    expect((await remove(id)).status).toBe(200);
  });
});

describe('follow and unfollow', () => {
  const change = (what: string, id: bigint | string, by = bob.token) =>
    house.send('POST', `/api/v1/accounts/${id}/${what}`, { token: by, body: { reblogs: true } });
  const ids = async (key: string) => decodeIdVector((await house.vectors.get(key))?.value ?? Buffer.alloc(0));

  it('are idempotent, and reach MySQL, caches and queue', async () => {
    for (let twice = 0; twice < 2; twice++)
      expect(ok(await change('follow', alice.id))).toMatchObject({
        id: String(alice.id),
        following: true,
        showing_reblogs: true,
        followed_by: false,
      });
    expect(await house.store.followersOf(alice.id, 0n, 10)).toEqual([bob.id]);
    expect((await ids(cacheKeys.followers(alice.id))).ids).toEqual([bob.id]);
    expect((await ids(cacheKeys.following(bob.id))).ids).toEqual([alice.id]);
    expect(await house.vectors.get(cacheKeys.home(bob.id))).toBeNull();
    expect((await house.store.accountsByIds([alice.id]))[0]?.followersCount).toBe(1);
    await waitFor(() => house.events.some((e) => e.kind === 'follow' && e.followerId === bob.id), {
      what: 'the follow event',
    });

    expect(ok(await post({ status: 'to followers' }))).toMatchObject({ account: { followers_count: 1 } });

    for (let twice = 0; twice < 2; twice++)
      expect(ok(await change('unfollow', alice.id))).toMatchObject({ following: false });
    expect(await house.store.followersOf(alice.id, 0n, 10)).toEqual([]);
    expect(await house.vectors.get(cacheKeys.followers(alice.id))).toBeNull();
    await waitFor(() => house.events.some((e) => e.kind === 'unfollow' && e.followerId === bob.id), {
      what: 'the unfollow event',
    });
  });

  it('refuse oneself, strangers and wrong tokens', async () => {
    for (const what of ['follow', 'unfollow']) {
      expect((await change(what, bob.id)).status).toBe(403);
      expect((await change(what, 1n)).status).toBe(404);
      expect((await change(what, 'abc')).status).toBe(404);
      expect((await change(what, alice.id, 'wrong')).status).toBe(401);
      expect((await change(what, alice.id, token)).status).toBe(422);
      expect(await change(what, alice.id, await appToken(house, app, 'read'))).toMatchObject({ status: 403 });
    }
  });
});

describe('everything else', () => {
  it('unknown routes are 404 as JSON, preflights are answered', async () => {
    const routes: [string, string][] = [
      ['PUT', '/api/v1/statuses/1'],
      ['PATCH', '/api/v1/accounts/update_credentials'],
      ['POST', '/api/v1/media'],
      ['DELETE', '/api/v1/nothing'],
      ['GET', '/.well-known/oauth-authorization-server'],
      ['POST', '/'],
    ];
    for (const [method, path] of routes) {
      const answer = await house.send(method, path);
      expect([path, answer.status, answer.body]).toEqual([path, 404, { error: 'Record not found' }]);
    }
    expect((await house.send('OPTIONS', '/oauth/token')).status).toBe(204);
  });

  it('/internal wants the cluster key, /health says ok', async () => {
    expect((await house.send('GET', '/internal/x')).status).toBe(401);
    expect(await house.send('GET', '/health')).toMatchObject({ status: 200, body: 'ok' });
  });

  it('/metrics counts what happened, without a series per path', async () => {
    const text = String((await house.send('GET', '/metrics')).body);
    expect(text).toMatch(/murmur_ingest_accept_to_queued_seconds_count [1-9]/);
    expect(text).toMatch(/murmur_ingest_statuses_accepted_total [1-9]/);
    expect(text).toMatch(/murmur_ingest_refused_total\{code="validation_failed"\} [1-9]/);
    expect(text).toContain('route="/api/v1/statuses/:id"');
    expect(text).not.toMatch(/route="[^"]*[0-9]{5}/);
  });
});
