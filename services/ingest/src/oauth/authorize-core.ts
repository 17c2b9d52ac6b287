/**
 * What an authorization request leads to. Until client and redirect URI are known to belong together, an error
 * may only be shown on a page: a redirect would send people wherever the request says. RFC 6749 section 4.1.2.1.
 */
import { covers, DEFAULT_SCOPES, parseScopes, type FieldReader } from '@murmur/public-api';
import type { OauthApp } from '@murmur/store';
import { OOB } from './app-core.js';

/** What the form carries, signed, from the page to the log-in. */
export interface AuthorizeRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: string;
  readonly state: string | null;
  /** S256 only. */
  readonly codeChallenge: string | null;
}

export type AuthorizeDecision =
  | { readonly kind: 'form'; readonly request: AuthorizeRequest }
  | { readonly kind: 'refuse'; readonly message: string }
  | { readonly kind: 'redirect'; readonly to: string };

export const STATE_CHARACTERS_MAX = 2000;
/** BASE64URL of a SHA-256. */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

export function decideAuthorize(fields: FieldReader, app: OauthApp | null): AuthorizeDecision {
  if (app === null) return { kind: 'refuse', message: 'The client_id is unknown. Register the app again.' };
  const redirectUri = fields.string('redirect_uri') ?? '';
  if (!app.redirectUris.includes(redirectUri))
    return { kind: 'refuse', message: 'The redirect_uri is not one that the app registered.' };
  const state = fields.string('state', { charactersMax: STATE_CHARACTERS_MAX });
  const fail = (error: string, description: string): AuthorizeDecision =>
    redirectUri === OOB
      ? { kind: 'refuse', message: description }
      : { kind: 'redirect', to: withParams(redirectUri, { error, error_description: description, state }) };

  const responseType = fields.string('response_type');
  if (responseType !== 'code')
    return fail('unsupported_response_type', 'The response_type is not supported, allowed is code.');
  const scopes = parseScopes(fields.string('scope')?.trim() || DEFAULT_SCOPES);
  if (scopes === null || !covers(app.scopes.split(' '), scopes))
    return fail(
      'invalid_scope',
      `The scope is unknown or more than the app registered, allowed is ${app.scopes}.`,
    );
  const codeChallenge = fields.string('code_challenge') || null;
  const method = fields.string('code_challenge_method') || null;
  if (codeChallenge === null && method !== null)
    return fail('invalid_request', 'A code_challenge_method came without a code_challenge.');
  if (codeChallenge !== null && (method !== 'S256' || !CHALLENGE.test(codeChallenge)))
    return fail('invalid_request', 'The code_challenge must be made with S256.');
  return {
    kind: 'form',
    request: { clientId: app.clientId, redirectUri, scopes: scopes.join(' '), state, codeChallenge },
  };
}

/** The URI with parameters added to those it has; null ones are left out. */
export function withParams(uri: string, params: Readonly<Record<string, string | null>>): string {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(params))
    if (value !== null) url.searchParams.append(name, value);
  return url.toString();
}

/** The redirect URI as a source of a Content-Security-Policy: browsers check `form-action` on the redirect too. */
export function formActionSource(redirectUri: string): string | null {
  if (redirectUri === OOB) return null;
  const { protocol, host } = new URL(redirectUri);
  // An IPv6 address cannot be written as a host source.
  return /^https?:$/.test(protocol) && !host.startsWith('[') ? `${protocol}//${host}` : protocol;
}
