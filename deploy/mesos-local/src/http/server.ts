import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createHttp, type Log, type Metrics } from '@murmur/service';
import {
  emptyAnswer,
  HttpError,
  methodNotAllowed,
  textAnswer,
  writeAnswer,
  type HttpAnswer,
} from './answer.js';
import { unauthorized, type Authenticated } from './auth.js';
import { readTarget, type Target } from './route-core.js';

export interface HttpRequest extends Target {
  readonly method: string;
  /** For headers, socket and body (`readBody`, `readCall`). */
  readonly raw: IncomingMessage;
  /** Who asks, where the route has a realm that is guarded; else null. */
  readonly principal: string | null;
}

interface RouteBase {
  /** `/state`, without the name of the process and without a slash at the end. */
  readonly path: string;
  /** Passed by `gate` first: not for a master that does not lead. */
  readonly gated?: boolean;
  /** Asks `authenticate` with this realm first. */
  readonly realm?: string;
}

/** One endpoint: `answer` gives a finished answer; `raw` does everything itself (streams), methods included. */
export type Route =
  | (RouteBase & {
      readonly methods: readonly string[];
      readonly answer: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;
    })
  | (RouteBase & { readonly raw: (request: IncomingMessage, response: ServerResponse) => void });

export interface MesosServerOptions {
  /** Name of the libprocess process whose prefix is an alias: `master`, `slave(1)`. */
  readonly name: string;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Opens `/quitquitquit` and `/abortabortabort` to callers from elsewhere; empty = only from this machine. */
  readonly clusterKey: string;
  readonly onQuit: () => void;
  readonly onAbort: () => void;
  /** Null = go on; else the answer instead (a redirect to the leader). */
  readonly gate?: (url: string, target: Target) => HttpAnswer | null;
  readonly authenticate?: (realm: string, request: IncomingMessage) => Authenticated;
}

export interface MesosServer {
  /** Adds endpoints. Two of one path are an error of the program and throw. */
  add(...routes: readonly Route[]): void;
  /** Resolves with the port that really listens. */
  listen(port: number, host: string): Promise<number>;
  /** Streams must be ended by who opened them; after `graceMs` what is left is cut. */
  close(graceMs: number): Promise<void>;
  readonly server: Server;
}

/** Answered by what every Murmur process has. */
const SERVICE_PATHS: ReadonlySet<string> = new Set(['/metrics', '/quitquitquit', '/abortabortabort']);

/**
 * An HTTP server that behaves as libprocess does: every endpoint also below the name of its process and with a slash at
 * its end, `?jsonp=` on JSON, plain text errors. `/metrics`, `/quitquitquit` and `/abortabortabort` are those of @murmur/service.
 */
export function createServer(options: MesosServerOptions): MesosServer {
  const routes = new Map<string, Route>();
  const { name, log, metrics, clusterKey, onQuit, onAbort } = options;
  const http = createHttp({ log, metrics, clusterKey, onQuit, onAbort, health: () => null });
  const served = metrics.counter('murmur_mesos_http_requests_total', 'Requests by endpoint and status', [
    'endpoint',
    'status',
  ]);
  http.server.removeAllListeners('request');
  http.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const target = readTarget(request.url ?? '/', name);
    const route = target === null ? undefined : routes.get(target.path);
    response.once('close', () =>
      served.inc({ endpoint: route?.path ?? 'other', status: String(response.statusCode) }),
    );
    if (target === null) writeAnswer(response, textAnswer(400, `Cannot decode ${request.url ?? ''}`));
    else if (route !== undefined) void serve(options, route, target, request, response);
    else if (SERVICE_PATHS.has(target.path)) {
      request.url = target.path;
      http.app(request, response);
    } else writeAnswer(response, textAnswer(404, '404 Not Found.'));
  });
  return {
    add: (...added) => {
      for (const route of added) {
        if (routes.has(route.path)) throw new Error(`two routes for ${route.path}`);
        routes.set(route.path, route);
      }
    },
    listen: (port, host) => http.listen(port, host),
    close: (graceMs) => http.close(graceMs),
    server: http.server,
  };
}

async function serve(
  options: MesosServerOptions,
  route: Route,
  target: Target,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    // As in libprocess, who asks comes before where to ask.
    const who = route.realm === undefined ? undefined : options.authenticate?.(route.realm, request);
    const gate = route.gated === true ? (options.gate?.(request.url ?? '/', target) ?? null) : null;
    if (who?.ok === false) writeAnswer(response, unauthorized(who));
    else if (gate !== null) writeAnswer(response, gate);
    else if ('raw' in route) route.raw(request, response);
    else await answerRoute(route, target, who?.principal ?? null, request, response);
  } catch (error) {
    writeAnswer(response, failure(error, options.log, target.path));
  } finally {
    // An answer before the body was read (401, 405, 413): what is still coming is thrown away.
    if (!('raw' in route) && !request.readableEnded) request.resume();
  }
}

async function answerRoute(
  route: Exclude<Route, { raw: unknown }>,
  target: Target,
  principal: string | null,
  raw: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = raw.method === 'HEAD' ? 'GET' : (raw.method ?? 'GET');
  if (!route.methods.includes(method)) {
    writeAnswer(response, methodNotAllowed(route.methods, raw.method ?? ''));
    return;
  }
  const answer = await route.answer({ ...target, method, raw, principal });
  writeAnswer(response, answer, method === 'GET' ? target.query.get('jsonp') : null);
}

function failure(error: unknown, log: Log, path: string): HttpAnswer {
  if (error instanceof HttpError)
    return error.message === ''
      ? emptyAnswer(error.status)
      : { ...textAnswer(error.status, error.message), headers: error.headers };
  log.error({ err: error, path }, 'http: a handler failed');
  return textAnswer(500, 'Internal error; the log says more');
}
