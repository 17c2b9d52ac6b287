/** The log-in, as programs and browsers do it. */
import { createHash } from 'node:crypto';
import { jest } from '@jest/globals';
import { sha256Hex } from '@murmur/public-api';
import {
  appToken,
  filledForm,
  newApp,
  ok,
  OOB,
  register,
  startHouse,
  type Answer,
  type App,
  type House,
  type Person,
} from './support/house.js';

const BACK = 'https://app.example/back?x=1';
const VERIFIER = 'v'.repeat(64);
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

let house: House;
let app: App;
let alice: Person;

beforeAll(async () => {
  house = await startHouse();
  app = await newApp(house, { redirect_uris: `${OOB}\n${BACK}\napp://back` });
  alice = await register(house, await appToken(house, app), 'alice');
}, 120_000);
afterAll(() => house.stop(), 60_000);

function show(params: Record<string, string> = {}, path = '/oauth/authorize'): Promise<Answer> {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: app.client_id,
    redirect_uri: OOB,
    scope: 'read write',
    ...params,
  });
  return house.send('GET', `${path}?${query.toString()}`);
}

const submit = (body: URLSearchParams, headers = {}) =>
  house.send('POST', '/oauth/authorize', { body, headers });

async function codeFor(params: Record<string, string> = {}): Promise<string> {
  const answer = await submit(filledForm((await show(params)).body, alice.username, alice.password));
  const location = answer.headers.get('location');
  if (location !== null) return new URL(location).searchParams.get('code') ?? '';
  return /<code[^>]*>([^<]+)<\/code>/.exec(String(answer.body))?.[1] ?? '';
}

const exchange = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
  house.send('POST', '/oauth/token', {
    body: { grant_type: 'authorization_code', redirect_uri: OOB, ...app, ...fields },
    headers,
  });

const fault = (answer: Answer) => [answer.status, (answer.body as { error: string }).error];

// Every log-in costs a password hash, on purpose.
jest.setTimeout(60_000);

describe('the page', () => {
  it('shows who asks for what, with a policy that allows nothing else, at both paths', async () => {
    for (const path of ['/oauth/authorize', '/oauth/authorize/']) {
      const page = await show({ force_login: 'true', lang: 'en' }, path);
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toContain('text/html');
      expect(page.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
      );
      expect(page.headers.get('cache-control')).toBe('no-store');
      expect(page.headers.get('access-control-allow-origin')).toBeNull();
    }
    expect((await show({ redirect_uri: BACK })).headers.get('content-security-policy')).toContain(
      "form-action 'self' https://app.example;",
    );
  });

  it('refuses unknown clients and foreign redirect URIs on the page, without a redirect', async () => {
    for (const params of [
      { client_id: 'nobody' },
      { client_id: 'x'.repeat(500) },
      { redirect_uri: 'https://evil.example' },
      { redirect_uri: `${BACK}&y=2` },
    ]) {
      const page = await show(params);
      expect([page.status, page.headers.get('location')]).toEqual([400, null]);
      expect(String(page.body)).toContain('This did not work');
    }
  });

  it('sends other faults to the app with its state', async () => {
    const answer = await show({ redirect_uri: BACK, scope: 'read nonsense', state: 'st&ate' });
    expect(answer.status).toBe(302);
    const to = new URL(answer.headers.get('location') ?? '');
    expect([
      to.host,
      to.searchParams.get('x'),
      to.searchParams.get('error'),
      to.searchParams.get('state'),
    ]).toEqual(['app.example', '1', 'invalid_scope', 'st&ate']);
  });

  it('a wrong password, an unknown name and an empty form show the form again', async () => {
    const html = (await show()).body;
    for (const [name, password] of [
      [alice.username, 'wrong'],
      ['nobody', alice.password],
      ['', ''],
      [alice.username, ''],
    ]) {
      const answer = await submit(filledForm(html, name ?? '', password ?? ''));
      expect([answer.status, String(answer.body).includes('is wrong')]).toEqual([401, true]);
    }
    expect(
      String(
        (
          await submit(
            filledForm((await submit(filledForm(html, 'x', 'y'))).body, alice.username, alice.password),
          )
        ).body,
      ),
    ).toContain('<code');
  });

  it('a touched, missing or foreign form is refused', async () => {
    const form = filledForm((await show()).body, alice.username, alice.password);
    const touched = new URLSearchParams(form);
    touched.set('request', `${form.get('request') ?? ''}A`);
    expect((await submit(touched)).status).toBe(400);
    expect(
      (await submit(new URLSearchParams({ username: alice.username, password: alice.password }))).status,
    ).toBe(400);
    expect((await submit(form, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await submit(form, { origin: 'null' })).status).toBe(403);
    expect((await submit(form, { origin: house.url })).status).toBe(200);
  });

  it('a refusal goes back to the app', async () => {
    const form = filledForm((await show({ redirect_uri: 'app://back', state: 's' })).body, '', '');
    form.set('decision', 'deny');
    expect((await submit(form)).headers.get('location')).toBe('app://back?error=access_denied&state=s');
  });
});

describe('a code', () => {
  it('out of band, by user name or e-mail, becomes a token with the scopes asked for', async () => {
    const token = ok(await exchange({ code: await codeFor({ scope: 'write read push' }) }));
    expect(token).toMatchObject({
      token_type: 'Bearer',
      scope: 'write read push',
      created_at: expect.any(Number),
    });
    expect(
      ok(await house.send('POST', '/api/v1/statuses', { token: token.access_token, body: { status: 'x' } })),
    ).toMatchObject({
      account: { id: String(alice.id) },
    });
    expect((await house.store.tokenByHash(sha256Hex(token.access_token)))?.accountId).toBe(alice.id);
    const answer = await submit(filledForm((await show()).body, alice.email.toUpperCase(), alice.password));
    expect(String(answer.body)).toContain('<code');
  });

  it('comes back by redirect with the state, and is exchanged from a form, from multipart, and with Basic', async () => {
    const form = filledForm(
      (await show({ redirect_uri: BACK, state: 'a b' })).body,
      alice.username,
      alice.password,
    );
    const answer = await submit(form);
    const to = new URL(answer.headers.get('location') ?? '');
    expect([answer.status, to.searchParams.get('state'), to.searchParams.get('x')]).toEqual([
      302,
      'a b',
      '1',
    ]);

    const fields = async () => ({
      grant_type: 'authorization_code',
      code: await codeFor({ redirect_uri: BACK }),
      redirect_uri: BACK,
    });
    const urlencoded = new URLSearchParams({ ...(await fields()), ...app });
    expect((await house.send('POST', '/oauth/token', { body: urlencoded })).status).toBe(200);
    const multipart = new FormData();
    for (const [name, value] of Object.entries({ ...(await fields()), ...app }))
      multipart.append(name, value);
    expect((await house.send('POST', '/oauth/token', { body: multipart })).status).toBe(200);
    const authorization = `Basic ${Buffer.from(`${app.client_id}:${app.client_secret}`).toString('base64')}`;
    expect(
      (await house.send('POST', '/oauth/token', { body: await fields(), headers: { authorization } })).status,
    ).toBe(200);
  });

  it('works once, for its app and its URI only', async () => {
    const used = await codeFor();
    expect((await exchange({ code: used })).status).toBe(200);
    expect(await exchange({ code: used })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'The code is unknown or was used before' },
    });
    const other = await newApp(house);
    expect(fault(await exchange({ code: await codeFor(), ...other }))).toEqual([400, 'invalid_grant']);
    expect(fault(await exchange({ code: await codeFor(), redirect_uri: BACK }))).toEqual([
      400,
      'invalid_grant',
    ]);
    expect(fault(await exchange({ code: 'rubbish' }))).toEqual([400, 'invalid_grant']);
  });

  it('with PKCE wants the verifier', async () => {
    const pkce = { code_challenge: CHALLENGE, code_challenge_method: 'S256' };
    expect((await exchange({ code: await codeFor(pkce), code_verifier: VERIFIER })).status).toBe(200);
    expect(fault(await exchange({ code: await codeFor(pkce) }))).toEqual([400, 'invalid_grant']);
    expect(fault(await exchange({ code: await codeFor(pkce), code_verifier: 'w'.repeat(64) }))).toEqual([
      400,
      'invalid_grant',
    ]);
  });
});

describe('other tokens', () => {
  it('faults are named as OAuth names them', async () => {
    expect(fault(await exchange({ grant_type: 'password' }))).toEqual([400, 'unsupported_grant_type']);
    expect(fault(await exchange({ client_secret: 'wrong' }))).toEqual([400, 'invalid_request']);
    expect(fault(await exchange({ code: 'x', client_secret: 'wrong' }))).toEqual([401, 'invalid_client']);
    expect(fault(await exchange({ code: 'x', client_id: 'nobody' }))).toEqual([401, 'invalid_client']);
    expect(fault(await exchange({ grant_type: 'client_credentials', scope: 'admin' }))).toEqual([
      400,
      'invalid_scope',
    ]);
    const answer = await exchange({ grant_type: 'nonsense' });
    expect(answer.body).toMatchObject({
      error_description: expect.stringContaining('authorization_code and client_credentials'),
    });
  });

  it('an app token has no account', async () => {
    const answer = ok(await exchange({ grant_type: 'client_credentials' }));
    expect(answer.scope).toBe('read');
  });

  it('a revoked token is refused at once, everywhere; somebody else’s cannot be revoked', async () => {
    const { access_token: token } = ok(await exchange({ code: await codeFor() }));
    const post = () => house.send('POST', '/api/v1/statuses', { token, body: { status: 'x' } });
    expect((await post()).status).toBe(200);
    const other = await newApp(house);
    expect(fault(await house.send('POST', '/oauth/revoke', { body: { ...other, token } }))).toEqual([
      403,
      'unauthorized_client',
    ]);
    expect((await post()).status).toBe(200);
    expect(
      await house.send('POST', '/oauth/revoke', { body: new URLSearchParams({ ...app, token }) }),
    ).toMatchObject({ status: 200, body: {} });
    expect((await post()).status).toBe(401);
    await house.rows.delete(`token:${sha256Hex(token)}`);
    expect((await post()).status).toBe(401);
    expect((await house.send('POST', '/oauth/revoke', { body: { ...app, token } })).status).toBe(200);
    expect(fault(await house.send('POST', '/oauth/revoke', { body: { ...app } }))).toEqual([
      400,
      'invalid_request',
    ]);
    expect(fault(await house.send('POST', '/oauth/revoke', { body: { token } }))).toEqual([
      401,
      'invalid_client',
    ]);
  });
});
