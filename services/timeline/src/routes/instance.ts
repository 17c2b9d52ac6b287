import {
  applicationEntity,
  instanceV1Entity,
  instanceV2Entity,
  preferencesEntity,
  type Instance,
} from '@murmur/model';
import { ApiError, asyncRoute, callerOf, originOf, requireScope, requireUser } from '@murmur/public-api';
import type { Store } from '@murmur/store';
import { Router, type Request } from 'express';
import type { Memo } from '../memo.js';

export interface InstanceDeps {
  readonly title: string;
  readonly counts: Memo<{ readonly accounts: number; readonly statuses: number }>;
  readonly store: Pick<Store, 'appById'>;
}

export function instanceRoutes({ title, counts, store }: InstanceDeps): Router {
  const instance = async (req: Request): Promise<Instance> => {
    const known = await counts.get();
    return {
      origin: originOf(req),
      title,
      userCount: known?.accounts ?? 0,
      statusCount: known?.statuses ?? 0,
    };
  };
  const routes = Router();
  routes.get(
    '/v1/instance',
    asyncRoute(async (req, res) => {
      res.json(instanceV1Entity(await instance(req)));
    }),
  );
  routes.get(
    '/v2/instance',
    asyncRoute(async (req, res) => {
      res.json(instanceV2Entity(await instance(req)));
    }),
  );
  routes.get('/v1/preferences', requireScope('read:accounts'), requireUser, (_req, res) => {
    res.json(preferencesEntity());
  });
  routes.get(
    '/v1/apps/verify_credentials',
    asyncRoute(async (req, res) => {
      const caller = callerOf(req);
      const app = caller === null ? null : await store.appById(caller.appId);
      if (app === null) throw new ApiError('invalid_token');
      res.json(applicationEntity(app));
    }),
  );
  return routes;
}
