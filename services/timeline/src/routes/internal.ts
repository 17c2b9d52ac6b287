import { HOME_SINCE_MAX, homeSinceToJson, parseCursor } from '@murmur/model';
import { asyncRoute, invalidField, pathId, requestFields } from '@murmur/public-api';
import { Router } from 'express';
import type { Timelines } from '../timelines.js';

/** For the push gateways, below `/internal`; the cluster key is checked before. */
export function internalRoutes(timelines: Pick<Timelines, 'since'>): Router {
  const routes = Router();
  routes.get(
    '/home/:account/since',
    asyncRoute(async (req, res) => {
      const fields = requestFields(req);
      const cursor = parseCursor(fields.required('cursor'));
      if (cursor === null) throw invalidField('cursor', 'ERR_INVALID', 'is not FLOOR[,ID...] of decimal ids');
      const limit = fields.integer('limit', 1, HOME_SINCE_MAX) ?? HOME_SINCE_MAX;
      res.json(homeSinceToJson(await timelines.since(pathId(req, 'account'), cursor, limit)));
    }),
  );
  return routes;
}
