/**
 * Darner's fairness test: 10 connections set small items (64 bytes) on the queue on which 10 others set items of 8 MiB all the time. What
 * counts is how long the small ones take. (Its `bench/fairness.sh` reads nothing back; here all is read back afterwards, to count it.)
 */
import { median, percentileOf, tableText } from '../common/measure-core.js';
import { measure, milliseconds, whole, type Bench, type Measured, type Outcome } from './bench.js';
import { GOALS } from './goals-core.js';
import { startMemcached, startOurs, type BenchServer } from './servers.js';
import { faultsOfDrain } from './tally-core.js';

const CONNECTIONS = 10;
const SMALL_BYTES = 64;
/** memcached's largest item cannot be smaller than its pages' halves. */
const MEMCACHED_LIMIT_MIN = 2 ** 20;
/** Above all numbers of small items. */
const LARGE_BASE = 2 ** 29;
/** The large ones end with the small ones; this is for a loader that is left behind. */
const LARGE_SECONDS_MAX = 3_600;
/** The large ones are under way before the small ones begin. */
const HEAD_START_MS = 300;

type RoundResult = Measured & { readonly large: number; readonly faults: number };

export async function fairness({ plan, loader, place, say }: Bench): Promise<Outcome> {
  const limit = String(Math.max(plan.largeBytes * 2, MEMCACHED_LIMIT_MIN));
  const memcached = await startMemcached(place(), ['-m', '1024', '-I', limit]);
  const ours = await startOurs(place());
  const servers = [memcached, ours];
  say(
    `fairness: ${CONNECTIONS} connections set ${plan.pairs} items of ${SMALL_BYTES} bytes (or for ${plan.fairnessSeconds} s), ${CONNECTIONS} others set items of ${plan.largeBytes} bytes meanwhile`,
  );
  for (const server of servers)
    await loader.run(server, { mode: 'pair', connections: CONNECTIONS, count: plan.pairs }); // as Darner's does
  const rows: string[][] = [
    ['round', 'server', 'small/s', 'p50', 'p90', 'p99', 'p99.9', 'max', 'large', 'faults'],
  ];
  const p99s: number[] = [];
  let faults = 0;
  for (let round = 1; round <= plan.rounds; round++)
    for (const server of servers) {
      const result = await oneRound(server);
      const at = (share: number): number => percentileOf(result.tally.setLatencies, share);
      rows.push([
        String(round),
        server.name,
        whole(result.operationsPerSecond),
        ...[0.5, 0.9, 0.99, 0.999, 1].map((share) => milliseconds(at(share))),
        String(result.large),
        String(result.faults),
      ]);
      faults += result.faults;
      if (server === ours && result.faults === 0) p99s.push(at(0.99) / 1000);
    }
  say(tableText(rows));
  for (const server of servers) await server.stop();
  return { verdicts: [{ goal: GOALS.fairness, measured: median(p99s) }], faults };

  async function oneRound(server: BenchServer): Promise<RoundResult> {
    const large = loader.start(server, {
      mode: 'set',
      connections: CONNECTIONS,
      bytes: plan.largeBytes,
      base: LARGE_BASE,
      seconds: LARGE_SECONDS_MAX,
    });
    await new Promise((resolve) => setTimeout(resolve, HEAD_START_MS));
    const small = {
      mode: 'set',
      connections: CONNECTIONS,
      bytes: SMALL_BYTES,
      count: plan.pairs,
      seconds: plan.fairnessSeconds,
    };
    const result = await measure(server, () => loader.run(server, small));
    large.end();
    const set = await large.tally;
    const refused = result.tally.refused + set.refused;
    if (server.protocol === 'memcached') return { ...result, large: set.sets, faults: refused };
    return {
      ...result,
      large: set.sets,
      faults: refused + (await countBack(server, result.tally.sets, set.sets)),
    };
  }

  /** Reads all back: the small ones and the large ones, each once. */
  async function countBack(server: BenchServer, small: number, large: number): Promise<number> {
    const rest = await loader.run(server, {
      mode: 'get',
      bytes: SMALL_BYTES,
      'also-bytes': plan.largeBytes,
    });
    const last = large === 0 ? small - 1 : LARGE_BASE + large - 1;
    return faultsOfDrain(rest, { from: 0, count: small + large, last });
  }
}
