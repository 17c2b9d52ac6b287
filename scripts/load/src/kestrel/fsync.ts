/** Sets that are answered when they are on the disk: fsync before every reply, 200 connections. */
import { percentileOf, tableText } from '../common/measure-core.js';
import { measure, milliseconds, whole, type Bench, type Measured, type Outcome } from './bench.js';
import { GOALS, medianRatio, type Pair } from './goals-core.js';
import { startBeanstalkd, startOurs, startRedis, type BenchServer } from './servers.js';
import { faultsOfDrain } from './tally-core.js';

/** Enough for Node.js to have compiled what is hot. */
const WARM_SETS = 20_000;

export async function fsync({ plan, loader, place, say }: Bench): Promise<Outcome> {
  const ours = await startOurs(place(), { default: { syncJournal: 0 } });
  const beanstalkd = await startBeanstalkd(place(), 'fsync each');
  const redis = await startRedis(place(), 'always');
  const servers = [beanstalkd, ours, redis];
  const connections = plan.fsyncConnections;
  say(
    `fsync: ${connections} connections, 1 in flight each, sets of 1 KiB for ${plan.fsyncSeconds} s in a round`,
  );
  await loader.run(ours, { mode: 'set', connections, count: Math.min(WARM_SETS, plan.pairs) });
  await drain(ours);
  const rows: string[][] = [['round', 'server', 'sets/s', 'sets/CPU-s', 'p50', 'p99', 'faults']];
  const rounds = { beanstalkd: [] as Pair[], redis: [] as Pair[] };
  let faults = 0;
  for (let round = 1; round <= plan.rounds; round++) {
    const results = new Map<BenchServer, Measured & { readonly faults: number }>();
    for (const server of servers) results.set(server, await oneRound(server));
    for (const [server, { tally, ...result }] of results) {
      rows.push([
        String(round),
        server.name,
        whole(result.operationsPerSecond),
        whole(result.operationsPerCpuSecond),
        milliseconds(percentileOf(tally.setLatencies, 0.5)),
        milliseconds(percentileOf(tally.setLatencies, 0.99)),
        String(result.faults),
      ]);
      faults += result.faults;
    }
    rounds.beanstalkd.push(pairOf(results, beanstalkd));
    rounds.redis.push(pairOf(results, redis));
  }
  say(tableText(rows));
  for (const server of servers) await server.stop();
  return {
    verdicts: [
      { goal: GOALS.fsyncBeanstalkd, measured: medianRatio(rounds.beanstalkd) },
      { goal: GOALS.fsyncRedis, measured: medianRatio(rounds.redis) },
    ],
    faults,
  };

  function pairOf(
    results: ReadonlyMap<BenchServer, Measured & { faults: number }>,
    server: BenchServer,
  ): Pair {
    const [mine, peer] = [results.get(ours), results.get(server)];
    return {
      ours: mine?.operationsPerSecond ?? NaN,
      peer: peer?.operationsPerSecond ?? NaN,
      faults: (mine?.faults ?? 1) + (peer?.faults ?? 1),
    };
  }

  async function oneRound(server: BenchServer): Promise<Measured & { readonly faults: number }> {
    const flags = { mode: 'set', connections, seconds: plan.fsyncSeconds };
    const result = await measure(server, () => loader.run(server, flags));
    const rest = await drain(server);
    return {
      ...result,
      faults: result.tally.refused + faultsOfDrain(rest, { from: 0, count: result.tally.sets }),
    };
  }

  /** As many at once as there were: what beanstalkd deletes is synced one by one, too. */
  function drain(server: BenchServer): ReturnType<typeof loader.run> {
    return loader.run(server, { mode: 'get', connections });
  }
}
