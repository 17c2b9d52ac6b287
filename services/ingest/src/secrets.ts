import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { sha256Hex } from '@murmur/public-api';

/** Random bytes of every token, code, client id and client secret. */
export const SECRET_BYTES = 32;

export interface Secret {
  /** For the client, once. */
  readonly text: string;
  /** For us. */
  readonly sha256: string;
}

export function newSecret(): Secret {
  const text = randomBytes(SECRET_BYTES).toString('base64url');
  return { text, sha256: sha256Hex(text) };
}

/** Compares digests, so that neither length nor prefix shows in the time taken. */
export function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** RFC 7636 section 4.6: BASE64URL(SHA256(verifier)) == challenge. */
export function pkceMatches(verifier: string, challenge: string): boolean {
  return sameText(createHash('sha256').update(verifier).digest('base64url'), challenge);
}

export interface Signer {
  sign(text: string): string;
  /** The text, or null when it was not signed here. */
  open(signed: string): string | null;
}

/** Signs with a key of its own, derived from the cluster key: every instance opens what any of them signed. */
export function signer(clusterKey: string, purpose: string): Signer {
  const key = createHmac('sha256', clusterKey).update(purpose).digest();
  const mac = (body: string): string => createHmac('sha256', key).update(body).digest('base64url');
  return {
    sign: (text) => {
      const body = Buffer.from(text).toString('base64url');
      return `${body}.${mac(body)}`;
    },
    open: (signed) => {
      const [body = '', given = '', ...rest] = signed.split('.');
      if (rest.length > 0 || !sameText(mac(body), given)) return null;
      return Buffer.from(body, 'base64url').toString('utf8');
    },
  };
}
