import { accountEntity, credentialAccountEntity, relationshipEntity } from '@murmur/model';
import {
  asyncRoute,
  notFound,
  originOf,
  pageParams,
  pathId,
  requestFields,
  requireScope,
  requireUser,
  scopeIfToken,
  userOf,
} from '@murmur/public-api';
import { Router, type RequestHandler } from 'express';
import type { Accounts } from '../accounts.js';
import { localName } from '../names-core.js';
import type { Timelines } from '../timelines.js';
import { sendStatuses, setLink } from './answers.js';
import { viewerOf } from './statuses.js';

/** Accounts on one page of followers, as in Mastodon. */
const NEIGHBOURS = { default: 40, max: 80 };

export function accountRoutes(accounts: Accounts, timelines: Pick<Timelines, 'account'>): Router {
  const routes = Router();
  // The names come first: `:id` would take them.
  routes.get(
    '/v1/accounts/verify_credentials',
    requireScope('profile', 'read:accounts'),
    requireUser,
    asyncRoute(async (req, res) => {
      res.json(credentialAccountEntity(await accounts.one(userOf(req).accountId), originOf(req)));
    }),
  );
  routes.get(
    '/v1/accounts/lookup',
    scopeIfToken('read:accounts'),
    asyncRoute(async (req, res) => {
      const origin = originOf(req);
      const name = localName(requestFields(req).required('acct'), new URL(origin).host);
      const account = name === null ? null : await accounts.named(name);
      if (account === null) throw notFound();
      res.json(accountEntity(account, origin));
    }),
  );
  routes.get(
    '/v1/accounts/relationships',
    requireScope('read:follows'),
    requireUser,
    asyncRoute(async (req, res) => {
      const ids = requestFields(req).ids('id');
      const list = await accounts.relationships(userOf(req).accountId, ids);
      res.json(list.map(relationshipEntity));
    }),
  );
  routes.get(
    '/v1/accounts/:id',
    scopeIfToken('read:accounts'),
    asyncRoute(async (req, res) => {
      res.json(accountEntity(await accounts.one(pathId(req)), originOf(req)));
    }),
  );
  routes.get('/v1/accounts/:id/statuses', scopeIfToken('read:statuses'), statusesOf(accounts, timelines));
  for (const side of ['followers', 'following'] as const)
    routes.get(`/v1/accounts/:id/${side}`, scopeIfToken('read:accounts'), neighboursOf(accounts, side));
  return routes;
}

function statusesOf(accounts: Accounts, timelines: Pick<Timelines, 'account'>): RequestHandler {
  return asyncRoute(async (req, res) => {
    const fields = requestFields(req);
    const range = pageParams(fields);
    const flag = (name: string): boolean => fields.boolean(name) === true;
    const excludeReplies = flag('exclude_replies');
    flag('exclude_reblogs'); // there are none; a bad value is refused all the same
    const nothing = [flag('pinned'), flag('only_media'), fields.has('tagged')].includes(true);
    const id = pathId(req);
    await accounts.exists(id);
    if (nothing) {
      res.json([]);
      return;
    }
    sendStatuses(req, res, await timelines.account(id, { viewer: viewerOf(req), excludeReplies }, range));
  });
}

function neighboursOf(accounts: Accounts, side: 'followers' | 'following'): RequestHandler {
  return asyncRoute(async (req, res) => {
    const range = pageParams(requestFields(req), NEIGHBOURS);
    const origin = originOf(req);
    const { accounts: page, cursors } = await accounts.neighbours(pathId(req), side, range);
    setLink(req, res, cursors, ['next']);
    res.json(page.map((account) => accountEntity(account, origin)));
  });
}
