import { apiErrors, asApiError, bodies, cors, rateLimit } from '@murmur/public-api';
import { Router, type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { followRoutes } from './follows.js';
import { appRoutes } from './oauth/apps.js';
import { authorizeRoutes } from './oauth/authorize.js';
import { tokenRoutes } from './oauth/token.js';
import { receivedAtMs, stampRequests } from './received.js';
import { registrationRoutes } from './registration.js';
import { deleteRoute, postRoute } from './statuses.js';
import type { Tools } from './tools.js';

export interface AppOptions {
  readonly rateLimit: number;
  readonly rateWindowSeconds: number;
}

/** Every public route of this process, on an app that has `/health` and the like already. */
export function addPublicRoutes(app: Express, tools: Tools, options: AppOptions): void {
  const { rows, now, auth } = tools;
  const limited = rateLimit({
    rows,
    limit: options.rateLimit,
    windowSeconds: options.rateWindowSeconds,
    now,
  });
  app.use(stampRequests(now), timed(tools), cors());

  const entry = [auth, limited, bodies()];
  // In front of the routers, with all it needs on itself: nearly every request that comes here is a post.
  postRoute(app, tools, entry);

  // Clients authenticate themselves here; no token is read.
  const oauth = Router();
  oauth.use('/oauth', limited, bodies());
  tokenRoutes(oauth, tools);
  authorizeRoutes(oauth, tools);
  app.use(oauth);

  const api = Router();
  api.use('/api', entry);
  deleteRoute(api, tools);
  followRoutes(api, tools);
  registrationRoutes(api, tools);
  appRoutes(api, tools);
  app.use(api);

  app.use(counted(tools), apiErrors({ log: tools.log }));
}

function timed(tools: Tools): RequestHandler {
  return (req, res, next) => {
    res.once('finish', () => {
      // The pattern, not the path: a path has ids in it, and there must not be a series for each.
      const route = matchedPattern(req.route);
      tools.metrics.request(route, res.statusCode, (tools.now() - receivedAtMs(req)) / 1000);
    });
    next();
  };
}

function matchedPattern(route: unknown): string {
  if (typeof route !== 'object' || route === null || !('path' in route)) return 'none';
  return typeof route.path === 'string' ? route.path : 'none';
}

function counted(tools: Tools): ErrorRequestHandler {
  return (thrown: unknown, _req, _res, next) => {
    tools.metrics.refused(asApiError(thrown).code);
    next(thrown);
  };
}
