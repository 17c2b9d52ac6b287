/** scripts/bench/pipeline: G1, timeline deliveries per second end to end, beside memcached's raw pipelined append. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVectorCache } from '@murmur/cache';
import { firstIdOf } from '@murmur/model';
import {
  defineOptions,
  EXIT,
  OptionError,
  parseOptions,
  silentLog,
  type OptionValues,
} from '@murmur/service';
import { stopAll, tempFolder } from '@murmur/testkit';
import { LOAD_MAX, tooBusy } from '../common/machine.js';
import { median } from '../common/measure-core.js';
import { seedAuthors, type Author } from './authors.js';
import { crowd, seeded, type PostingAuthor } from './graph-core.js';
import { openHouse, type House } from './house.js';
import { postAll, type PostJob } from './poster.js';
import { countArrivals, fillFollowers, fillTimelines, userId } from './vectors.js';
import { CpuMeter, histogramOf, waitUntilFannedOut } from './watch.js';

const WINDOW = 1_000;
const TEXT_BYTES = 140;
const CONNECTIONS = 64;

const benchOptions = defineOptions({
  users: {
    type: 'integer',
    default: 100_000,
    min: 1_000,
    max: 1_000_000,
    help: 'users, each with a full home',
  },
  authors: { type: 'integer', default: 4_000, min: 1, max: 100_000, help: 'users who post' },
  posts: { type: 'integer', default: 6_000, min: 10, max: 1_000_000, help: 'posts in a round' },
  rounds: { type: 'integer', default: 5, min: 1, max: 100, help: 'rounds, each beside one of the peer' },
  seed: {
    type: 'integer',
    default: 1,
    min: 0,
    max: 2 ** 31,
    help: 'of the graph and the order of the posts',
  },
  anyLoad: { type: 'boolean', default: false, help: `run on a machine with a load above ${LOAD_MAX} too` },
});
const { users, authors: authorCount, posts, rounds, seed, anyLoad } = optionsOf(process.argv.slice(2));

function optionsOf(argv: readonly string[]): OptionValues<typeof benchOptions> {
  const program = {
    name: 'scripts/bench/pipeline',
    summary: 'Deliveries per second of the whole message path, beside memcached.',
  };
  try {
    const parsed = parseOptions(program, benchOptions, argv, {});
    if (parsed.kind === 'run') return parsed.values;
    process.stdout.write(parsed.text);
    process.exit(EXIT.ok);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(`${program.name}: ${error.message}\n`);
    process.exit(EXIT.usage);
  }
}

interface Bench {
  readonly house: House;
  readonly authors: readonly Author[];
  readonly graph: readonly PostingAuthor[];
  readonly cache: ReturnType<typeof createVectorCache>;
  readonly append: () => number;
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function prepare(): Promise<Bench> {
  const house = await openHouse();
  const graph = crowd({ users, authors: authorCount, meanFollowers: 75 }, seeded(seed));
  say(`${users} users, ${graph.length} authors; filling timelines`);
  const authors = await seedAuthors(house.mysqlUrl, graph.length);
  const cache = createVectorCache({ serverSet: house.vectors, log: silentLog() });
  await fillTimelines(cache, users);
  await fillFollowers(cache, graph, (index) => (authors[index] as Author).id);
  return { house, authors, graph, cache, append: await appendLoader(house) };
}

/** Compiles the C loader and returns one raw round: appends per second. */
async function appendLoader(house: House): Promise<() => number> {
  const folder = await tempFolder();
  const binary = join(folder, 'append');
  const keys = join(folder, 'keys');
  execFileSync('cc', ['-O2', '-o', binary, join(import.meta.dirname, '../../../bench/append.c')]);
  writeFileSync(keys, Array.from({ length: users }, (_, i) => `home:${userId(i)}`).join('\n'));
  return () => {
    const args = ['127.0.0.1', String(house.memcached.port), keys, String(posts * 75), String(WINDOW)];
    const result = JSON.parse(execFileSync(binary, args, { encoding: 'utf8' })) as Record<string, number>;
    if (result['refused'] !== 0)
      throw new Error(`memcached refused ${String(result['refused'])} raw appends`);
    return (result['appends'] ?? 0) / (result['seconds'] ?? 1);
  };
}

interface RoundResult {
  readonly deliveriesPerSecond: number;
  readonly postsPerSecond: number;
  readonly faults: number;
}

/** The jobs of one round, by the ordinary authors, and how many new entries each user's timeline gets. */
function jobsOf(
  bench: Bench,
  count: number,
  random: () => number,
): { jobs: PostJob[]; expected: Uint32Array } {
  const expected = new Uint32Array(users);
  const jobs: PostJob[] = [];
  for (let n = 0; n < count; n++) {
    const author = bench.graph[Math.floor(random() * (bench.graph.length - 1))] as PostingAuthor;
    for (const follower of author.followers) expected[follower] = (expected[follower] ?? 0) + 1;
    const token = (bench.authors[author.index] as Author).token;
    jobs.push({ token, text: `${n} `.padEnd(TEXT_BYTES, 'murmur ') });
  }
  return { jobs, expected };
}

async function round(bench: Bench, number: number, perSecond?: number): Promise<RoundResult> {
  const { jobs, expected } = jobsOf(bench, posts, seeded(1_000 + number));
  const before = await histogramOf(bench.house, 'fanout', 'murmur_fanout_accept_to_fanned_out_seconds');
  const sinceId = firstIdOf(Date.now());
  const begin = performance.now();
  const startAt = perSecond === undefined ? undefined : (i: number): number => begin + (i * 1000) / perSecond;
  const tally = await postAll(bench.house.edge, jobs, CONNECTIONS, startAt);
  if (tally.failed > 0) say(`  ${tally.failed} posts failed: ${tally.problem ?? ''}`);
  await waitUntilFannedOut(bench.house, before.count + tally.accepted);
  const seconds = (performance.now() - begin) / 1000;
  const arrivals = await countArrivals(bench.cache, expected, sinceId);
  return {
    deliveriesPerSecond: arrivals.arrived / seconds,
    postsPerSecond: tally.accepted / seconds,
    faults: tally.failed + arrivals.lost + arrivals.strange,
  };
}

async function guard(bench: Bench, deliveriesPerSecond: number): Promise<void> {
  const rate = deliveriesPerSecond / 75 / 2;
  const before = await histogramOf(bench.house, 'fanout', 'murmur_fanout_accept_to_fanned_out_seconds');
  const result = await round(bench, 999, rate);
  const after = await histogramOf(bench.house, 'fanout', 'murmur_fanout_accept_to_fanned_out_seconds');
  const p99 = after.since(before).quantileBound(0.99);
  say(
    `guard at half rate (${rate.toFixed(0)} posts/s): p99 post -> last follower <= ${p99 * 1000} ms (goal 500), faults ${result.faults}`,
  );
  const token = (bench.authors.at(-1) as Author).token;
  const begin = performance.now();
  await postAll(bench.house.edge, [{ token, text: 'to everybody' }], 1);
  await waitUntilFannedOut(bench.house, after.count + 1);
  say(`guard, ${users} followers: ${(performance.now() - begin).toFixed(0)} ms to the last (goal 1000)`);
}

async function main(): Promise<void> {
  const busy = tooBusy();
  if (busy !== null && !anyLoad) throw new Error(busy);
  const bench = await prepare();
  const ratios: number[] = [];
  let faults = 0;
  await round(bench, 0);
  for (let n = 1; n <= rounds; n++) {
    const raw = bench.append();
    const cpu = CpuMeter.start(bench.house);
    const ours = await round(bench, n);
    faults += ours.faults;
    if (ours.faults === 0) ratios.push(ours.deliveriesPerSecond / raw);
    say(
      `round ${n}: memcached ${raw.toFixed(0)}/s, Murmur ${ours.deliveriesPerSecond.toFixed(0)} deliveries/s ` +
        `(${ours.postsPerSecond.toFixed(0)} posts/s), ratio ${(ours.deliveriesPerSecond / raw).toFixed(3)}, faults ${ours.faults}`,
    );
    say(`  CPU seconds: ${cpu.report()}`);
    if (n === rounds) await guard(bench, ours.deliveriesPerSecond);
  }
  say(
    `ratio, median of ${ratios.length} rounds: ${median(ratios).toFixed(3)} (goal 0.50); lost, misdelivered or failed: ${faults}`,
  );
  await bench.house.close();
  if (faults > 0) process.exitCode = 1;
}

try {
  await main();
} finally {
  await stopAll();
}
process.exit();
