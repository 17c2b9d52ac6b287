/** Whatever is thrown at whichever route: never a 5xx, always JSON (the log-in page: HTML). */
import fc from 'fast-check';
import { appToken, newApp, register, startHouse, type House } from './support/house.js';

let house: House;
let tokens: readonly (string | undefined)[];

beforeAll(async () => {
  house = await startHouse();
  const app = await appToken(house, await newApp(house));
  tokens = [undefined, 'wrong', app, (await register(house, app)).token];
}, 120_000);
afterAll(() => house.stop(), 60_000);

const NAMES = [
  'status',
  'visibility',
  'in_reply_to_id',
  'sensitive',
  'spoiler_text',
  'language',
  'media_ids',
  'media_ids[]',
  'poll',
  'client_name',
  'redirect_uris',
  'scopes',
  'website',
  'grant_type',
  'client_id',
  'client_secret',
  'code',
  'redirect_uri',
  'code_verifier',
  'scope',
  'token',
  'request',
  'username',
  'password',
  'email',
  'agreement',
  'decision',
  'response_type',
  'code_challenge',
  'code_challenge_method',
  'state',
  '__proto__',
  'constructor',
  '',
];
const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD');
const segment = fc.oneof(
  fc.constantFrom('1', '0', '-1', '9'.repeat(30), '%00', '%ff', '..', 'null', '__proto__'),
  fc.string({ maxLength: 20 }).map(encodeURIComponent),
);
const path = fc.oneof(
  fc.constantFrom(
    '/api/v1/apps',
    '/api/v1/accounts',
    '/api/v1/statuses',
    '/oauth/authorize',
    '/oauth/authorize/',
    '/oauth/token',
    '/oauth/revoke',
    '/',
  ),
  segment.map((s) => `/api/v1/statuses/${s}`),
  segment.map((s) => `/api/v1/accounts/${s}/follow`),
  segment.map((s) => `/api/v1/accounts/${s}/unfollow`),
  segment.map((s) => `/${s}`),
);
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'code',
    'authorization_code',
    'client_credentials',
    'urn:ietf:wg:oauth:2.0:oob',
    'a\u0000',
    '\ud800',
    'x'.repeat(3000),
    1e300,
    -0,
  ),
);
const fields = fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 8 });
const text = (v: unknown) => (typeof v === 'string' ? v : JSON.stringify(v));
const pairs = (values: Record<string, unknown>) =>
  Object.entries(values)
    .map(
      ([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(text(v).replace(/\p{Surrogate}/gu, '?'))}`,
    )
    .join('&');
const body = fc.oneof(
  fields.map((values) => ({ type: 'application/json', bytes: Buffer.from(JSON.stringify(values)) })),
  fields.map((values) => ({ type: 'application/x-www-form-urlencoded', bytes: Buffer.from(pairs(values)) })),
  fields.map((values) => ({
    type: 'multipart/form-data; boundary=b',
    bytes: Buffer.from(
      `${Object.entries(values)
        .map(([k, v]) => `--b\r\nContent-Disposition: form-data; name="${k}"\r\n\r\n${text(v)}\r\n`)
        .join('')}--b--\r\n`,
    ),
  })),
  fc
    .tuple(
      fc.constantFrom(
        'application/json',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=b',
        'text/plain',
        ';',
      ),
      fc.uint8Array({ maxLength: 300 }),
    )
    .map(([type, bytes]) => ({ type, bytes: Buffer.from(bytes) })),
);
const headerText = fc.stringMatching(/^[\x20-\x7e]{0,40}$/).map((s) => s.trim());

describe('rubbish', () => {
  it('never gets a 5xx', async () => {
    await fc.assert(
      fc.asyncProperty(
        method,
        path,
        fields,
        body,
        fc.nat(3),
        headerText,
        async (verb, at, query, sent, who, extra) => {
          const token = tokens[who];
          const response = await fetch(`${house.url}${at}?${pairs(query)}`, {
            method: verb,
            redirect: 'manual',
            headers: {
              ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
              'content-type': sent.type,
              'idempotency-key': extra,
              origin: extra,
              'x-forwarded-for': extra,
              'x-forwarded-proto': extra,
            },
            ...(verb === 'GET' || verb === 'HEAD' ? {} : { body: sent.bytes }),
          });
          const answer = await response.text();
          expect({ status: response.status < 500, answer }).toEqual({ status: true, answer });
          const type = response.headers.get('content-type') ?? '';
          if (answer !== '' && response.status >= 400 && !at.startsWith('/oauth/authorize'))
            expect(type).toContain('application/json');
        },
      ),
      { numRuns: 1500 },
    );
    expect((await house.send('GET', '/health')).body).toBe('ok');
  }, 120_000);

  it('a Host that is none is 400', async () => {
    const { request } = await import('node:http');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(`${house.url}/api/v1/statuses`, {
        method: 'POST',
        headers: {
          host: 'a"b',
          authorization: `Bearer ${tokens[3] ?? ''}`,
          'content-type': 'application/json',
        },
      });
      sent.on('response', (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.on('error', reject);
      sent.end('{"status":"x"}');
    });
    expect(status).toBe(400);
  });
});
