/** What ingest does while one of the things it needs is away. */
import { cacheKeys } from '@murmur/cache';
import { waitFor } from '@murmur/testkit';
import {
  appToken,
  newApp,
  ok,
  register,
  startHouse,
  type Answer,
  type House,
  type Person,
} from './support/house.js';

const SESSION_MS = 4_000;

let house: House;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  house = await startHouse({ sessionTimeoutMs: SESSION_MS });
  const token = await appToken(house, await newApp(house));
  alice = await register(house, token, 'alice');
  bob = await register(house, token, 'bob');
}, 120_000);
afterAll(() => house.stop(), 60_000);

const post = (status: string, headers: Record<string, string> = {}): Promise<Answer> =>
  house.send('POST', '/api/v1/statuses', { token: alice.token, body: { status }, headers });
const idOf = (answer: Answer) => ok(answer).id;
const eventsOf = (id: string) =>
  house.events.filter((e) => e.kind === 'status' && String(e.status.id) === id);
const unavailable = (answer: Answer) => {
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
  expect(answer.body).toEqual({ error: 'The service is not available right now, try again' });
};

describe('without Kestrel', () => {
  it('a post is 503 and leaves nothing but the claim; sent again with its key it is posted, once', async () => {
    idOf(await post('before'));
    const vector = async () => (await house.vectors.get(cacheKeys.posts(alice.id)))?.value;
    const before = await vector();
    await house.kestrel.kill();
    const headers = { 'idempotency-key': 'while away' };
    unavailable(await post('while away', headers));
    unavailable(
      await house.send('DELETE', '/api/v1/statuses/1', { token: alice.token }).then(() => post('x')),
    );
    expect(await vector()).toEqual(before);
    await waitFor(async () => (await fetch(`${house.url}/health`)).status === 503, {
      what: '/health to say so',
    });
    await house.kestrel.restart();
    await house.healthy();
    const id = idOf(await post('while away', headers));
    expect(idOf(await post('while away', headers))).toBe(id);
    await waitFor(() => eventsOf(id).length > 0, { what: 'the event' });
    expect(house.events.filter((e) => e.kind === 'status' && e.status.text === 'while away')).toHaveLength(1);
  }, 60_000);
});

describe('without MySQL', () => {
  it('posts and deletes go on, what needs MySQL is 503', async () => {
    const parent = idOf(await post('parent'));
    await house.mariaDb.kill();
    const id = idOf(await post('while MySQL is away'));
    const reply = await house.send('POST', '/api/v1/statuses', {
      token: alice.token,
      body: { status: 'reply', in_reply_to_id: parent },
    });
    expect(reply.status).toBe(200);
    expect((await house.send('DELETE', `/api/v1/statuses/${id}`, { token: alice.token })).status).toBe(200);
    unavailable(
      await house.send('POST', '/api/v1/statuses', {
        token: alice.token,
        body: { status: 'x', in_reply_to_id: '1' },
      }),
    );
    unavailable(await house.send('POST', `/api/v1/accounts/${bob.id}/follow`, { token: alice.token }));
    unavailable(
      await house.send('POST', '/api/v1/apps', {
        body: { client_name: 'x', redirect_uris: 'urn:ietf:wg:oauth:2.0:oob' },
      }),
    );
    const page = await house.send('GET', '/oauth/authorize?client_id=x');
    expect([page.status, page.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8']);
    await house.mariaDb.restart();
    const follow = () => house.send('POST', `/api/v1/accounts/${bob.id}/follow`, { token: alice.token });
    await waitFor(async () => (await follow()).status === 200, { what: 'the follow' });
  }, 60_000);
});

describe('without the row cache', () => {
  it('posts go on, from MySQL', async () => {
    await house.rowServer.kill();
    const id = idOf(await post('without rows', { 'idempotency-key': 'no rows' }));
    await waitFor(() => eventsOf(id).length > 0, { what: 'the event' });
    await house.rowServer.restart();
    await waitFor(() => house.rows.set('probe', Buffer.from('1'), 10), { what: 'the row cache' });
  }, 60_000);
});

describe('without ZooKeeper', () => {
  it('posts go on until the lease of the worker id ends; then there is no id, and no post', async () => {
    house.zooKeeper.pause();
    idOf(await post('just after'));
    await waitFor(async () => (await post('until it ends')).status === 503, { what: 'the lease to end' });
    unavailable(await post('after'));
    expect((await house.send('GET', '/health')).body).toContain('worker id');
    house.zooKeeper.resume();
    await house.healthy();
    idOf(await post('again'));
  }, 60_000);
});

describe('the rate limit', () => {
  it('is counted over all instances, and 429 has the three headers and changes nothing', async () => {
    const limited = await startHouse({ rateLimit: 6 });
    try {
      const token = await appToken(limited, await newApp(limited));
      const person = await register(limited, token);
      const post1 = () =>
        limited.send('POST', '/api/v1/statuses', { token: person.token, body: { status: 'x' } });
      const answers: Answer[] = [];
      for (let i = 0; i < 8; i++) answers.push(await post1());
      const refused = answers.filter((answer) => answer.status === 429);
      expect(refused.length).toBeGreaterThanOrEqual(1);
      for (const answer of answers) {
        expect(answer.headers.get('x-ratelimit-limit')).toBe('6');
        expect(answer.headers.get('x-ratelimit-remaining')).toMatch(/^\d+$/);
        expect(answer.headers.get('x-ratelimit-reset')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      }
      expect(refused[0]?.body).toEqual({ error: 'Too many requests' });
      expect(
        (await limited.send('POST', '/oauth/token', { body: {} })).headers.get('x-ratelimit-limit'),
      ).toBe('6');
    } finally {
      await limited.stop();
    }
  }, 60_000);
});
