/** A backlog of millions of items on one queue: the memory it takes, the speed beside it, and whether it comes out as it went in. */
import { OptionError } from '@murmur/service';
import { tableText } from '../common/measure-core.js';
import { measure, megabytes, whole, type Bench, type Outcome } from './bench.js';
import { freeBytes } from './folder.js';
import { MemoryWatch } from './memory.js';
import { MEMORY_GOAL } from './memory-core.js';
import { startBeanstalkd, startOurs, startRedis, type BenchServer } from './servers.js';
import { faultsOfDrain, faultsOfPairs } from './tally-core.js';

const CONNECTIONS = 50;
/** Filled and drained by one connection, in order, with so many in flight. */
const FILL_IN_FLIGHT = 64;
const DRAIN_IN_FLIGHT = 16;
/** Of an item of 1 KiB in the journal; and what the pairs and packs add to it, roughly. */
const DISK_BYTES_EACH = 1_045;
const DISK_FACTOR = 2;

export async function readBehind(bench: Bench): Promise<Outcome> {
  const { plan, place, say } = bench;
  const { folder } = place();
  const needed = plan.backlog * DISK_BYTES_EACH * DISK_FACTOR;
  if (freeBytes(folder) < needed)
    throw new OptionError(
      `--backlog: ${plan.backlog} is not allowed; ${folder} has ${megabytes(freeBytes(folder))} free, ${megabytes(needed)} are needed`,
    );
  say(`read-behind: a backlog of ${plan.backlog} items of 1 KiB`);
  const rows: string[][] = [
    [
      'server',
      'fill/s',
      'pair ops/s, empty',
      'ops/CPU-s',
      'at the backlog',
      'ops/CPU-s',
      'drain/s',
      'faults',
    ],
  ];
  const memory: string[][] = [['server', 'phase', 'most memory']];
  let most = NaN;
  let faults = 0;
  for (const start of [
    () => startOurs(place()),
    () => startBeanstalkd(place(), 'memory'),
    () => startRedis(place(), 'memory'),
  ]) {
    const server = await start();
    const result = await oneServer(bench, server);
    rows.push(result.row);
    for (const [phase, bytes] of result.memory) memory.push([server.name, phase, megabytes(bytes)]);
    say(
      `  ${server.name}: at most ${megabytes(Math.max(...result.memory.values()))}, faults ${result.faults}`,
    );
    if (server.protocol === 'kestrel') most = Math.max(...result.memory.values());
    faults += result.faults;
    await server.stop();
  }
  say(tableText(rows));
  say(tableText(memory));
  return { verdicts: [{ goal: MEMORY_GOAL, measured: most / 2 ** 20 }], faults };
}

interface Result {
  readonly row: string[];
  readonly memory: ReadonlyMap<string, number>;
  readonly faults: number;
}

async function oneServer({ plan, loader, say }: Bench, server: BenchServer): Promise<Result> {
  const { backlog } = plan;
  const pairs = Math.min(plan.pairs, backlog >> 1);
  const pair = { mode: 'pair', connections: CONNECTIONS, count: pairs };
  const drain = { mode: 'get', 'in-flight': DRAIN_IN_FLIGHT };
  const watch = new MemoryWatch(server);
  await loader.run(server, pair); // Node.js compiles what is hot
  const empty = await watch.during('empty', () => measure(server, () => loader.run(server, pair)));
  const fill = await watch.during('filling', () =>
    loader.run(server, { mode: 'set', 'in-flight': FILL_IN_FLIGHT, count: backlog }),
  );
  const full = await watch.during('pairs at the backlog', () =>
    measure(server, () => loader.run(server, { ...pair, base: backlog })),
  );
  let faults = faultsOfPairs(empty.tally) + fill.refused;
  faults += faultsOfDrain(full.tally, { from: 0, count: pairs });
  if (server.protocol === 'kestrel') {
    await server.kill();
    const ms = await watch.during('started again', () => server.startAgain());
    say(
      `  ${server.name}, killed and started again with the backlog: ready after ${(ms / 1000).toFixed(1)} s`,
    );
  }
  const filled = await watch.during('draining', () =>
    loader.run(server, { ...drain, count: backlog - pairs }),
  );
  const rest = await watch.during('draining', () => loader.run(server, drain));
  faults += faultsOfDrain(filled, { from: pairs, count: backlog - pairs, ordered: true });
  faults += faultsOfDrain(rest, { from: backlog, count: pairs });
  return {
    row: [
      server.name,
      whole(fill.sets / fill.seconds),
      whole(empty.operationsPerSecond),
      whole(empty.operationsPerCpuSecond),
      whole(full.operationsPerSecond),
      whole(full.operationsPerCpuSecond),
      whole(filled.gets / filled.seconds),
      String(faults),
    ],
    memory: watch.most(),
    faults,
  };
}
