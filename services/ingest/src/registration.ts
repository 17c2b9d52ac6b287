import { seedAccountVectors } from '@murmur/cache';
import { tokenEntity, type Account, type Id } from '@murmur/model';
import { ApiError, asyncRoute, callerOf, requestFields, requireScope, type Caller } from '@murmur/public-api';
import type { Request, Response, Router } from 'express';
import { withinMs } from './bounded.js';
import { grantToken } from './oauth/grant.js';
import { receivedAtMs } from './received.js';
import { readRegistration, taken } from './registration-core.js';
import type { Tools } from './tools.js';

export function registrationRoutes(router: Router, tools: Tools): void {
  router.post(
    '/api/v1/accounts',
    requireScope('write:accounts'),
    asyncRoute((req, res) => register(tools, req, res)),
  );
}

/** Only with an app token: the new account's token is that app's, with the same scopes. */
async function register(tools: Tools, req: Request, res: Response): Promise<void> {
  const caller = appCaller(callerOf(req));
  const { username, email, password } = readRegistration(requestFields(req));
  const createdAtMs = receivedAtMs(req);
  const id = await tools.ids.next();
  const passwordHash = await tools.passwords.hash(password);
  const created = await tools.store.createAccount({ id, username, email, passwordHash, createdAtMs });
  if (created === 'username_taken') throw taken('username');
  if (created === 'email_taken') throw taken('email');
  const seeded = Promise.all([
    tools.accounts.put(freshAccount(id, username, createdAtMs)),
    seedAccountVectors(tools.vectors, id),
  ]);
  if (!(await withinMs(seeded.then((done) => !done.includes(false))))) tools.metrics.cacheWriteFailed();
  const { appId, scopes } = caller;
  const token = await grantToken(tools, { appId, accountId: id, scopes: scopes.join(' '), createdAtMs });
  res.json(tokenEntity(token));
}

function appCaller(caller: Caller | null): Caller {
  if (caller !== null && caller.accountId === null) return caller;
  throw new ApiError('forbidden', {
    error: 'This action is not allowed: it wants the token of an app (client_credentials), not of a user',
  });
}

function freshAccount(id: Id, username: string, createdAtMs: number): Account {
  const counts = { followersCount: 0, followingCount: 0, statusesCount: 0, lastStatusAtMs: null };
  return { id, username, displayName: '', note: '', createdAtMs, ...counts };
}
