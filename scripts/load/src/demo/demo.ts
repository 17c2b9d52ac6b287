/** The demo from end to end: accounts, follows, screens, posts, and the count at the end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openHttp, type Http } from '../http.js';
import { openApi, type Api } from './api.js';
import { sampleOf, zipfGraph, type Graph } from './graph-core.js';
import { Histogram } from './histogram-core.js';
import type { DemoOptions } from './options-core.js';
import { postAll } from './poster.js';
import { StreamReader } from './reader.js';
import { isClean, secondLine, summaryText, type Summary } from './report-core.js';
import { followAll, registerAll, type Person, type Progress } from './setup.js';
import { statusIdOf } from './sse-core.js';
import { Tally } from './tally-core.js';
import { readTexts } from './texts.js';
import { verifyAuthors, verifyHomes } from './verify.js';

/** Screens held open; far below the limit of open files. */
export const SAMPLE_MAX = 200;
const EVERY_MS = 50;

/** How long the demo waits, ms. */
export interface Patience {
  /** For the screens to open. */
  readonly openMs: number;
  /** For the last deliveries. */
  readonly stragglersMs: number;
  /** For repeats after the last delivery: one would come soon after the first, or with a catch-up. */
  readonly repeatsMs: number;
}

export const PATIENCE: Patience = { openMs: 30_000, stragglersMs: 20_000, repeatsMs: 3_000 };

/** Where the demo shows itself: `status` replaces the line before it where that is possible, `line` stays. */
export interface Screen {
  status(text: string): void;
  line(text: string): void;
}

/** True when nothing was lost or duplicated. Rejects with an ApiFailure when Murmur cannot be used at all. */
export async function runDemo(options: DemoOptions, screen: Screen, patience = PATIENCE): Promise<boolean> {
  const http = openHttp();
  const run = Date.now().toString(36);
  const retries = new Map<string, number>();
  const api = openApi(http, options.url, { onRetry: (reason) => count(retries, reason) });
  const progress: Progress = (what, done, of) => {
    if (done === of) screen.line(`${what}: ${of}`);
    else if (done % 25 === 0) screen.status(`${what}: ${done} of ${of}`);
  };
  const demo: Demo = {
    ...{ options, screen, http, api, run, retries, progress },
    ...(await prepared(options, api, run, progress)),
  };
  const readers = openScreens(demo);
  try {
    await until(() => readers.every((reader) => reader.isOpen), patience.openMs);
    screen.line(`screens open: ${readers.filter((reader) => reader.isOpen).length} of ${readers.length}`);
    const tookSeconds = await post(demo);
    await until(() => demo.tally.awaited <= 0, patience.stragglersMs);
    await sleep(patience.repeatsMs);
    const summary = await verified(demo, tookSeconds);
    screen.line(`\n${summaryText(summary)}`);
    return isClean(summary);
  } finally {
    for (const reader of readers) reader.stop();
    await http.close();
  }
}

interface Demo {
  readonly options: DemoOptions;
  readonly screen: Screen;
  readonly http: Http;
  readonly api: Api;
  readonly run: string;
  readonly retries: Map<string, number>;
  readonly progress: Progress;
  readonly people: readonly Person[];
  readonly sample: readonly number[];
  readonly tally: Tally;
  readonly live: Live;
}

/** Counted since the last line. */
interface Live {
  latencies: Histogram;
  readonly failures: Map<string, number>;
  failed: number;
  drops: number;
  gaps: number;
}

type Prepared = Pick<Demo, 'people' | 'sample' | 'tally' | 'live'>;

async function prepared(
  { accounts }: DemoOptions,
  api: Api,
  run: string,
  progress: Progress,
): Promise<Prepared> {
  await api.must('GET', '/api/v1/instance');
  const graph: Graph = zipfGraph(accounts, Math.random);
  const people = await registerAll(api, accounts, run, progress);
  await followAll(api, people, graph, progress);
  const sample = sampleOf(accounts, SAMPLE_MAX);
  const live = {
    latencies: new Histogram(),
    failures: new Map<string, number>(),
    failed: 0,
    drops: 0,
    gaps: 0,
  };
  return { people, sample, tally: new Tally(graph, sample), live };
}

/** They begin above the newest account: ids of accounts and statuses come from one sequence. */
function openScreens(demo: Demo): StreamReader[] {
  const { people, sample, tally, live, http, options } = demo;
  const since = people.map((person) => BigInt(person.id)).reduce((a, b) => (a > b ? a : b), 0n);
  return sample.map((account, i) => {
    const reader = new StreamReader({
      ...{ kind: i % 2 === 0 ? 'sse' : 'ws', http, origin: options.url },
      ...{ token: people[account]?.token ?? '', since: String(since) },
      hooks: {
        onStatus: (data, atMs) => {
          const id = statusIdOf(data);
          const latency = id === null ? null : tally.arrived(account, id, atMs);
          if (latency !== null) live.latencies.add(latency);
        },
        onGap: () => (live.gaps += 1),
        onDrop: () => (live.drops += 1),
      },
    });
    reader.start();
    return reader;
  });
}

/** Returns the seconds it took, the last answer included. */
async function post(demo: Demo): Promise<number> {
  const { api, people, run, options, tally, live, screen } = demo;
  const texts = await readTexts();
  const startMs = performance.now();
  const before = { posts: 0, deliveries: 0, second: 0 };
  const ticker = setInterval(() => {
    const [posts, deliveries] = [tally.accepted, tally.homeDeliveries + tally.screenDeliveries];
    before.second += 1;
    const delta = { posts: posts - before.posts, deliveries: deliveries - before.deliveries };
    screen.status(
      secondLine({
        second: before.second,
        of: options.seconds,
        ...delta,
        latencies: live.latencies,
        errors: live.failed,
      }),
    );
    Object.assign(before, { posts, deliveries });
    live.latencies = new Histogram();
  }, 1_000);
  try {
    await postAll({
      ...{ api, people, texts, run, rate: options.rate, seconds: options.seconds },
      hooks: {
        onAccepted: (id, author, sentAtMs) => {
          for (const ms of tally.posted(id, author, sentAtMs)) live.latencies.add(ms);
        },
        onFailed: (reason) => {
          live.failed += 1;
          count(live.failures, reason);
        },
      },
    });
  } finally {
    clearInterval(ticker);
  }
  return (performance.now() - startMs) / 1_000;
}

async function verified(demo: Demo, seconds: number): Promise<Summary> {
  const { api, people, sample, tally, live, progress, retries } = demo;
  const homes = await verifyHomes(api, people, sample, tally, progress);
  const authors = await verifyAuthors(api, people, tally, progress);
  return {
    ...{ seconds, posts: tally.accepted, latencies: tally.latencies, streams: tally.streams() },
    ...{ homeDeliveries: tally.homeDeliveries, screenDeliveries: tally.screenDeliveries },
    ...{ homes: homes.check, authors: authors.check, unread: homes.unread + authors.unread },
    ...{ drops: live.drops, gaps: live.gaps, failures: live.failures, retries },
  };
}

function count(counts: Map<string, number>, reason: string): void {
  counts.set(reason, (counts.get(reason) ?? 0) + 1);
}

async function until(condition: () => boolean, timeoutMs: number): Promise<void> {
  for (const end = performance.now() + timeoutMs; !condition() && performance.now() < end;)
    await sleep(EVERY_MS);
}
