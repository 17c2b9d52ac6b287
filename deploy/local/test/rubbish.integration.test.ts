/** Generated rubbish at every public route, through the edge: an answer that says what is wrong, and never a 5xx. */
import { request } from 'node:http';
import fc from 'fast-check';
import { Api, type Reader } from './support/api.js';
import { startSuite, type Suite } from './support/suite.js';

let suite: Suite;
let reader: Reader;

beforeAll(async () => {
  suite = await startSuite();
  const api = new Api(suite.url);
  reader = await api.register(await api.appToken(await api.app()));
}, 240_000);

afterAll(() => suite.stop(), 60_000);

const ROUTES = [
  '/api/v1/streaming',
  '/api/v1/streaming/user',
  '/api/v1/streaming/user/notification',
  '/api/v1/streaming/public',
  '/api/v1/streaming/health',
  '/api/v1/statuses',
  '/api/v1/statuses/:id',
  '/api/v1/statuses/:id/context',
  '/api/v1/accounts',
  '/api/v1/accounts/:id',
  '/api/v1/accounts/:id/statuses',
  '/api/v1/accounts/:id/follow',
  '/api/v1/accounts/:id/unfollow',
  '/api/v1/accounts/relationships',
  '/api/v1/accounts/lookup',
  '/api/v1/accounts/verify_credentials',
  '/api/v1/timelines/home',
  '/api/v1/timelines/public',
  '/api/v1/instance',
  '/api/v2/instance',
  '/api/v1/apps',
  '/oauth/authorize',
  '/oauth/token',
  '/oauth/revoke',
  '/nowhere',
];
const PARAMETERS = [
  'limit',
  'max_id',
  'min_id',
  'since_id',
  'since',
  'stream',
  'id[]',
  'acct',
  'access_token',
  'client_id',
  'x',
];

const rubbish = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.constantFrom(
    '0',
    '-1',
    '1e9',
    '99999999999999999999',
    'null',
    '[]',
    '%00',
    '../..',
    'user',
    'public',
    '1,2,3',
  ),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map(String),
);
const body = fc.oneof(
  fc.constant(null),
  fc.string({ maxLength: 60 }),
  fc.json({ maxDepth: 3 }),
  fc
    .dictionary(
      fc.constantFrom('status', 'visibility', 'username', 'in_reply_to_id', '__proto__'),
      fc.jsonValue(),
    )
    .map((o) => JSON.stringify(o)),
);
const attempt = fc.record({
  method: fc.constantFrom('GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS'),
  route: fc.constantFrom(...ROUTES),
  id: rubbish,
  query: fc.dictionary(fc.constantFrom(...PARAMETERS), rubbish, { maxKeys: 4 }),
  token: fc.constantFrom('good', 'wrong', 'none'),
  type: fc.constantFrom(
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
  ),
  lastEventId: fc.option(rubbish.map((text) => text.replace(/[^\x20-\x7e]/g, ''))),
  upgrade: fc.boolean(),
  body,
});
type Attempt = typeof attempt extends fc.Arbitrary<infer T> ? T : never;

/** The status of the answer; a stream is not read. */
function statusOf(a: Attempt): Promise<number> {
  const path = a.route.replace(':id', encodeURIComponent(a.id));
  const query = new URLSearchParams(a.query).toString();
  const token = a.token === 'good' ? reader.token : 'no-such-token';
  const headers = {
    ...(a.token === 'none' ? {} : { authorization: `Bearer ${token}` }),
    ...(a.body === null ? {} : { 'content-type': a.type, 'content-length': Buffer.byteLength(a.body) }),
    ...(a.lastEventId === null ? {} : { 'last-event-id': a.lastEventId }),
    ...(a.upgrade
      ? {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'AQIDBAUGBwgJCgsMDQ4PEA==',
        }
      : {}),
  };
  return new Promise((resolve, reject) => {
    const sent = request(
      `${suite.url}${path}?${query}`,
      { method: a.method, headers, agent: false },
      (answer) => {
        resolve(answer.statusCode ?? 0);
        sent.destroy();
      },
    );
    sent.on('upgrade', (answer, socket) => {
      resolve(answer.statusCode ?? 0);
      socket.destroy();
    });
    sent.on('error', reject);
    sent.end(a.body ?? undefined);
  });
}

describe('rubbish at the edge', () => {
  it('is never answered with a 5xx', async () => {
    await fc.assert(
      fc.asyncProperty(attempt, async (a) => {
        const status = await statusOf(a);
        expect(status).toBeGreaterThanOrEqual(101);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 800 },
    );
  }, 240_000);

  it.each([
    '/internal/presence',
    '/metrics',
    '/health',
    '/quitquitquit',
    '/api/../internal/presence',
    '//internal/presence',
  ])(
    'nothing is behind %s, with the right key or without',
    async (path) => {
      const { hostname, port } = new URL(suite.url);
      const status = await new Promise<number>((resolve, reject) => {
        const options = {
          host: hostname,
          port,
          path,
          headers: { authorization: `Bearer ${suite.clusterKey}` },
          agent: false,
        };
        const sent = request(options, (answer) => {
          resolve(answer.statusCode ?? 0);
          answer.resume();
        });
        sent.on('error', reject);
        sent.end();
      });
      expect([400, 404]).toContain(status);
    },
    30_000,
  );
});
