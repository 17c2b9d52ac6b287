import {
  asyncRoute,
  pageParams,
  requestFields,
  requireScope,
  requireUser,
  scopeIfToken,
  userOf,
} from '@murmur/public-api';
import { Router } from 'express';
import type { Timelines } from '../timelines.js';
import { sendStatuses } from './answers.js';

export function timelineRoutes(timelines: Timelines): Router {
  const routes = Router();
  routes.get(
    '/v1/timelines/home',
    requireScope('read:statuses'),
    requireUser,
    asyncRoute(async (req, res) => {
      const range = pageParams(requestFields(req));
      sendStatuses(req, res, await timelines.home(userOf(req).accountId, range));
    }),
  );
  routes.get(
    '/v1/timelines/public',
    scopeIfToken('read:statuses'),
    asyncRoute(async (req, res) => {
      const fields = requestFields(req);
      const range = pageParams(fields);
      const local = fields.boolean('local') === true;
      const remote = fields.boolean('remote') === true;
      const media = fields.boolean('only_media') === true;
      // There are no other servers here, and no media. `local` and `remote` together mean nothing.
      if ((remote && !local) || media) {
        res.json([]);
        return;
      }
      sendStatuses(req, res, await timelines.public(range));
    }),
  );
  return routes;
}
