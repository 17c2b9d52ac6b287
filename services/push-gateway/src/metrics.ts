import type { Metrics } from '@murmur/service';
import type { QueueStats } from '@murmur/kestrel-client';
import type { Wire } from './wire-core.js';

/** Read at the moment of a scrape. */
export interface Gauges {
  readonly connections: (wire: Wire) => number;
  readonly accounts: () => number;
  readonly marks: () => number;
  readonly catchUpsWaiting: () => number;
  readonly queue: () => Promise<readonly QueueStats[]>;
}

export type GatewayMetrics = ReturnType<typeof gatewayMetrics>;

export function gatewayMetrics(metrics: Metrics) {
  return {
    acceptToSocket: metrics.histogram(
      'murmur_push_accept_to_socket_seconds',
      'From accepted by ingest to written to the last reader here, by item.',
    ),
    deliveries: metrics.counter('murmur_push_deliveries_total', 'Events written to readers.', ['event']),
    duplicates: metrics.counter(
      'murmur_push_duplicates_total',
      'Deliveries left out: the reader has had it.',
    ),
    lateUpdates: metrics.counter(
      'murmur_push_late_updates_total',
      'Updates left out: deleted before they came.',
    ),
    droppedSlow: metrics.counter(
      'murmur_push_dropped_slow_total',
      'Readers dropped because they did not read.',
    ),
    gaps: metrics.counter('murmur_push_gaps_total', 'Gap events written.'),
    replayed: metrics.counter('murmur_push_replayed_total', 'Statuses that a catch-up found and wrote.'),
    catchUps: metrics.counter('murmur_push_catch_ups_total', 'Catch-ups by lane and result.', [
      'lane',
      'result',
    ]),
    refused: metrics.counter('murmur_push_refused_total', 'Streaming requests refused, by HTTP status.', [
      'status',
    ]),
    revoked: metrics.counter(
      'murmur_push_revoked_total',
      'Connections closed because their token was revoked.',
    ),
    badItems: metrics.counter('murmur_push_bad_items_total', 'Items of the push queue that cannot be read.'),
    presenceItems: metrics.counter('murmur_push_presence_items_total', 'Presence items by result.', [
      'result',
    ]),
  };
}

export function gatewayGauges(metrics: Metrics, gauges: Gauges): void {
  const connections = metrics.gauge('murmur_push_connections', 'Open streams.', ['transport'], () => {
    connections.set({ transport: 'sse' }, gauges.connections('sse'));
    connections.set({ transport: 'ws' }, gauges.connections('ws'));
  });
  const accounts = metrics.gauge('murmur_push_accounts', 'Accounts with a reader here.', [], () => {
    accounts.set(gauges.accounts());
  });
  const marks = metrics.gauge('murmur_push_marks', 'Deliveries remembered against repeats.', [], () => {
    marks.set(gauges.marks());
  });
  const waiting = metrics.gauge(
    'murmur_push_catch_ups_waiting',
    'Readers that wait for their turn.',
    [],
    () => {
      waiting.set(gauges.catchUpsWaiting());
    },
  );
  const age = metrics.gauge('murmur_push_queue_age_seconds', 'Age of the oldest item of the own push queue.');
  const items = metrics.gauge('murmur_push_queue_items', 'Items in the own push queue.', [], async () => {
    const stats = await gauges.queue();
    items.set(stats.reduce((sum, one) => sum + one.items, 0));
    age.set(stats.reduce((oldest, one) => Math.max(oldest, one.ageMs), 0) / 1_000);
  });
}
