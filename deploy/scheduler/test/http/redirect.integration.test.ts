/** A scheduler that does not lead sends its callers to the one that does. */
import { startApi, type TestApi } from './api-world.js';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const LEADER = 'http://leader.example:8081';

describe('where another leads', () => {
  beforeEach(() => {
    api.leadership = { leads: false, leaderUrl: LEADER };
    api.ready = false;
  });

  it.each(['/api/v1/jobs?role=w*', '/agents', '/offers', '/mname/www/prod/web/0/x?y=1', '/api/v1/events'])(
    '%s goes to the leader, as it came',
    async (path) => {
      const reply = await api.get(path);
      expect([reply.status, reply.headers.get('location')]).toEqual([307, LEADER + path]);
    },
  );

  it('a change goes there too', async () => {
    const reply = await api.post('/api/v1/jobs/www/prod/web/kill', {});
    expect([reply.status, reply.headers.get('location')]).toEqual([
      307,
      `${LEADER}/api/v1/jobs/www/prod/web/kill`,
    ]);
  });

  it('who bypasses the redirect is answered here', async () => {
    const reply = await api.get('/api/v1/jobs', { 'bypass-leader-redirect': 'true' });
    expect([reply.status, reply.error]).toEqual([503, 'not-leader: this scheduler does not lead']);
  });

  it.each(['/', '/vars', '/vars.json', '/health', '/metrics', '/api/v1/openapi.json'])(
    '%s is answered here',
    async (path) => {
      expect((await api.get(path)).status).toBe(200);
    },
  );

  it('a path that begins like a host stays a path', async () => {
    const reply = await api.get('//evil.example/api');
    expect(reply.headers.get('location') ?? LEADER).toMatch(/^http:\/\/leader\.example:8081/);
  });
});

describe('where nobody is known to lead', () => {
  it('requests may be tried again', async () => {
    api.leadership = { leads: false, leaderUrl: null };
    const reply = await api.get('/api/v1/jobs');
    expect([reply.status, reply.error.split(':')[0], reply.headers.get('retry-after')]).toEqual([
      503,
      'not-leader',
      '1',
    ]);
  });
});

describe('a leader that is not ready', () => {
  it('says so', async () => {
    api.ready = false;
    const reply = await api.get('/api/v1/jobs');
    expect([reply.status, reply.error]).toEqual([
      503,
      'not-ready: this scheduler leads, and is still reading its log',
    ]);
  });
});

describe('/leaderhealth', () => {
  it.each([
    [{ leads: true, leaderUrl: null }, 200, 'this scheduler leads'],
    [{ leads: false, leaderUrl: LEADER }, 503, `${LEADER} leads`],
    [{ leads: false, leaderUrl: null }, 502, 'no leader is known'],
  ])('of %j is %i', async (leadership, status, text) => {
    api.leadership = leadership;
    const reply = await api.get('/leaderhealth');
    expect([reply.status, reply.text.trim()]).toEqual([status, text]);
  });
});
