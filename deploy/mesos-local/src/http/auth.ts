import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { HttpAnswer } from './answer.js';

/** A principal and its secret, as Mesos's `--credentials` has them. */
export interface Credential {
  readonly principal: string;
  readonly secret: string;
}

/** Who calls: a principal, nobody in particular (null), or somebody who is refused. */
export type Authenticated =
  | { readonly ok: true; readonly principal: string | null }
  | { readonly ok: false; readonly realm: string; readonly message: string };

/** HTTP Basic against a list of credentials. */
export function basicAuthenticator(
  realm: string,
  credentials: readonly Credential[],
): (request: IncomingMessage) => Authenticated {
  const secrets = new Map(credentials.map((each) => [each.principal, digest(each.secret)]));
  return (request) => {
    const given = readBasic(request.headers.authorization);
    if (given === null)
      return { ok: false, realm, message: 'Credentials are missing: HTTP Basic authentication is required' };
    const wanted = secrets.get(given.principal);
    // An unknown principal costs as much time as a wrong secret.
    const right = timingSafeEqual(digest(given.secret), wanted ?? digest(''));
    return right && wanted !== undefined
      ? { ok: true, principal: given.principal }
      : { ok: false, realm, message: 'The principal is unknown or its secret is wrong' };
  };
}

/** True when the request shows `Authorization: Bearer <secret>`. Compares digests, so that time tells nothing. */
export function hasBearer(request: IncomingMessage, secret: string): boolean {
  return timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${secret}`));
}

/** 401 with `WWW-Authenticate`. */
export function unauthorized(refused: { readonly realm: string; readonly message: string }): HttpAnswer {
  return {
    status: 401,
    headers: { 'www-authenticate': `Basic realm="${refused.realm}"` },
    body: { text: refused.message },
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function readBasic(header: string | undefined): Credential | null {
  const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 1 ? null : { principal: text.slice(0, colon), secret: text.slice(colon + 1) };
}
