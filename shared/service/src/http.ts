import { timingSafeEqual, createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Metrics } from './metrics.js';
import type { Log, ProcessHttp } from './types.js';

/** Requests that have not sent their head after this are cut, ms. */
const HEADERS_TIMEOUT_MS = 10_000;
/** Idle connections are kept longer than the edge keeps them, so that the edge closes first, ms. */
const KEEP_ALIVE_MS = 75_000;
const REQUEST_TIMEOUT_MS = 30_000;

export interface HttpOptions {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clusterKey: string;
  /** Null when the process can do its work, else the reason why not. */
  readonly health: () => string | null;
  readonly onQuit: () => void;
  readonly onAbort: () => void;
}

/**
 * The HTTP side every process has: `/health` (200 `ok`, else 503 and the reason), `/metrics`, `POST`
 * `/quitquitquit` and `/abortabortabort`, and the guard in front of `/internal/*`. The two lifecycle
 * endpoints stop a process, so they want the cluster key or a caller on this machine (Thermos's executor).
 */
export function createHttp(options: HttpOptions): ProcessHttp {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  addRoutes(app, options);
  const server = createServer(app);
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  return {
    app,
    server,
    mayControl: (req) => mayControl(req, options.clusterKey),
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          resolve((server.address() as AddressInfo).port);
        });
      }),
    close: (graceMs) =>
      new Promise((resolve) => {
        const cut = setTimeout(() => {
          server.closeAllConnections();
        }, graceMs);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

function addRoutes(app: Express, options: HttpOptions): void {
  app.get('/health', (_req, res) => {
    const problem = options.health();
    res
      .status(problem === null ? 200 : 503)
      .type('text/plain')
      .send(problem ?? 'ok');
  });
  app.get('/metrics', async (_req, res) => {
    res.type(options.metrics.registry.contentType).send(await options.metrics.registry.metrics());
  });
  const stop = (action: () => void) => (req: Request, res: Response) => {
    if (!mayControl(req, options.clusterKey)) {
      refuse(res);
      return;
    }
    res.type('text/plain').send('ok');
    setImmediate(action);
  };
  app.post('/quitquitquit', stop(options.onQuit));
  app.post('/abortabortabort', stop(options.onAbort));
  app.use('/internal', (req: Request, res: Response, next: NextFunction) => {
    if (hasKey(req, options.clusterKey)) next();
    else refuse(res);
  });
}

function refuse(res: Response): void {
  res.status(401).json({ error: 'The cluster key is missing or wrong' });
}

function mayControl(req: IncomingMessage, clusterKey: string): boolean {
  return isLoopback(req) || hasKey(req, clusterKey);
}

function isLoopback(req: IncomingMessage): boolean {
  const address = req.socket.remoteAddress ?? '';
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

/** Compares digests, so that neither length nor prefix of the key shows in the time taken. */
function hasKey(req: IncomingMessage, clusterKey: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(req.headers.authorization ?? ''), digest(`Bearer ${clusterKey}`));
}
