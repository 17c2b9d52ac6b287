import type { Metrics } from '@murmur/service';

/** What this process counts, as plain functions; the README lists the names. */
export interface IngestMetrics {
  queued(seconds: number): void;
  accepted(): void;
  refused(reason: string): void;
  putFailed(): void;
  cacheWriteFailed(): void;
  request(route: string, status: number, seconds: number): void;
  lookup(pool: 'rows' | 'vectors', hits: number, misses: number): void;
}

export function ingestMetrics(metrics: Metrics, hashesWaiting: () => number): IngestMetrics {
  const queued = metrics.histogram(
    'murmur_ingest_accept_to_queued_seconds',
    'From the request to STORED, per accepted status',
  );
  const accepted = metrics.counter('murmur_ingest_statuses_accepted_total', 'Statuses with STORED');
  const refused = metrics.counter('murmur_ingest_refused_total', 'Requests answered with an error', ['code']);
  const putFailures = metrics.counter(
    'murmur_ingest_queue_put_failures_total',
    'Events no Kestrel took in time',
  );
  const cacheWrites = metrics.counter(
    'murmur_ingest_cache_write_failures_total',
    'Cache writes that failed or were late',
  );
  const requests = metrics.histogram('murmur_ingest_http_request_seconds', 'Requests by route', [
    'route',
    'status',
  ]);
  const lookups = metrics.counter('murmur_cache_lookups_total', 'Keys looked up in memcached', [
    'pool',
    'result',
  ]);
  const waiting = metrics.gauge(
    'murmur_ingest_password_hashes_waiting',
    'Password hashes that wait',
    [],
    () => {
      waiting.set(hashesWaiting());
    },
  );
  return {
    queued: (seconds) => {
      queued.observe(seconds);
    },
    accepted: () => {
      accepted.inc();
    },
    refused: (code) => {
      refused.inc({ code });
    },
    putFailed: () => {
      putFailures.inc();
    },
    cacheWriteFailed: () => {
      cacheWrites.inc();
    },
    request: (route, status, seconds) => {
      requests.observe({ route, status: `${Math.floor(status / 100)}xx` }, seconds);
    },
    lookup: (pool, hits, misses) => {
      if (hits > 0) lookups.inc({ pool, result: 'hit' }, hits);
      if (misses > 0) lookups.inc({ pool, result: 'miss' }, misses);
    },
  };
}
