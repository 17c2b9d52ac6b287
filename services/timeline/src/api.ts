/** All routes on one Express app, in the order in which they must be tried. */
import { accountRows, statusRows, type RowCache, type VectorCache } from '@murmur/cache';
import { apiErrors, authenticate, cors, rateLimit } from '@murmur/public-api';
import type { Log } from '@murmur/service';
import type { Store } from '@murmur/store';
import type { Express } from 'express';
import { accounts } from './accounts.js';
import { MERGE_FROM } from './home.js';
import { memo } from './memo.js';
import type { TimelineMetrics } from './metrics.js';
import { accountRoutes } from './routes/accounts.js';
import { imageRoutes } from './routes/images.js';
import { instanceRoutes } from './routes/instance.js';
import { internalRoutes } from './routes/internal.js';
import { searchRoutes } from './routes/search.js';
import { statusRoutes } from './routes/statuses.js';
import { stubRoutes } from './routes/stubs.js';
import { timelineRoutes } from './routes/timelines.js';
import { rows } from './rows.js';
import { statuses } from './statuses.js';
import { timelines } from './timelines.js';
import { vectors } from './vectors.js';

/** How old the list of authors above the threshold may be, ms. The tenth below it takes far longer to gain. */
export const POPULAR_TTL_MS = 30_000;
/** How old the numbers on the instance page may be, ms. */
export const COUNTS_TTL_MS = 60_000;

export interface ApiDeps {
  readonly log: Log;
  readonly metrics: TimelineMetrics;
  readonly rowCache: RowCache;
  readonly vectorCache: VectorCache;
  readonly store: Store;
  /** Unix ms. */
  readonly now: () => number;
  readonly title: string;
  readonly materialiseFollowersMax: number;
  readonly rateLimit: number;
  readonly rateWindowSeconds: number;
}

export function mountApi(app: Express, deps: ApiDeps): void {
  const { log, metrics, rowCache, vectorCache, store, now } = deps;
  const remembered = <T>(what: string, ttlMs: number, load: () => Promise<T>) =>
    memo({
      load,
      ttlMs,
      now,
      onError: (err) => {
        log.warn({ err, what }, 'not refreshed, the old value stays');
      },
    });
  const rowReader = rows({
    statuses: statusRows(rowCache),
    accounts: accountRows(rowCache),
    store,
    metrics,
  });
  const vectorReader = vectors({ cache: vectorCache, store, metrics, now });
  const popular = remembered(
    'popular authors',
    POPULAR_TTL_MS,
    async () => new Set(await store.accountsAbove(Math.floor(deps.materialiseFollowersMax * MERGE_FROM))),
  );
  const counts = remembered('counts', COUNTS_TTL_MS, () => store.counts());
  const pages = timelines({ vectors: vectorReader, rows: rowReader, store, popular, metrics, now });
  const people = accounts({ rows: rowReader, store });

  // Before the tokens are read: here `Authorization` holds the cluster key.
  app.use('/internal', internalRoutes(pages));
  app.use(cors(), imageRoutes());
  app.use(authenticate({ rows: rowCache, store }));
  app.use(rateLimit({ rows: rowCache, limit: deps.rateLimit, windowSeconds: deps.rateWindowSeconds, now }));
  app.use(
    '/api',
    timelineRoutes(pages),
    searchRoutes(people),
    accountRoutes(people, pages),
    statusRoutes(statuses({ rows: rowReader, vectors: vectorReader, store, metrics })),
    instanceRoutes({ title: deps.title, counts, store }),
    stubRoutes(),
  );
  app.use(apiErrors({ log }));
}
