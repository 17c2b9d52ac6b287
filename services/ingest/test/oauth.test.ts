import fc from 'fast-check';
import type { OauthApp, OauthCode } from '@murmur/store';
import { isRedirectUri, OOB, readAppRequest } from '../src/oauth/app-core.js';
import { decideAuthorize, formActionSource, withParams } from '../src/oauth/authorize-core.js';
import { contentSecurityPolicy, errorPage, loginPage } from '../src/oauth/pages.js';
import { appTokenScopes, checkCode, readClient, readGrantRequest } from '../src/oauth/token-core.js';
import { newSecret, pkceMatches, signer } from '../src/secrets.js';
import { fields, refusal } from './support/fields.js';

const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

const app: OauthApp = {
  id: 1n,
  clientId: 'client',
  clientSecretSha256: '',
  name: 'An app',
  website: null,
  redirectUris: ['https://app.example/back?x=1', 'app://back', OOB],
  scopes: 'read write:statuses push',
  createdAtMs: 0,
};

describe('registering an app', () => {
  it('takes redirect URIs as a string, as lines and as a list', () => {
    const uris = (redirect_uris: unknown) =>
      readAppRequest(fields({ client_name: 'x', redirect_uris })).redirectUris;
    expect(uris(OOB)).toEqual([OOB]);
    expect(uris(`${OOB}\nhttps://a.example/`)).toEqual([OOB, 'https://a.example/']);
    expect(uris([OOB, 'https://a.example/', OOB])).toEqual([OOB, 'https://a.example/']);
  });

  it('refuses what is missing, unknown or dangerous', () => {
    const bad = [
      { redirect_uris: OOB },
      { client_name: ' ', redirect_uris: OOB },
      { client_name: 'x' },
      { client_name: 'x', redirect_uris: 'not a uri' },
      { client_name: 'x', redirect_uris: 'javascript:alert(1)' },
      { client_name: 'x', redirect_uris: 'data:text/html,x' },
      { client_name: 'x', redirect_uris: 'https://a.example/#f' },
      { client_name: 'x', redirect_uris: Array.from({ length: 11 }, (_, i) => `https://a.example/${i}`) },
      { client_name: 'x', redirect_uris: OOB, scopes: 'read everything' },
      { client_name: 'x', redirect_uris: OOB, website: 'javascript:alert(1)' },
    ];
    for (const values of bad) expect(refusal(() => readAppRequest(fields(values))).status).toBe(422);
  });

  it('asks for read when it asks for nothing', () => {
    expect(readAppRequest(fields({ client_name: 'x', redirect_uris: OOB, website: '' }))).toMatchObject({
      scopes: 'read',
      website: null,
    });
  });
});

describe('an authorization request', () => {
  const asked = {
    response_type: 'code',
    client_id: 'client',
    redirect_uri: 'app://back',
    scope: 'read',
    state: 's t',
  };
  const decide = (values: object) => decideAuthorize(fields({ ...asked, ...values }), app);

  it('becomes a form that carries it', () => {
    expect(decide({ code_challenge: CHALLENGE, code_challenge_method: 'S256' })).toEqual({
      kind: 'form',
      request: {
        clientId: 'client',
        redirectUri: 'app://back',
        scopes: 'read',
        state: 's t',
        codeChallenge: CHALLENGE,
      },
    });
  });

  it('never redirects before client and URI are known to belong together, to the letter', () => {
    expect(decideAuthorize(fields(asked), null).kind).toBe('refuse');
    for (const redirect_uri of [
      null,
      '',
      'app://back/',
      'https://app.example/back',
      'https://evil.example/',
      'APP://back',
    ])
      expect(decide({ redirect_uri }).kind).toBe('refuse');
  });

  it('sends other faults back to the app, with its state', () => {
    const to = (values: object) => {
      const decision = decide(values);
      return decision.kind === 'redirect' ? Object.fromEntries(new URL(decision.to).searchParams) : decision;
    };
    expect(to({ response_type: 'token' })).toMatchObject({
      error: 'unsupported_response_type',
      state: 's t',
    });
    expect(to({ scope: 'write' })).toMatchObject({ error: 'invalid_scope' });
    expect(to({ scope: 'nonsense' })).toMatchObject({ error: 'invalid_scope' });
    expect(to({ code_challenge: CHALLENGE, code_challenge_method: 'plain' })).toMatchObject({
      error: 'invalid_request',
    });
    expect(to({ code_challenge: CHALLENGE })).toMatchObject({ error: 'invalid_request' });
    expect(to({ code_challenge: 'short', code_challenge_method: 'S256' })).toMatchObject({
      error: 'invalid_request',
    });
    expect(decide({ redirect_uri: OOB, scope: 'write' }).kind).toBe('refuse');
  });

  it('parameters join those the URI has', () => {
    expect(withParams('https://app.example/back?x=1', { code: 'c&d', state: null })).toBe(
      'https://app.example/back?x=1&code=c%26d',
    );
    expect(withParams('app://back', { code: 'c', state: 's' })).toBe('app://back?code=c&state=s');
  });
});

describe('redirect URIs', () => {
  it('whatever is accepted can be redirected to and put into a CSP', () => {
    const uri = fc.oneof(
      fc.webUrl({ withQueryParameters: true }),
      fc.string(),
      fc.string().map((s) => `app:${s}`),
    );
    fc.assert(
      fc.property(uri, (text) => {
        if (!isRedirectUri(text)) return;
        expect(URL.canParse(withParams(text, { code: 'x' }))).toBe(true);
        expect(contentSecurityPolicy(formActionSource(text))).toMatch(
          /form-action 'self' [^\s;,']+; frame-ancestors/,
        );
      }),
    );
  });
});

describe('a token request', () => {
  it('names what is missing or not supported', () => {
    expect(refusal(() => readGrantRequest(fields({}))).body()).toEqual({
      error: 'invalid_request',
      error_description: 'grant_type is missing',
    });
    expect(refusal(() => readGrantRequest(fields({ grant_type: 'password' }))).code).toBe(
      'unsupported_grant_type',
    );
    expect(refusal(() => readGrantRequest(fields({ grant_type: 'authorization_code' }))).code).toBe(
      'invalid_request',
    );
    expect(
      refusal(() => readGrantRequest(fields({ grant_type: 'authorization_code', code: 'c' }))).code,
    ).toBe('invalid_request');
  });

  it('finds the client in the body or in Basic, where both parts are urlencoded', () => {
    const decode = (base64: string) => Buffer.from(base64, 'base64').toString();
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(readClient(fields({ client_id: 'a', client_secret: 'b' }), undefined, decode)).toEqual({
      clientId: 'a',
      clientSecret: 'b',
    });
    expect(readClient(fields({}), basic('a%3Ab:c%26d'), decode)).toEqual({
      clientId: 'a:b',
      clientSecret: 'c&d',
    });
    for (const header of [undefined, basic('nothing'), basic(':'), 'Basic %%%', 'Bearer x'])
      expect(refusal(() => readClient(fields({}), header, decode)).code).toBe('invalid_client');
  });

  it('app tokens get what they ask for within the app’s scopes', () => {
    expect(appTokenScopes('write:statuses read', app)).toBe('write:statuses read');
    expect(appTokenScopes(null, app)).toBe('read');
    for (const asked of ['write', 'follow', 'nonsense'])
      expect(refusal(() => appTokenScopes(asked, app)).code).toBe('invalid_scope');
  });
});

describe('a code', () => {
  const code: OauthCode = {
    codeSha256: 'x',
    appId: 1n,
    accountId: 9n,
    redirectUri: 'app://back',
    scopes: 'read',
    codeChallenge: CHALLENGE,
    expiresAtMs: 1000,
  };
  const request = {
    kind: 'authorization_code',
    code: 'c',
    redirectUri: 'app://back',
    codeVerifier: VERIFIER,
  } as const;
  const why = (changedCode: Partial<OauthCode> | null, changedRequest: object = {}, nowMs = 999) => {
    const given = changedCode === null ? null : { ...code, ...changedCode };
    const error = refusal(() => checkCode(given, app, { ...request, ...changedRequest }, nowMs, pkceMatches));
    expect(error.code).toBe('invalid_grant');
    return error.options.description;
  };

  it('is good for its app, its URI, its time and its verifier', () => {
    expect(checkCode(code, app, request, 999, pkceMatches)).toBe(code);
    const plain = { ...code, codeChallenge: null };
    expect(checkCode(plain, app, { ...request, codeVerifier: null }, 999, pkceMatches)).toBe(plain);
  });

  it('is refused with the reason otherwise', () => {
    expect(why(null)).toContain('unknown or was used');
    expect(why({ appId: 2n })).toContain('unknown');
    expect(why({}, {}, 1000)).toContain('too old');
    expect(why({}, { redirectUri: 'app://back/' })).toContain('redirect_uri');
    expect(why({}, { codeVerifier: null })).toContain('missing');
    expect(why({}, { codeVerifier: `${VERIFIER}x` })).toContain('does not match');
    expect(why({}, { codeVerifier: 'short' })).toContain('does not match');
    expect(why({ codeChallenge: null })).toContain('without a code_challenge');
  });
});

describe('secrets', () => {
  it('PKCE S256 is that of RFC 7636 appendix B', () => {
    expect(pkceMatches(VERIFIER, CHALLENGE)).toBe(true);
    expect(pkceMatches(CHALLENGE, CHALLENGE)).toBe(false);
  });

  it('a signed form opens with the same key and purpose only, and not when touched', () => {
    const forms = signer('a key of the cluster', 'forms');
    const signed = forms.sign('{"a":"ü"}');
    expect(signer('a key of the cluster', 'forms').open(signed)).toBe('{"a":"ü"}');
    expect(signer('another key', 'forms').open(signed)).toBeNull();
    expect(signer('a key of the cluster', 'other').open(signed)).toBeNull();
    fc.assert(
      fc.property(fc.nat(signed.length - 1), fc.constantFrom('', 'A', '.', '_'), (at, put) => {
        const touched = signed.slice(0, at) + put + signed.slice(at + 1);
        if (touched !== signed) expect(forms.open(touched)).toBeNull();
      }),
    );
    expect(forms.open('')).toBeNull();
  });

  it('secrets are long, and never the same', () => {
    expect(newSecret().text).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(newSecret().text).not.toBe(newSecret().text);
  });
});

describe('the pages', () => {
  it('put the cursor where one types next, and tie a problem to its field', () => {
    const view = { appName: 'x', scopes: 'read', signedRequest: 's', login: 'ada' };
    const first = loginPage({ ...view, problem: null });
    expect(first).toMatch(/name="username"[^>]* autofocus/);
    const again = loginPage({ ...view, problem: 'User name or password is wrong.' });
    expect(again).toMatch(/name="password"[^>]* autofocus[^>]* aria-describedby="problem"/);
    expect(again).toContain('id="problem" role="alert"');
  });

  it('escape whatever an app or a person calls itself', () => {
    const html = loginPage({
      appName: '<script>alert(1)</script>',
      scopes: 'read write:statuses',
      signedRequest: '"><b>',
      login: '"><i>',
      problem: '<u>',
    });
    expect(html).not.toMatch(/<(script|b|i|u)>/);
    expect(errorPage('<b>')).not.toContain('<b>');
  });
});
