import { accountEntity, searchEntity, type Entity } from '@murmur/model';
import { asyncRoute, originOf, requestFields, requireScope, requireUser } from '@murmur/public-api';
import { Router, type Request } from 'express';
import type { Accounts } from '../accounts.js';
import { localName } from '../names-core.js';

const OFFSET_MAX = 1_000_000;

/** Accounts by their exact name, which is what clients turn names into ids with. There is no text search. */
export function searchRoutes(accounts: Pick<Accounts, 'named'>): Router {
  const found = async (req: Request): Promise<Entity[]> => {
    const fields = requestFields(req);
    const origin = originOf(req);
    const name = localName(fields.required('q'), new URL(origin).host);
    fields.integer('limit', 1, Number.MAX_SAFE_INTEGER); // one at the most is found
    fields.boolean('resolve');
    const offset = fields.integer('offset', 0, OFFSET_MAX) ?? 0;
    const account = name === null || offset > 0 ? null : await accounts.named(name);
    return account === null ? [] : [accountEntity(account, origin)];
  };
  const routes = Router();
  routes.get(
    '/v1/accounts/search',
    requireScope('read:accounts'),
    requireUser,
    asyncRoute(async (req, res) => {
      res.json(await found(req));
    }),
  );
  routes.get(
    '/v2/search',
    requireScope('read:search'),
    requireUser,
    asyncRoute(async (req, res) => {
      const type = requestFields(req).oneOf('type', ['accounts', 'statuses', 'hashtags']);
      const list = await found(req);
      res.json(searchEntity(type === null || type === 'accounts' ? list : []));
    }),
  );
  return routes;
}
