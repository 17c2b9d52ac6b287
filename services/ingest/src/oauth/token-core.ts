import { ApiError, covers, DEFAULT_SCOPES, parseScopes, type FieldReader } from '@murmur/public-api';
import type { OauthApp, OauthCode } from '@murmur/store';

export type GrantRequest =
  | {
      readonly kind: 'authorization_code';
      readonly code: string;
      readonly redirectUri: string;
      readonly codeVerifier: string | null;
    }
  | { readonly kind: 'client_credentials'; readonly scope: string | null };

export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** RFC 7636 section 4.1. */
const VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/;

/** Throws `unsupported_grant_type` or `invalid_request`. */
export function readGrantRequest(fields: FieldReader): GrantRequest {
  const kind = fields.string('grant_type');
  switch (kind) {
    case null:
      throw new ApiError('invalid_request', { description: 'grant_type is missing' });
    case 'client_credentials':
      return { kind, scope: fields.string('scope')?.trim() || null };
    case 'authorization_code': {
      const code = fields.string('code') ?? '';
      const redirectUri = fields.string('redirect_uri') ?? '';
      if (code === '') throw new ApiError('invalid_request', { description: 'code is missing' });
      if (redirectUri === '')
        throw new ApiError('invalid_request', { description: 'redirect_uri is missing' });
      return { kind, code, redirectUri, codeVerifier: fields.string('code_verifier') || null };
    }
    default:
      throw new ApiError('unsupported_grant_type', {
        description: `${JSON.stringify(kind.slice(0, 40))} is not supported, allowed are authorization_code and client_credentials`,
      });
  }
}

/** From `Authorization: Basic`, else from the body. Throws `invalid_client` when neither is whole. */
export function readClient(
  fields: FieldReader,
  authorization: string | undefined,
  decode: (base64: string) => string,
): ClientCredentials {
  const basic = /^Basic +([A-Za-z0-9+/=_-]{1,2000}) *$/i.exec(authorization ?? '')?.[1];
  const client = basic === undefined ? fromBody(fields) : fromBasic(decode(basic));
  if (client.clientId === '' || client.clientSecret === '') throw invalidClient();
  return client;
}

export function invalidClient(): ApiError {
  return new ApiError('invalid_client', {
    description: 'The client is unknown, or its client_id and client_secret are missing or wrong',
  });
}

function fromBody(fields: FieldReader): ClientCredentials {
  return { clientId: fields.string('client_id') ?? '', clientSecret: fields.string('client_secret') ?? '' };
}

/** RFC 6749 section 2.3.1: both parts are urlencoded before they are joined. */
function fromBasic(pair: string): ClientCredentials {
  const at = pair.indexOf(':');
  const part = (text: string): string =>
    new URLSearchParams(`v=${text.replaceAll('&', '%26')}`).get('v') ?? '';
  return at === -1
    ? { clientId: '', clientSecret: '' }
    : { clientId: part(pair.slice(0, at)), clientSecret: part(pair.slice(at + 1)) };
}

/** Throws `invalid_grant`, with the reason, unless this code is good for this request of this app. */
export function checkCode(
  code: OauthCode | null,
  app: Pick<OauthApp, 'id'>,
  request: Extract<GrantRequest, { kind: 'authorization_code' }>,
  nowMs: number,
  pkceMatches: (verifier: string, challenge: string) => boolean,
): OauthCode {
  const refuse = (description: string): ApiError => new ApiError('invalid_grant', { description });
  if (code === null || code.appId !== app.id) throw refuse('The code is unknown or was used before');
  if (code.expiresAtMs <= nowMs) throw refuse('The code is too old');
  if (code.redirectUri !== request.redirectUri)
    throw refuse('The redirect_uri is not the one the code was given for');
  const { codeVerifier } = request;
  if (code.codeChallenge === null) {
    if (codeVerifier !== null) throw refuse('A code_verifier came for a code without a code_challenge');
    return code;
  }
  if (codeVerifier === null) throw refuse('The code_verifier is missing');
  if (!VERIFIER.test(codeVerifier) || !pkceMatches(codeVerifier, code.codeChallenge))
    throw refuse('The code_verifier does not match the code_challenge');
  return code;
}

/** The scopes of an app token. Throws `invalid_scope` for what is unknown or beyond the app's. */
export function appTokenScopes(asked: string | null, app: Pick<OauthApp, 'scopes'>): string {
  const names = parseScopes(asked ?? DEFAULT_SCOPES);
  if (names === null || !covers(app.scopes.split(' '), names))
    throw new ApiError('invalid_scope', {
      description: `The scope is unknown or more than the app registered, allowed is ${app.scopes}`,
    });
  return names.join(' ');
}
