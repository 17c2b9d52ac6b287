/** Darner's flood: pairs of set and get of 1 KiB through one queue, journal on, no fsync. */
import { tableText } from '../common/measure-core.js';
import { measure, whole, type Bench, type Measured, type Outcome } from './bench.js';
import { GOALS, medianRatio, type Pair } from './goals-core.js';
import { startBeanstalkd, startMemcached, startOurs, startRedis, type BenchServer } from './servers.js';
import { faultsOfDrain, faultsOfPairs } from './tally-core.js';

const CONNECTIONS = 50;

export async function flood({ plan, loader, place, say }: Bench): Promise<Outcome> {
  const servers = [
    await startMemcached(place()),
    await startOurs(place()),
    await startBeanstalkd(place(), 'no fsync'),
    await startRedis(place(), 'no'),
  ] as const;
  const [memcached, ours] = servers;
  const pairs = { mode: 'pair', connections: CONNECTIONS, count: plan.pairs };
  say(`flood: ${CONNECTIONS} connections, 1 in flight each, ${plan.pairs} pairs of 1 KiB in a round`);
  for (const server of servers) await loader.run(server, pairs); // Node.js compiles what is hot
  const rows: string[][] = [
    ['round', 'server', 'ops/s', 'ops/CPU-s', '÷ memcached', 'loader busy', 'faults'],
  ];
  const rounds: Pair[] = [];
  let faults = 0;
  for (let round = 1; round <= plan.rounds; round++) {
    const results = new Map<BenchServer, Measured & { readonly faults: number }>();
    for (const server of servers) results.set(server, await oneRound(server));
    const peer = results.get(memcached)?.operationsPerCpuSecond ?? NaN;
    const roundFaults = [...results.values()].reduce((sum, result) => sum + result.faults, 0);
    for (const [server, result] of results)
      rows.push([
        String(round),
        server.name,
        whole(result.operationsPerSecond),
        whole(result.operationsPerCpuSecond),
        (result.operationsPerCpuSecond / peer).toFixed(3),
        `${whole((result.tally.loaderCpuSeconds / result.tally.seconds) * 100)} %`,
        String(result.faults),
      ]);
    rounds.push({ ours: results.get(ours)?.operationsPerCpuSecond ?? NaN, peer, faults: roundFaults });
    faults += roundFaults;
  }
  say(tableText(rows));
  for (const server of servers) await server.stop();
  return { verdicts: [{ goal: GOALS.flood, measured: medianRatio(rounds) }], faults };

  async function oneRound(server: BenchServer): Promise<Measured & { readonly faults: number }> {
    const result = await measure(server, () => loader.run(server, pairs));
    const counted = faultsOfPairs(result.tally);
    if (server.protocol === 'memcached') return { ...result, faults: counted };
    const rest = await loader.run(server, { mode: 'get' });
    return { ...result, faults: counted + faultsOfDrain(rest, { from: 0, count: 0 }) };
  }
}
