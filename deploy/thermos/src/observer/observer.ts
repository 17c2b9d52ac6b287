import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createHttp, type Log, type OptionValues, type RunningService } from '@murmur/service';
import type { NextFunction, Request, Response } from 'express';
import { observedRoot } from '../checkpoint-root.js';
import type { observerOptions } from '../options.js';
import { Refusal } from './confine.js';
import { legacyApi } from './legacy-api.js';
import { observerMetrics } from './metrics.js';
import { restApi } from './rest-api.js';
import { watchTasks } from './tasks.js';

export interface ObserverTools {
  readonly log: Log;
  readonly quit: () => void;
  readonly abort: () => void;
}

/** Starts the observer of one agent; port 0 takes a free one. Only reads, but for checkpoints that nobody needs any more. */
export async function startObserver(
  values: OptionValues<typeof observerOptions>,
  { log, quit, abort }: ObserverTools,
): Promise<RunningService> {
  const tasks = watchTasks(observedRoot(values.root), values.scanMs, log);
  const http = createHttp({
    log,
    metrics: observerMetrics(() => tasks),
    // Without a key only this machine may stop the process.
    clusterKey: values.clusterKey === '' ? randomBytes(32).toString('hex') : values.clusterKey,
    health: () => tasks.problem(),
    onQuit: quit,
    onAbort: abort,
  });
  if (values.clusterKey !== '') http.app.use(guard(values.clusterKey));
  http.app.use('/api/v1', restApi(tasks));
  http.app.use(legacyApi(tasks));
  http.app.use((req: Request, res: Response) => {
    res.status(404).json({ error: `there is no ${req.method} ${req.path}` });
  });
  http.app.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) next(error);
    else if (error instanceof Refusal) res.status(error.status).json({ error: error.message });
    else if (error instanceof URIError) res.status(400).json({ error: 'the path is not well encoded' });
    else {
      log.error({ err: error }, 'a request failed');
      res.status(500).json({ error: 'internal error' });
    }
  });
  await tasks.scan();
  const port = await http.listen(values.port, values.host);
  return {
    port,
    stop: async () => {
      tasks.stop();
      await http.close(values.graceMs);
    },
  };
}

/** Sandboxes hold what is nobody else's business: with a key, whoever asks must have it. */
function guard(key: string): (req: Request, res: Response, next: NextFunction) => void {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const wanted = digest(`Bearer ${key}`);
  return (req, res, next) => {
    if (timingSafeEqual(digest(req.get('authorization') ?? ''), wanted)) next();
    else res.status(401).json({ error: 'The cluster key is missing or wrong' });
  };
}
