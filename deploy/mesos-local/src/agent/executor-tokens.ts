import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Meta } from './meta.js';
import type { Run } from './model-core.js';

const KEY_FILE = 'executor.key';
const KEY_BYTES = 32;

/** One token per container, made from a random key of this agent that survives its restarts. */
export interface ExecutorTokens {
  of(run: Pick<Run, 'frameworkId' | 'executorId' | 'containerId'>): string;
  /** Who shows a token: null = none or a wrong one; else whose container it is. */
  check(request: IncomingMessage): TokenClaims | null;
}

export interface TokenClaims {
  readonly frameworkId: string;
  readonly executorId: string;
  readonly containerId: string;
}

export function executorTokens(meta: Meta): ExecutorTokens {
  const stored = meta.read(KEY_FILE);
  const key = typeof stored === 'string' ? stored : randomBytes(KEY_BYTES).toString('hex');
  if (stored !== key) meta.write(KEY_FILE, key);
  const sign = (claims: string): Buffer => createHmac('sha256', key).update(claims).digest();
  return {
    of: ({ frameworkId, executorId, containerId }) => {
      const claims = JSON.stringify({ frameworkId, executorId, containerId });
      return `${Buffer.from(claims).toString('base64url')}.${sign(claims).toString('base64url')}`;
    },
    check: (request) => {
      const [, body, signature] =
        /^Bearer ([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/.exec(request.headers.authorization ?? '') ?? [];
      if (body === undefined || signature === undefined) return null;
      const claims = Buffer.from(body, 'base64url').toString('utf8');
      const given = Buffer.from(signature, 'base64url');
      const wanted = sign(claims);
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null;
      return JSON.parse(claims) as TokenClaims; // signed, so made above
    },
  };
}
