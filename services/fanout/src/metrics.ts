import type { QueueStats } from '@murmur/kestrel-client';
import type { Metrics } from '@murmur/service';

export type FanoutMetrics = ReturnType<typeof fanoutMetrics>;

export function fanoutMetrics(metrics: Metrics) {
  return {
    acceptToFannedOut: metrics.histogram(
      'murmur_fanout_accept_to_fanned_out_seconds',
      'From taken in by ingest to appended and put into the push queues, by status.',
    ),
    events: metrics.counter('murmur_fanout_events_total', 'Events by kind and what became of them.', [
      'kind',
      'result',
    ]),
    deliveries: metrics.counter('murmur_fanout_deliveries_total', 'Entries appended to home timelines.'),
    absentHomes: metrics.counter(
      'murmur_fanout_absent_homes_total',
      'Entries not appended: that home is not materialised.',
    ),
    pushItems: metrics.counter('murmur_fanout_push_items_total', 'Items for gateways by result.', ['result']),
    poisoned: metrics.counter('murmur_fanout_poisoned_total', 'Events that cannot be read, put into poison.'),
    presenceFetches: metrics.counter(
      'murmur_fanout_presence_fetches_total',
      'Presence snapshots by result.',
      ['result'],
    ),
    movedKeys: metrics.counter(
      'murmur_fanout_moved_keys_total',
      'Keys removed from a memcached that is not theirs any more.',
      ['pool'],
    ),
    cacheLookups: metrics.counter('murmur_fanout_cache_lookups_total', 'Vectors looked up by result.', [
      'result',
    ]),
  };
}

/** Read at the moment of a scrape. */
export interface Gauges {
  readonly accounts: () => number;
  readonly gateways: () => number;
  readonly waiting: () => number;
  readonly queue: () => Promise<readonly QueueStats[]>;
}

export function fanoutGauges(metrics: Metrics, gauges: Gauges): void {
  const accounts = metrics.gauge(
    'murmur_fanout_presence_accounts',
    'Accounts known to be connected.',
    [],
    () => {
      accounts.set(gauges.accounts());
    },
  );
  const gateways = metrics.gauge('murmur_fanout_presence_gateways', 'Gateways known.', [], () => {
    gateways.set(gauges.gateways());
  });
  const waiting = metrics.gauge(
    'murmur_fanout_waiting_events',
    'Events put back that wait to be due.',
    [],
    () => {
      waiting.set(gauges.waiting());
    },
  );
  const age = metrics.gauge('murmur_fanout_queue_age_seconds', 'Age of the oldest event in statuses+fanout.');
  const items = metrics.gauge('murmur_fanout_queue_items', 'Events in statuses+fanout.', [], async () => {
    const stats = await gauges.queue();
    items.set(stats.reduce((sum, one) => sum + one.items, 0));
    age.set(stats.reduce((oldest, one) => Math.max(oldest, one.ageMs), 0) / 1_000);
  });
}
