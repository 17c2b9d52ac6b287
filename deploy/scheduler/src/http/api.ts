import { openapiDocument, ROUTES, type Route, type RouteId } from '@murmur/scheduler-api';
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { createAuthenticator } from './auth.js';
import { addAuroraPages } from './aurora.js';
import type { Call, RawRoute } from './call.js';
import { Events } from './events.js';
import { jobFilter, type JobFilter } from './glob-core.js';
import { HANDLERS } from './handlers.js';
import { readBody, readQuery } from './input.js';
import { leaderRedirect } from './leader-redirect.js';
import { apiMetrics, countRequests } from './api-metrics.js';
import type { Api, ApiOptions } from './options.js';
import { answerErrors, Refused } from './refused.js';
import { backendOf, callerOf, contextOf, type Tools } from './tools.js';

/** A longer body is refused. A job's config is some kilobytes; its `cmdline`s may be long. */
export const BODY_BYTES_MAX = 4 * 1024 * 1024;

/** Adds the REST API, Aurora's endpoints and the leader's redirect to an app that has `/health` and the like already. */
export function addApi(app: Express, options: ApiOptions): Api {
  const metrics = apiMetrics(options.metrics);
  const authenticator = createAuthenticator(options.auth, options.now, () => metrics.authFailed());
  const events = new Events({ log: options.log, context: (backend) => contextOf(options, backend) });
  metrics.watchStreams(() => events.streams);
  const tools: Tools = { options, authenticator };
  app.use(countRequests(metrics));
  app.use((_req, _res, next) => {
    const backend = options.backend();
    if (backend !== null) events.attach(backend);
    next();
  });
  const redirect = leaderRedirect(options.leadership);
  for (const id of Object.keys(ROUTES) as RouteId[]) {
    const { method, path }: Route = ROUTES[id];
    // The document is the same everywhere.
    const before = id === 'openapi' ? [] : [redirect];
    app[method](path, ...before, isRaw(id) ? RAW[id](tools, events) : answering(id, tools));
  }
  app.use('/api', (req) => {
    throw new Refused('not-found', `there is no ${req.method} ${req.baseUrl}${req.path}`);
  });
  addAuroraPages(app, tools, redirect);
  app.use(answerErrors(options.log));
  return { close: () => events.close() };
}

/** Reads, judges, answers. The body is read only for who has the right in some role. */
function answering(id: Exclude<RouteId, RawRoute>, tools: Tools): RequestHandler {
  const route: Route = ROUTES[id];
  return async (req, res) => {
    const { options } = tools;
    refuseOtherSites(req);
    const caller = await callerOf(tools, req, route.right);
    const query = readQuery(route.query ?? {}, req.query);
    const body = route.body === undefined ? undefined : readBody(route.body, await jsonBody(req, res));
    const { role } = req.params;
    if (route.right === 'write' && typeof role === 'string') caller.require('write', role);
    const backend = backendOf(options);
    const call = {
      params: req.params,
      query,
      body,
      actor: caller.actor,
      requireWrite: (of: string) => caller.require('write', of),
      backend,
      context: contextOf(options, backend),
      version: options.version,
    };
    // The inputs were read by this route's own schemas.
    const handler = HANDLERS[id] as (call: Call<typeof id>) => unknown;
    const answer = await handler(call as unknown as Call<typeof id>);
    res.set('cache-control', 'no-store').json(answer);
  };
}

/** A browser that knows a password sends it along, whoever's page asks. */
function refuseOtherSites(req: Request): void {
  if (req.method === 'POST' && req.get('sec-fetch-site') === 'cross-site')
    throw new Refused('forbidden', 'pages of another site may not post here');
}

const parseJson: RequestHandler = express.json({ limit: BODY_BYTES_MAX, strict: false });

function jsonBody(req: Request, res: Response): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const done: NextFunction = (error?: unknown) => {
      if (error === undefined) resolve(req.body as unknown);
      else reject(error instanceof Error ? error : new Error('the body cannot be read'));
    };
    void parseJson(req, res, done);
  });
}

function isRaw(id: RouteId): id is RawRoute {
  return id === 'events' || id === 'openapi';
}

const RAW: Readonly<Record<RawRoute, (tools: Tools, events: Events) => RequestHandler>> = {
  events: (tools, events) => async (req, res) => {
    if (req.method !== 'GET')
      throw new Refused('bad-request', `${req.method} of a stream of events has no sense`);
    await callerOf(tools, req, ROUTES.events.right);
    const filter: JobFilter = readQuery(ROUTES.events.query, req.query);
    const backend = backendOf(tools.options);
    events.open(req, res, backend, jobFilter(filter));
  },
  openapi: (tools) => async (req, res) => {
    await callerOf(tools, req, ROUTES.openapi.right);
    const url = `${req.protocol}://${req.get('host') ?? 'localhost'}`;
    res.json(openapiDocument({ version: tools.options.version, url }));
  },
};
