import type { Metrics } from '@murmur/service';

/** The timelines that are read; a label of the metrics below. */
export type TimelineName = 'home' | 'account' | 'public' | 'since';
/** `ok`: all of it; `short`: MySQL was away, what was known was given; `unavailable`: nothing was known. */
export type ReadResult = 'ok' | 'short' | 'unavailable';
export type VectorName = 'home' | 'posts' | 'public';

/** What this process counts, as plain functions; the README lists the names. */
export interface TimelineMetrics {
  read(timeline: TimelineName, result: ReadResult, seconds: number): void;
  rebuilt(vector: VectorName, reason: 'absent' | 'settle'): void;
  rows(row: 'status' | 'account', hits: number, misses: number): void;
  lookup(pool: 'rows' | 'vectors', hits: number, misses: number): void;
  dropped(reason: 'absent' | 'hidden', entries: number): void;
}

export function timelineMetrics(metrics: Metrics): TimelineMetrics {
  const reads = metrics.counter('murmur_timeline_reads_total', 'Pages read', ['timeline', 'result']);
  const seconds = metrics.histogram('murmur_timeline_read_seconds', 'Time to read one page', ['timeline']);
  const rebuilds = metrics.counter('murmur_timeline_rebuilds_total', 'Vectors rebuilt', ['vector', 'reason']);
  const rows = metrics.counter('murmur_timeline_rows_total', 'Rows looked for', ['row', 'result']);
  const dropped = metrics.counter('murmur_timeline_dropped_total', 'Entries left out of a page', ['reason']);
  const lookups = metrics.counter('murmur_cache_lookups_total', 'Keys looked up in memcached', [
    'pool',
    'result',
  ]);
  const count = (
    counter: { inc(labels: Record<string, string>, by: number): void },
    labels: Record<string, string>,
    hits: number,
    misses: number,
  ): void => {
    if (hits > 0) counter.inc({ ...labels, result: 'hit' }, hits);
    if (misses > 0) counter.inc({ ...labels, result: 'miss' }, misses);
  };
  return {
    read: (timeline, result, took) => {
      reads.inc({ timeline, result });
      seconds.observe({ timeline }, took);
    },
    rebuilt: (vector, reason) => {
      rebuilds.inc({ vector, reason });
    },
    rows: (row, hits, misses) => {
      count(rows, { row }, hits, misses);
    },
    lookup: (pool, hits, misses) => {
      count(lookups, { pool }, hits, misses);
    },
    dropped: (reason, entries) => {
      if (entries > 0) dropped.inc({ reason }, entries);
    },
  };
}
