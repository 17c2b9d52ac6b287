import { request } from 'node:http';
import fc from 'fast-check';
import { stopAll } from '@murmur/testkit';
import { CLUSTER_KEY, startHouse, type House, type Person } from './support/house.js';

const ROUTES = [
  '/api/v1/timelines/home',
  '/api/v1/timelines/public',
  '/api/v1/statuses/$',
  '/api/v1/statuses/$/context',
  '/api/v1/accounts/verify_credentials',
  '/api/v1/accounts/lookup',
  '/api/v1/accounts/relationships',
  '/api/v1/accounts/search',
  '/api/v1/accounts/$',
  '/api/v1/accounts/$/statuses',
  '/api/v1/accounts/$/followers',
  '/api/v1/accounts/$/following',
  '/api/v2/search',
  '/api/v1/instance',
  '/api/v2/instance/',
  '/api/v1/preferences',
  '/api/v1/apps/verify_credentials',
  '/api/v1/lists',
  '/avatars/original/missing.png',
  '/.well-known/$',
  '/internal/home/$/since',
  '/$',
];
const NAMES = [
  'limit', 'max_id', 'since_id', 'min_id', 'local', 'remote', 'only_media', 'exclude_replies', 'pinned',
  'acct', 'id', 'id[]', 'q', 'type', 'resolve', 'offset', 'cursor', '__proto__', 'a[b][c]',
]; // prettier-ignore

interface Shot {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
}

const raw = fc.stringMatching(/^[%09aZ/.@\-_~+=&?[\]{}()*,;:!$'"<>|\\^`]{0,12}$/);
const piece = fc.oneof(
  raw,
  fc.string({ unit: 'binary', maxLength: 8 }).map(safeEncode),
  fc.bigInt(-5n, (1n << 65n) - 1n).map(String),
  fc.constantFrom('', '0', '1', 'true', 'null', '9223372036854775807', '%00', '%ff', '..', 'constructor'),
);
function safeEncode(text: string): string {
  return [...Buffer.from(text, 'utf8')].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

describe('generated rubbish', () => {
  let house: House;
  let ada: Person;
  beforeAll(async () => {
    house = await startHouse();
    ada = await house.person('ada');
    await house.post(ada, 'something');
  });
  afterAll(stopAll);

  const shots = (): fc.Arbitrary<Shot> =>
    fc
      .record({
        method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE'),
        route: fc.constantFrom(...ROUTES),
        segment: fc.oneof(piece, fc.constant(String(ada.id))),
        query: fc.array(fc.tuple(fc.constantFrom(...NAMES), piece), { maxLength: 4 }),
        token: fc.constantFrom(null, ada.token, CLUSTER_KEY, 'rubbish', ''),
        host: fc.constantFrom(null, null, 'example.org', 'a b', '[::1', 'x/y', ''),
      })
      .map(({ method, route, segment, query, token, host }) => ({
        method,
        path: `${route.replace('$', segment)}?${query.map(([k, v]) => `${k}=${v}`).join('&')}`,
        headers: {
          ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
          ...(host === null ? {} : { Host: host }),
        },
      }));

  const fire = ({ method, path, headers }: Shot): Promise<{ status: number; body: string; type: string }> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(house.url);
      const asked = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const body = Buffer.concat(chunks).toString();
          resolve({ status: answer.statusCode ?? 0, body, type: answer.headers['content-type'] ?? '' });
        });
      });
      asked.on('error', reject);
      asked.end();
    });

  it('gets an answer below 500, and errors as JSON, on every route', async () => {
    await fc.assert(
      fc.asyncProperty(shots(), async (shot) => {
        const { status, body, type } = await fire(shot);
        expect(status).toBeGreaterThanOrEqual(200);
        expect(status).toBeLessThan(500);
        if (status < 400 || shot.method === 'HEAD' || body === '') return;
        expect(type).toContain('application/json');
        expect(JSON.parse(body)).toHaveProperty('error');
      }),
      { numRuns: 600 },
    );
    expect((await house.get('/api/v1/timelines/home', ada.token)).status).toBe(200);
  });
});
