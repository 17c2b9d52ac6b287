/** Who may do what: every kind of caller at every kind of route. */
import { ROUTES, type Route, type RouteId } from '@murmur/scheduler-api';
import { CLOSED, INSECURE, type AuthRules } from '../../src/http/auth-core.js';
import { parseAuthFile } from '../../src/http/auth-parse-core.js';
import { hashPassword, sha256Hex } from '../../src/http/secrets.js';
import { jobOf } from '../state/world.js';
import { startApi, type TestApi } from './api-world.js';

const TOKENS = {
  writer: 'token-of-the-writer-0001',
  other: 'token-of-the-other-00001',
  admin: 'token-of-the-admin-00001',
  reader: 'token-of-the-reader-0001',
};
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

async function rulesWith(anonymous: readonly string[]): Promise<AuthRules> {
  const user = (name: keyof typeof TOKENS, role: string, allow: string) => ({
    name,
    token_sha256: sha256Hex(TOKENS[name]),
    rights: [{ role, allow: [allow] }],
  });
  const person = {
    name: 'ann',
    password_scrypt: await hashPassword('pässword: 1'),
    rights: [{ role: 'www', allow: ['write'] }],
  };
  const users = [
    user('writer', 'www', 'write'),
    user('other', 'kestrel', 'write'),
    user('admin', '*', 'admin'),
    user('reader', 'www', 'read'),
    person,
  ];
  const parsed = parseAuthFile({ users, anonymous });
  if (!parsed.ok) throw new Error(parsed.faults.join());
  return parsed.rules;
}

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
  api.world.create();
});
afterEach(() => api.close());

const WEB = '/api/v1/jobs/www/prod/web';
const kill = (headers: Record<string, string>) => api.post(`${WEB}/kill`, { instances: '0' }, headers);
const create = (headers: Record<string, string>, role = 'www') =>
  api.post('/api/v1/jobs', { job: jobOf({ role, name: 'new' }) }, headers);
const snapshot = (headers: Record<string, string>) => api.post('/api/v1/admin/snapshot', {}, headers);

describe('with an auth file', () => {
  it.each([
    ['nobody', {}, [200, 401, 401, 401]],
    ['wrong credentials', bearer('no-such-token-000000000'), [401, 401, 401, 401]],
    ['what is no credentials', { authorization: 'Digest x' }, [401, 401, 401, 401]],
    ['one who may write in the role', bearer(TOKENS.writer), [200, 200, 200, 403]],
    ['one who may write in another role', bearer(TOKENS.other), [200, 403, 403, 403]],
    ['one who may only read', bearer(TOKENS.reader), [200, 403, 403, 403]],
    ['an administrator', bearer(TOKENS.admin), [200, 200, 200, 200]],
    ['one with a password', basic('ann', 'pässword: 1'), [200, 200, 200, 403]],
    ['one with a wrong password', basic('ann', 'password'), [401, 401, 401, 401]],
    ['a name that is not there', basic('eve', 'pässword: 1'), [401, 401, 401, 401]],
  ])('%s is judged', async (_who, headers: Record<string, string>, statuses) => {
    api.rules = await rulesWith(['read']);
    const replies = [
      await api.get(WEB, headers),
      await kill(headers),
      await create(headers),
      await snapshot(headers),
    ];
    expect(replies.map(({ status }) => status)).toEqual(statuses);
  });

  it('reading needs credentials where anonymous may not', async () => {
    api.rules = await rulesWith([]);
    const statuses = [];
    for (const headers of [{}, bearer(TOKENS.reader), bearer(TOKENS.other)])
      statuses.push((await api.get('/agents', headers)).status, (await api.get(WEB, headers)).status);
    expect(statuses).toEqual([401, 401, 200, 200, 200, 200]);
  });

  it('a refusal says who may not do what, and how one logs in', async () => {
    api.rules = await rulesWith(['read']);
    expect((await kill(bearer(TOKENS.other))).error).toBe(
      'forbidden: other may not change jobs in the role www',
    );
    expect((await create(bearer(TOKENS.writer), 'kestrel')).error).toBe(
      'forbidden: writer may not change jobs in the role kestrel',
    );
    expect((await snapshot(bearer(TOKENS.writer))).error).toBe(
      'forbidden: writer may not administer this scheduler',
    );
    const nobody = await kill({});
    expect(nobody.headers.get('www-authenticate')).toContain('Bearer');
    expect(nobody.headers.get('www-authenticate')).toContain('Basic realm="murmur-scheduler"');
    expect(api.world.done).toEqual([]);
  });

  it('a role that is not text does not go past the rights', async () => {
    api.rules = await rulesWith(['read']);
    const reply = await api.post('/api/v1/jobs', { job: { ...jobOf(), role: 123 } }, bearer(TOKENS.writer));
    expect([403, 422]).toContain(reply.status);
    expect(api.world.done).toEqual([]);
  });

  it('the audit log has who it was', async () => {
    api.rules = await rulesWith(['read']);
    await kill(basic('ann', 'pässword: 1'));
    expect(api.world.done).toEqual(['kill by ann because of nothing']);
    expect(api.world.state.audit(1)).toMatchObject([{ who: 'ann', action: 'job.kill' }]);
  });

  it('without the right, no body is read', async () => {
    api.rules = await rulesWith(['read']);
    expect((await api.post(`${WEB}/kill`, '{ this is no JSON')).status).toBe(401);
  });

  it('wrong credentials are counted', async () => {
    api.rules = await rulesWith(['read']);
    await kill(bearer('no-such-token-000000000'));
    await kill({});
    expect((await api.get('/metrics')).text).toMatch(/^murmur_scheduler_auth_failures_total 1$/m);
  });
});

describe('a browser', () => {
  it('may not post for a page of another site', async () => {
    const reply = await snapshot({ 'sec-fetch-site': 'cross-site' });
    expect([reply.status, reply.error]).toEqual([403, 'forbidden: pages of another site may not post here']);
    expect((await snapshot({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });
});

describe('without an auth file', () => {
  it('reading is open, and changes are refused with what to do', async () => {
    api.rules = CLOSED;
    expect((await api.get(WEB)).status).toBe(200);
    const replies = [await kill({}), await kill(bearer('x')), await snapshot({})];
    expect(replies.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(replies[0]!.error).toContain('neither --auth-file nor --insecure');
  });

  it('everything is open with --insecure, and the actor is anonymous', async () => {
    api.rules = INSECURE;
    expect((await kill(basic('root', 'x'))).status).toBe(200);
    expect((await snapshot({})).status).toBe(200);
    expect(api.world.done).toEqual(['kill by anonymous because of nothing']);
  });
});

describe('every route', () => {
  it.each(Object.entries(ROUTES) as [RouteId, Route][])('%s refuses who may not', async (_id, route) => {
    api.rules = await rulesWith([]);
    const path = route.path.replaceAll(/:\w+/g, '0');
    const reply = route.method === 'get' ? await api.get(path) : await api.post(path, {});
    expect([reply.status, reply.error.split(':')[0]]).toEqual([401, 'unauthorized']);
  });
});
