/** Unmodified clients by other people run the whole flow against the edge, with every server and service real. */
import generator, { type Entity, type WebSocketInterface } from 'megalodon';
import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient, type mastodon } from 'masto';
import WebSocket from 'ws';
import { waitFor } from '@murmur/testkit';
import { Api, OOB, type Reader } from './support/api.js';
import { authorize } from './support/authorize.js';
import { startSuite, type Suite } from './support/suite.js';

let suite: Suite;
let api: Api;
let author: Reader;
let reader: Reader;
const streams: (() => void)[] = [];

beforeAll(async () => {
  suite = await startSuite();
  api = new Api(suite.url);
  const token = await api.appToken(await api.app());
  author = await api.register(token, 'author');
  reader = await api.register(token, 'reader');
}, 240_000);

afterAll(async () => {
  for (const close of streams) close();
  await suite.stop();
}, 60_000);

describe('masto.js', () => {
  async function login(user: Reader): Promise<mastodon.rest.Client> {
    const app = await createRestAPIClient({ url: suite.url }).v1.apps.create({
      clientName: 'masto',
      redirectUris: OOB,
      scopes: 'read write follow',
    });
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: app.clientId ?? '',
      redirect_uri: OOB,
      scope: 'read write follow',
    });
    const code = await authorize(
      `${suite.url}/oauth/authorize?${query.toString()}`,
      user.username,
      user.password,
    );
    const token = await createOAuthAPIClient({ url: suite.url }).token.create({
      grantType: 'authorization_code',
      clientId: app.clientId ?? '',
      clientSecret: app.clientSecret ?? '',
      redirectUri: OOB,
      code,
      scope: 'read write follow',
    });
    return createRestAPIClient({ url: suite.url, accessToken: token.accessToken });
  }

  it('logs in, follows, streams, posts five, pages home by Link in order, sees the delete, unfollows', async () => {
    const writer = await login(author);
    const follower = await login(reader);
    const instance = await follower.v2.instance.fetch();
    expect(instance.configuration.statuses.maxCharacters).toBe(500);
    const me = await writer.v1.accounts.verifyCredentials();
    expect(me.username).toBe(author.username);
    expect((await follower.v1.accounts.$select(me.id).follow()).following).toBe(true);
    expect((await follower.v1.accounts.relationships.fetch({ id: [me.id] }))[0]?.following).toBe(true);

    const streaming = createStreamingAPIClient({
      streamingApiUrl: instance.configuration.urls.streaming,
      accessToken: reader.token,
      implementation: WebSocket,
    });
    streams.push(() => streaming.close());
    const shown: string[] = [];
    const deleted: string[] = [];
    const reading = (async () => {
      for await (const event of streaming.user.subscribe()) {
        if (event.event === 'update') shown.push(event.payload.id);
        if (event.event === 'delete') deleted.push(event.payload);
      }
    })();
    const connected = async (): Promise<boolean> => (await suite.readers()) > 0;
    await waitFor(connected, { timeoutMs: 10_000, what: 'the stream to be open' });

    const posted: string[] = [];
    for (let i = 1; i <= 5; i++)
      posted.push((await writer.v1.statuses.create({ status: `masto ${i} <b>&</b>` })).id);
    await waitFor(() => shown.length >= 5, { timeoutMs: 10_000, what: 'five updates on the stream' });
    // The home timeline is in order; on the stream two statuses of one moment may change places.
    expect([...shown].sort()).toEqual(posted);

    const home: mastodon.v1.Status[] = [];
    let pages = 0;
    for await (const page of follower.v1.timelines.home.list({ limit: 2 })) {
      home.push(...page);
      pages++;
    }
    expect(home.map((s) => s.id)).toEqual([...posted].reverse());
    expect(pages).toBeGreaterThanOrEqual(3);
    expect(home[0]?.content).toBe('<p>masto 5 &lt;b&gt;&amp;&lt;/b&gt;</p>');

    const gone = posted[2] ?? '';
    const removed = await writer.v1.statuses.$select(gone).remove();
    expect(removed.text).toBe('masto 3 <b>&</b>');
    await waitFor(() => deleted.length > 0, { timeoutMs: 10_000, what: 'the delete on the stream' });
    expect(deleted).toEqual([gone]);
    await expect(follower.v1.statuses.$select(gone).fetch()).rejects.toMatchObject({ statusCode: 404 });
    expect((await follower.v1.timelines.home.list()).map((s) => s.id)).not.toContain(gone);

    expect((await follower.v1.accounts.$select(me.id).unfollow()).following).toBe(false);
    expect(await follower.v1.timelines.home.list()).toEqual([]);
    streaming.close();
    await reading;
  }, 60_000);
});

/** megalodon hands out headers without a type. */
function linkOf(headers: unknown): string {
  const { link } = headers as { link?: string };
  return link ?? '';
}

describe('megalodon', () => {
  it('logs in, follows, streams, posts five, pages home by Link in order, sees the delete, unfollows', async () => {
    const anonymous = generator('mastodon', suite.url);
    const app = await anonymous.registerApp('megalodon', {
      scopes: ['read', 'write', 'follow'],
      redirect_uris: OOB,
    });
    const login = async (user: Reader) => {
      const code = await authorize(app.url ?? '', user.username, user.password);
      const token = await anonymous.fetchAccessToken(app.client_id, app.client_secret, code, OOB);
      return generator('mastodon', suite.url, token.access_token);
    };
    const writer = await login(author);
    const follower = await login(reader);
    const me = (await writer.verifyAccountCredentials()).data;
    expect((await follower.followAccount(me.id)).data.following).toBe(true);

    const stream: WebSocketInterface = await follower.userStreaming();
    const shown: string[] = [];
    const deleted: string[] = [];
    streams.push(() => stream.stop());
    stream.on('error', () => undefined);
    let connected = false;
    stream.on('connect', () => (connected = true));
    stream.on('update', (status: Entity.Status) => shown.push(status.id));
    stream.on('delete', (id: string) => deleted.push(id));
    await waitFor(() => connected, { timeoutMs: 10_000, what: 'the stream to be open' });

    const posted: string[] = [];
    for (let i = 1; i <= 5; i++) posted.push((await writer.postStatus(`megalodon ${i}`)).data.id);
    await waitFor(() => shown.length >= 5, { timeoutMs: 10_000, what: 'five updates on the stream' });
    // The home timeline is in order; on the stream two statuses of one moment may change places.
    expect([...shown].sort()).toEqual(posted);

    const home: string[] = [];
    for (let maxId: string | undefined; ;) {
      const page = await follower.getHomeTimeline({
        limit: 2,
        ...(maxId === undefined ? {} : { max_id: maxId }),
      });
      home.push(...page.data.map((s) => s.id));
      maxId = /max_id=(\d+)>; rel="next"/.exec(linkOf(page.headers))?.[1];
      if (maxId === undefined) break;
    }
    expect(home.slice(0, 5)).toEqual([...posted].reverse());
    expect(new Set(home).size).toBe(home.length);

    await writer.deleteStatus(posted[0] ?? '');
    await waitFor(() => deleted.length > 0, { timeoutMs: 10_000, what: 'the delete on the stream' });
    expect(deleted).toEqual([posted[0]]);
    await expect(follower.getStatus(posted[0] ?? '')).rejects.toMatchObject({ response: { status: 404 } });
    expect((await follower.unfollowAccount(me.id)).data.following).toBe(false);
    stream.stop();
  }, 60_000);
});
