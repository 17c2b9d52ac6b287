/** The metrics in the READMEs are the metrics the running processes export, and they move when a status goes its way. */
import { waitFor } from '@murmur/testkit';
import { gather, type Crowd } from './support/crowd.js';
import { documented, sorted, SUITE_PROCESSES } from './support/documents.js';
import { startSuite, type Suite } from './support/suite.js';

let suite: Suite;
let crowd: Crowd;

beforeAll(async () => {
  suite = await startSuite();
  crowd = await gather(suite, 2);
  const id = await crowd.api.postSurely(crowd.authors[0]!, 'counted');
  await crowd.expectEverywhereOnce([id]);
}, 240_000);

afterAll(async () => {
  crowd.close();
  await suite.stop();
}, 60_000);

/** The launcher has the metrics of Node and none of its own. */
const MEASURED = Object.entries(SUITE_PROCESSES).filter(([name]) => name !== 'murmur-local');

describe('metrics', () => {
  it.each(MEASURED)(
    'of %s are those its README lists',
    async (name, folder) => {
      const texts = await suite.scrape(name.replace(/^murmur-/, ''));
      const exported = texts.flatMap((text) =>
        [...text.matchAll(/^# TYPE (murmur_\w+) /gm)].map((m) => m[1] ?? ''),
      );
      expect(exported.length).toBeGreaterThan(0);
      expect(sorted(exported)).toEqual(sorted(documented(folder, /^murmur_\w+/)));
    },
    30_000,
  );

  it.each([
    ['ingest', 'murmur_ingest_accept_to_queued_seconds_count'],
    ['fanout', 'murmur_fanout_accept_to_fanned_out_seconds_count'],
    ['push-gateway', 'murmur_push_accept_to_socket_seconds_count'],
    ['persister', 'murmur_persister_lag_seconds_count'],
    ['fanout', 'murmur_fanout_deliveries_total'],
  ])(
    '%s counts the step: %s',
    async (service, metric) => {
      const counted = async (): Promise<boolean> => {
        // What a new reader is caught up with is no push: only a status that comes later is.
        await crowd.api.postSurely(crowd.authors[0]!, 'counted once more');
        return (await suite.metric(service, metric)) > 0;
      };
      await waitFor(counted, { timeoutMs: 30_000, what: `${metric} to be above 0`, everyMs: 200 });
    },
    60_000,
  );
});
