import { createHash } from 'node:crypto';
import { cacheKeys, cacheTtl } from '@murmur/cache';
import type { Request, RequestHandler } from 'express';
import { ApiError } from './error-core.js';
import { grants } from './scope-core.js';
import type { OauthToken } from '@murmur/store';
import {
  bearerToken,
  callerOfToken,
  decodeTokenRow,
  encodeTokenRow,
  REVOKED_ROW,
  TOKEN_CHARACTERS_MAX,
} from './token-core.js';
import type { Authenticate, AuthenticateOptions, Caller, UserCaller } from './types.js';

const callers = new WeakMap<Request, Caller>();
/** Requests that came with a token that is not valid: `rateLimit` counts them before they get their 401. */
const refused = new WeakSet<Request>();

/** Tokens, codes and secrets are stored in this form only. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Null where no token came. */
export function callerOf(req: Request): Caller | null {
  return callers.get(req) ?? null;
}

/** Throws 401 without a token, 422 for an app token. */
export function userOf(req: Request): UserCaller {
  const caller = needCaller(req);
  const { accountId } = caller;
  if (accountId === null) throw new ApiError('user_required');
  return { ...caller, accountId };
}

function needCaller(req: Request): Caller {
  const caller = callerOf(req);
  if (caller === null) throw new ApiError('invalid_token');
  return caller;
}

/** Throws the 401 of a token that came and is not valid. */
export function refuseBadToken(req: Request): void {
  if (refused.has(req)) throw new ApiError('invalid_token');
}

/** See `Authenticate`. Only tokens that exist are cached: a guess costs the guesser a look-up, and us no memory. */
export function authenticate({ rows, store }: AuthenticateOptions): Authenticate {
  const lookUp = async (tokenSha256: string): Promise<Caller | null> => {
    const key = cacheKeys.token(tokenSha256);
    const row = await rows.get(key);
    if (row !== null && row.equals(REVOKED_ROW)) return null;
    const cached = row === null ? null : decodeTokenRow(tokenSha256, row);
    if (cached !== null) return cached;
    const token = await store.tokenByHash(tokenSha256);
    if (token === null) return null;
    // `add`, not `set`: it must not cover up a revocation that came in between. Nobody waits for it.
    if (row !== null) await rows.delete(key);
    void rows.add(key, encodeTokenRow(token), cacheTtl.token);
    return callerOfToken(token);
  };
  const resolveToken = async (token: string): Promise<Caller | null> =>
    token === '' || token.length > TOKEN_CHARACTERS_MAX ? null : lookUp(sha256Hex(token));
  const middleware: RequestHandler = (req, res, next) => {
    const token = bearerToken(req.headers.authorization);
    if (token === null) {
      next();
      return;
    }
    // What is answered to a token is for its holder, and may be a token itself.
    res.setHeader('Cache-Control', 'private, no-store');
    resolveToken(token)
      .then((caller) => {
        if (caller === null) refused.add(req);
        else callers.set(req, caller);
        next();
      })
      .catch(next);
  };
  return Object.assign(middleware, {
    resolveToken,
    remember: async (token: OauthToken) => {
      await rows.set(cacheKeys.token(token.tokenSha256), encodeTokenRow(token), cacheTtl.token);
    },
    forget: async (tokenSha256: string) => {
      await rows.set(cacheKeys.token(tokenSha256), REVOKED_ROW, cacheTtl.token);
    },
  });
}

function checkScopes(caller: Caller, anyOf: readonly string[]): void {
  if (!anyOf.some((wanted) => grants(caller.scopes, wanted))) throw new ApiError('outside_scopes');
}

/** 401 without a token; 403 unless the token grants one of these scopes. */
export function requireScope(...anyOf: readonly string[]): RequestHandler {
  return (req, _res, next) => {
    checkScopes(needCaller(req), anyOf);
    next();
  };
}

/** For public routes: anybody may ask, but a token that comes must grant one of these scopes. */
export function scopeIfToken(...anyOf: readonly string[]): RequestHandler {
  return (req, _res, next) => {
    const caller = callerOf(req);
    if (caller !== null) checkScopes(caller, anyOf);
    next();
  };
}

/** 401 without a token; 422 for an app token. */
export const requireUser: RequestHandler = (req, _res, next) => {
  userOf(req);
  next();
};
