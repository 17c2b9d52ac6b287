import { contextEntity, type Id } from '@murmur/model';
import { asyncRoute, callerOf, pathId, scopeIfToken } from '@murmur/public-api';
import { Router, type Request } from 'express';
import type { Statuses } from '../statuses.js';
import { rendered } from './answers.js';

export function viewerOf(req: Request): Id | null {
  return callerOf(req)?.accountId ?? null;
}

export function statusRoutes(statuses: Statuses): Router {
  const routes = Router();
  routes.get(
    '/v1/statuses/:id',
    scopeIfToken('read:statuses'),
    asyncRoute(async (req, res) => {
      res.json(rendered(await statuses.one(pathId(req), viewerOf(req)), req));
    }),
  );
  routes.get(
    '/v1/statuses/:id/context',
    scopeIfToken('read:statuses'),
    asyncRoute(async (req, res) => {
      const { ancestors, descendants } = await statuses.thread(pathId(req), viewerOf(req));
      res.json(
        contextEntity(
          ancestors.map((status) => rendered(status, req)),
          descendants.map((status) => rendered(status, req)),
        ),
      );
    }),
  );
  return routes;
}
