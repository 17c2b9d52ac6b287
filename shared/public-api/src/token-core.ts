import { parseId } from '@murmur/model';
import type { OauthToken } from '@murmur/store';
import type { Caller } from './types.js';

/** The longest token anybody sends; ours have 43 characters. */
export const TOKEN_CHARACTERS_MAX = 256;

/** The token of an `Authorization` header: null without one, '' for one that cannot be a token. */
export function bearerToken(header: string | undefined): string | null {
  if (header === undefined) return null;
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(header)?.[1] ?? '';
  return token.length <= TOKEN_CHARACTERS_MAX ? token : '';
}

export function callerOfToken(token: OauthToken): Caller {
  return {
    accountId: token.accountId,
    appId: token.appId,
    scopes: token.scopes.split(' '),
    tokenSha256: token.tokenSha256,
  };
}

/** In the place of a revoked token's row, so that no reader puts the token back. */
export const REVOKED_ROW = Buffer.from('x');

/** The row `token:<sha256>`: `appId accountId-or-dash scope scope...`. */
export function encodeTokenRow(token: OauthToken): Buffer {
  return Buffer.from(`${token.appId} ${token.accountId ?? '-'} ${token.scopes}`);
}

/** Null when the bytes are none of ours: a miss. */
export function decodeTokenRow(tokenSha256: string, row: Buffer): Caller | null {
  const [app = '', account = '', ...scopes] = row.toString('latin1').split(' ');
  const appId = parseId(app);
  const accountId = account === '-' ? null : parseId(account);
  if (appId === null || (accountId === null && account !== '-') || scopes.length === 0) return null;
  return { appId, accountId, scopes, tokenSha256 };
}
