import type { RowCache, VectorCache } from '@murmur/cache';
import type { KestrelProducer } from '@murmur/kestrel-client';
import type { Authenticate } from '@murmur/public-api';
import type { Log } from '@murmur/service';
import type { Store } from '@murmur/store';
import type { AccountSource } from './account-source.js';
import type { IdSource } from './ids.js';
import type { IngestMetrics } from './metrics.js';
import type { Passwords } from './passwords.js';

/** What the routes work with. */
export interface Tools {
  readonly store: Store;
  readonly rows: RowCache;
  readonly vectors: VectorCache;
  readonly queue: Pick<KestrelProducer, 'put'>;
  readonly ids: IdSource;
  readonly accounts: AccountSource;
  readonly auth: Authenticate;
  readonly passwords: Passwords;
  readonly metrics: IngestMetrics;
  readonly log: Log;
  readonly clusterKey: string;
  /** Unix ms. */
  readonly now: () => number;
}
