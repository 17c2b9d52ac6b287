import { stopAll } from '@murmur/testkit';
import {
  freshId,
  ids,
  idsOf,
  startHouse,
  walkPages,
  type Answer,
  type House,
  type Person,
} from './support/house.js';
import { EMPTY_LISTS, EMPTY_OBJECTS } from '../src/routes/stubs.js';

describe('the routes of the timeline', () => {
  let house: House;
  let ada: Person;
  let bob: Person;
  let eve: Person;
  beforeAll(async () => {
    house = await startHouse();
    ada = await house.person('ada');
    bob = await house.person('bob');
    eve = await house.person('eve');
    await house.follow(bob, ada);
  });
  afterAll(stopAll);

  const texts = (answer: Answer): unknown[] =>
    (answer.body as { content: string }[]).map((status) => status.content.replace(/<\/?p>/g, ''));
  const field = (answer: Answer, name: string): unknown => (answer.body as Record<string, unknown>)[name];

  describe('public and account timelines', () => {
    let posts: Record<'open' | 'quiet' | 'secret' | 'reply', string>;
    beforeAll(async () => {
      const open = await house.post(ada, 'open');
      const quiet = await house.post(ada, 'quiet', { visibility: 'unlisted', persisted: false });
      const secret = await house.post(ada, 'secret', { visibility: 'private' });
      const reply = await house.post(ada, 'reply', { inReplyTo: open });
      const [a, b, c, d] = ids([open, quiet, secret, reply]) as [string, string, string, string];
      posts = { open: a, quiet: b, secret: c, reply: d };
    });
    const ofAda = (query = '', token?: string) =>
      house.get(`/api/v1/accounts/${ada.id}/statuses${query}`, token);

    it('show on the public one only what is public', async () => {
      expect(texts(await house.get('/api/v1/timelines/public'))).toEqual(['reply', 'open']);
      expect(texts(await house.get('/api/v1/timelines/public/?local=true&limit=1', eve.token))).toEqual([
        'reply',
      ]);
      for (const query of ['remote=true', 'only_media=1'])
        expect(await house.get(`/api/v1/timelines/public?${query}`)).toMatchObject({ status: 200, body: [] });
    });

    it('show on the own one what the reader may see', async () => {
      expect(texts(await ofAda())).toEqual(['reply', 'quiet', 'open']);
      expect(texts(await ofAda('', eve.token))).toEqual(['reply', 'quiet', 'open']);
      expect(texts(await ofAda('', bob.token))).toEqual(['reply', 'secret', 'quiet', 'open']);
      expect(texts(await ofAda('', ada.token))).toEqual(['reply', 'secret', 'quiet', 'open']);
      expect(texts(await ofAda('?exclude_replies=true&exclude_reblogs=1'))).toEqual(['quiet', 'open']);
      for (const query of ['?pinned=true', '?only_media=True']) expect((await ofAda(query)).body).toEqual([]);
    });

    it('page down and up by Link', async () => {
      expect(await walkPages(house, `/api/v1/accounts/${ada.id}/statuses?limit=1`)).toEqual([
        posts.reply,
        posts.quiet,
        posts.open,
      ]);
      const first = await ofAda('?limit=2&exclude_replies=false');
      const base = `${house.url}/api/v1/accounts/${ada.id}/statuses?limit=2&exclude_replies=false`;
      expect(first.headers.get('link')).toBe(
        `<${base}&max_id=${posts.quiet}>; rel="next", <${base}&min_id=${posts.reply}>; rel="prev"`,
      );
      expect(idsOf(await ofAda(`?limit=2&min_id=${posts.open}`))).toEqual([posts.reply, posts.quiet]);
      expect(idsOf(await ofAda(`?since_id=${posts.quiet}`))).toEqual([posts.reply]);
      expect((await ofAda(`?max_id=${posts.open}`)).headers.get('link')).toBeNull();
    });

    it('lose a deleted status at once', async () => {
      const status = await house.post(eve, 'oops');
      const path = `/api/v1/accounts/${eve.id}/statuses`;
      expect(idsOf(await house.get(path))).toEqual(ids([status]));
      await house.remove(status);
      expect(idsOf(await house.get(path))).toEqual([]);
      expect(await house.get(`/api/v1/statuses/${status.id}`)).toMatchObject({ status: 404 });
    });
  });

  describe('single statuses', () => {
    it('are for those who may see them, else 404', async () => {
      const secret = await house.post(ada, 'for followers', { visibility: 'private', persisted: false });
      const path = `/api/v1/statuses/${secret.id}`;
      expect(await house.get(path)).toMatchObject({ status: 404, body: { error: 'Record not found' } });
      expect((await house.get(path, eve.token)).status).toBe(404);
      expect((await house.get(`${path}/context`, eve.token)).status).toBe(404);
      expect((await house.get(path, bob.token)).status).toBe(200);
      const own = await house.get(path, ada.token);
      expect(own.body).toMatchObject({
        id: String(secret.id),
        visibility: 'private',
        content: '<p>for followers</p>',
        account: { acct: 'ada' },
        url: `${house.url}/@ada/${secret.id}`,
      });
    });

    it('come with what they answer and what answers them', async () => {
      const root = await house.post(ada, 'root');
      const hidden = await house.post(ada, 'hidden', { inReplyTo: root, visibility: 'private' });
      const answer = await house.post(bob, 'answer', { inReplyTo: hidden });
      const first = await house.post(ada, 'first', { inReplyTo: answer });
      const second = await house.post(eve, 'second', { inReplyTo: answer });
      const nested = await house.post(eve, 'nested', { inReplyTo: first });
      const around = async (token?: string): Promise<unknown[]> => {
        const { body } = await house.get(`/api/v1/statuses/${answer.id}/context`, token);
        const { ancestors, descendants } = body as {
          ancestors: { id: string }[];
          descendants: { id: string }[];
        };
        return [ancestors.map((s) => s.id), descendants.map((s) => s.id)];
      };
      expect(await around()).toEqual([ids([root]), ids([first, nested, second])]);
      expect(await around(bob.token)).toEqual([ids([root, hidden]), ids([first, nested, second])]);
    });
  });

  describe('replies', () => {
    it('count on their parent as soon as MySQL has them, whatever the row cache says', async () => {
      const parent = await house.post(ada, 'a question');
      const path = `/api/v1/statuses/${parent.id}`;
      expect((await house.get(path)).body).toMatchObject({ replies_count: 0 });
      await house.post(eve, 'an answer', { inReplyTo: parent });
      expect((await house.get(path)).body).toMatchObject({ replies_count: 1 });
    });
  });

  describe('accounts', () => {
    it('are found by id, by name and by address', async () => {
      expect((await house.get(`/api/v1/accounts/${ada.id}`)).body).toMatchObject({
        username: 'ada',
        followers_count: 1,
      });
      const host = new URL(house.url).host;
      for (const acct of ['ada', '@ADA', `ada@${host}`, `@ada@${host}`])
        expect(field(await house.get(`/api/v1/accounts/lookup?acct=${acct}`), 'id')).toBe(String(ada.id));
      for (const acct of ['nobody', 'ada@elsewhere.example'])
        expect((await house.get(`/api/v1/accounts/lookup?acct=${acct}`)).status).toBe(404);
    });

    it('are searched by exact name', async () => {
      expect(idsOf(await house.get('/api/v1/accounts/search?q=ada&resolve=true', bob.token))).toEqual([
        String(ada.id),
      ]);
      const found = await house.get('/api/v2/search?type=accounts&q=@ada&resolve=false', bob.token);
      expect(found.body).toMatchObject({ accounts: [{ acct: 'ada' }], statuses: [], hashtags: [] });
      for (const query of ['q=nobody', 'q=ada&type=hashtags', 'q=ada&offset=1', 'q=ada@elsewhere.example'])
        expect(field(await house.get(`/api/v2/search?${query}`, bob.token), 'accounts')).toEqual([]);
    });

    it('verify their token and know their app', async () => {
      const me = await house.get('/api/v1/accounts/verify_credentials', ada.token);
      expect(me.body).toMatchObject({ id: String(ada.id), source: { privacy: 'public' } });
      for (const token of [ada.token, await house.appToken()])
        expect((await house.get('/api/v1/apps/verify_credentials', token)).body).toMatchObject({
          name: 'a test',
        });
      expect(field(await house.get('/api/v1/preferences', ada.token), 'posting:default:visibility')).toBe(
        'public',
      );
    });

    it('say how they stand to each other', async () => {
      const path = '/api/v1/accounts/relationships';
      const both = await house.get(`${path}?id[]=${ada.id}&id[]=${eve.id}&id[]=1`, bob.token);
      expect(both.body).toMatchObject([
        { id: String(ada.id), following: true, followed_by: false },
        { id: String(eve.id), following: false, followed_by: false },
      ]);
      expect((await house.get(`${path}?id=${bob.id}`, ada.token)).body).toMatchObject([
        { following: false, followed_by: true },
      ]);
      expect((await house.get(path, ada.token)).body).toEqual([]);
    });

    it('list their followers and the followed page by page', async () => {
      const idol = await house.person('idol');
      const fans = [];
      for (const name of ['fan1', 'fan2', 'fan3', 'fan4', 'fan5']) fans.push(await house.person(name));
      for (const fan of fans) await house.follow(fan, idol);
      const followers = await walkPages(house, `/api/v1/accounts/${idol.id}/followers?limit=2`);
      expect(followers).toEqual(fans.map((fan) => String(fan.id)));
      const [fan] = fans as [Person];
      expect(await walkPages(house, `/api/v1/accounts/${fan.id}/following`)).toEqual([String(idol.id)]);
      expect((await house.get('/api/v1/accounts/1/followers')).status).toBe(404);
    });
  });

  describe('what is the same for everybody', () => {
    it('describes the instance in both versions, with and without a slash', async () => {
      for (const slash of ['', '/']) {
        const one = await house.get(`/api/v1/instance${slash}`);
        expect(one.body).toMatchObject({ title: 'Murmur', uri: new URL(house.url).host });
        expect(field(one, 'stats')).toMatchObject({ domain_count: 1 });
        const two = await house.get(`/api/v2/instance${slash}`);
        expect(two.body).toMatchObject({ domain: new URL(house.url).host });
      }
    });

    it('answers empty for what there is not, and 404 for what nobody knows', async () => {
      for (const path of EMPTY_LISTS)
        expect(await house.get(`/api${path.replace(':id', String(ada.id))}`)).toMatchObject({
          status: 200,
          body: [],
        });
      for (const path of EMPTY_OBJECTS)
        expect(await house.get(`/api${path}/`)).toMatchObject({ status: 200, body: {} });
      const unknown = [
        '/',
        '/api',
        '/api/v1/polls/1',
        '/api/v3/instance',
        '/.well-known/oauth-authorization-server',
      ];
      for (const path of unknown)
        expect(await house.get(path)).toMatchObject({ status: 404, body: { error: 'Record not found' } });
    });

    it('has real pictures for those who have none', async () => {
      for (const path of ['/avatars/original/missing.png', '/headers/original/missing.png']) {
        const answer = await fetch(house.url + path);
        expect(answer.headers.get('content-type')).toBe('image/png');
        expect(
          Buffer.from(await answer.arrayBuffer())
            .subarray(1, 4)
            .toString(),
        ).toBe('PNG');
      }
    });

    it('answers HEAD and preflights, and lets a browser read Link', async () => {
      const head = await house.get('/api/v1/timelines/public', undefined, { method: 'HEAD' });
      expect(head).toMatchObject({ status: 200, body: null });
      expect(head.headers.get('access-control-expose-headers')).toContain('Link');
      const preflight = await house.get('/api/v1/timelines/home', undefined, { method: 'OPTIONS' });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    });
  });

  describe('bad input', () => {
    it.each([
      ['no token', '/api/v1/timelines/home', null, 401],
      ['a wrong token', '/api/v1/timelines/public', 'wrong', 401],
      ['no token for relationships', '/api/v1/accounts/relationships?id=1', null, 401],
      ['no token for an app', '/api/v1/apps/verify_credentials', null, 401],
      ['no token for a search', '/api/v2/search?q=a', null, 401],
      ['a scope that does not cover it', '/api/v1/timelines/home', 'write', 403],
      ['a scope that does not cover a public read', '/api/v1/timelines/public', 'write', 403],
      ['a scope that does not cover credentials', '/api/v1/accounts/verify_credentials', 'write', 403],
      ['an app token where a user is needed', '/api/v1/timelines/home', 'app', 422],
      ['an unknown status', '/api/v1/statuses/1', null, 404],
      ['a status id that is none', '/api/v1/statuses/abc', null, 404],
      ['a thread of an unknown status', '/api/v1/statuses/1/context', null, 404],
      ['an unknown account', '/api/v1/accounts/1', null, 404],
      ['statuses of an unknown account', '/api/v1/accounts/1/statuses', null, 404],
      ['an account id beyond all ids', '/api/v1/accounts/9223372036854775808', null, 404],
      ['a limit of nothing', '/api/v1/timelines/public?limit=0', null, 422],
      ['a limit that is none', '/api/v1/timelines/public?limit=ten', null, 422],
      ['a cursor that is none', '/api/v1/timelines/public?max_id=abc', null, 422],
      ['a flag that is none', '/api/v1/timelines/public?local=perhaps', null, 422],
      ['a look-up of nobody', '/api/v1/accounts/lookup', null, 422],
      ['a search for nothing', '/api/v2/search?q=', 'user', 422],
      ['a search for what there is not', '/api/v2/search?q=a&type=cats', 'user', 422],
      ['relationships to what is no id', '/api/v1/accounts/relationships?id[]=x', 'user', 422],
      ['a path that cannot be decoded', '/api/v1/statuses/%ff', null, 400],
    ])('%s is refused', async (_what, path, who, status) => {
      const tokens: Record<string, () => Promise<string>> = {
        write: async () => (await house.person(`w${freshId()}`, 'write')).token,
        app: () => house.appToken(),
        user: () => Promise.resolve(bob.token),
        wrong: () => Promise.resolve('wrong'),
      };
      const token = who === null ? undefined : await tokens[who]?.();
      const answer = await house.get(path, token);
      expect(answer.status).toBe(status);
      expect(field(answer, 'error')).toEqual(expect.any(String));
    });
  });
});

describe('the rate limit', () => {
  it('counts per token and answers 429 with the three headers', async () => {
    const house = await startHouse({ rateLimit: 3 });
    try {
      const ada = await house.person('ada');
      const answers = [];
      for (let i = 0; i < 4; i++) answers.push(await house.get('/api/v1/instance', ada.token));
      expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 429]);
      const last = answers[3] as Answer;
      expect(last.headers.get('x-ratelimit-limit')).toBe('3');
      expect(last.headers.get('x-ratelimit-remaining')).toBe('0');
      expect(Date.parse(last.headers.get('x-ratelimit-reset') ?? '')).toBeGreaterThan(0);
    } finally {
      await house.stop();
    }
  });
});
