import { tokenEntity } from '@murmur/model';
import { ApiError, asyncRoute, requestFields, sha256Hex } from '@murmur/public-api';
import type { OauthApp } from '@murmur/store';
import type { Request, Response, Router } from 'express';
import { receivedAtMs } from '../received.js';
import { pkceMatches, sameText } from '../secrets.js';
import type { Tools } from '../tools.js';
import { grantToken, type Grant } from './grant.js';
import {
  appTokenScopes,
  checkCode,
  invalidClient,
  readClient,
  readGrantRequest,
  type GrantRequest,
} from './token-core.js';

export function tokenRoutes(router: Router, tools: Tools): void {
  router.post(
    '/oauth/token',
    asyncRoute((req, res) => exchange(tools, req, res)),
  );
  router.post(
    '/oauth/revoke',
    asyncRoute((req, res) => revoke(tools, req, res)),
  );
}

async function exchange(tools: Tools, req: Request, res: Response): Promise<void> {
  const request = readGrantRequest(requestFields(req));
  const app = await clientOf(tools, req);
  const granted = await grantToken(tools, await decideGrant(tools, request, app, receivedAtMs(req)));
  res.set('Cache-Control', 'no-store').json(tokenEntity(granted));
}

/** The code is taken out before it is looked at: whatever is wrong with the request, it was its only try. */
async function decideGrant(
  tools: Tools,
  request: GrantRequest,
  app: OauthApp,
  nowMs: number,
): Promise<Grant> {
  const common = { appId: app.id, createdAtMs: nowMs };
  switch (request.kind) {
    case 'client_credentials':
      return { ...common, accountId: null, scopes: appTokenScopes(request.scope, app) };
    case 'authorization_code': {
      const taken = await tools.store.takeCode(sha256Hex(request.code));
      const code = checkCode(taken, app, request, nowMs, pkceMatches);
      return { ...common, accountId: code.accountId, scopes: code.scopes };
    }
  }
}

async function clientOf(tools: Tools, req: Request): Promise<OauthApp> {
  const decode = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');
  const { clientId, clientSecret } = readClient(requestFields(req), req.get('authorization'), decode);
  const app = clientId.length > 128 ? null : await tools.store.appByClientId(clientId);
  if (app === null || !sameText(sha256Hex(clientSecret), app.clientSecretSha256)) throw invalidClient();
  return app;
}

/** RFC 7009: a token that does not exist is as good as revoked; somebody else's is refused. */
async function revoke(tools: Tools, req: Request, res: Response): Promise<void> {
  const token = requestFields(req).string('token') ?? '';
  if (token === '') throw new ApiError('invalid_request', { description: 'token is missing' });
  const app = await clientOf(tools, req);
  const tokenSha256 = sha256Hex(token);
  if (!(await tools.store.revokeToken(tokenSha256, app.id))) {
    const other = await tools.store.tokenByHash(tokenSha256);
    if (other !== null)
      throw new ApiError('unauthorized_client', { description: 'The token is not of this client' });
  }
  await tools.auth.forget(tokenSha256);
  res.json({});
}
