/**
 * What was accepted, what arrived where, and what follows from it. Pure. Authors and readers are account indexes;
 * ids are decimal strings as the API sends them.
 */
import type { Graph } from './graph-core.js';
import { Histogram } from './histogram-core.js';

interface Post {
  readonly author: number;
  readonly sentAtMs: number;
}

/** Of one place where statuses should be: each exactly once. */
export interface Check {
  readonly expected: number;
  readonly lost: number;
  readonly duplicated: number;
  /** There, though the reader does not follow the author. */
  readonly strayed: number;
}

export const NO_CHECK: Check = { expected: 0, lost: 0, duplicated: 0, strayed: 0 };

export function addChecks(a: Check, b: Check): Check {
  return {
    expected: a.expected + b.expected,
    lost: a.lost + b.lost,
    duplicated: a.duplicated + b.duplicated,
    strayed: a.strayed + b.strayed,
  };
}

export class Tally {
  readonly #graph: Graph;
  readonly #sample: readonly number[];
  /** Sampled readers of each author, the author himself included when he is sampled. */
  readonly #readersOf: readonly ReadonlySet<number>[];
  readonly #posts = new Map<string, Post>();
  readonly #byAuthor = new Map<number, string[]>();
  readonly #arrivals = new Map<number, Map<string, number>>();
  /** Arrivals of statuses whose answer has not come yet: a reader may be faster than the author. */
  readonly #early = new Map<string, number[]>();
  readonly latencies = new Histogram();
  #homeDeliveries = 0;
  #screenDeliveries = 0;
  /** Expected arrivals that have not happened. */
  #awaited = 0;

  constructor(graph: Graph, sample: readonly number[]) {
    this.#graph = graph;
    this.#sample = sample;
    const sampled = new Set(sample);
    this.#readersOf = graph.followers.map(
      (followers, author) => new Set([...followers, author].filter((account) => sampled.has(account))),
    );
    for (const reader of sample) this.#arrivals.set(reader, new Map());
  }

  get accepted(): number {
    return this.#posts.size;
  }

  /** One per follower of each accepted status. */
  get homeDeliveries(): number {
    return this.#homeDeliveries;
  }

  get screenDeliveries(): number {
    return this.#screenDeliveries;
  }

  get awaited(): number {
    return this.#awaited;
  }

  /** The server said 200. Returns the latencies, ms, of readers who had it before. */
  posted(id: string, author: number, sentAtMs: number): number[] {
    if (this.#posts.has(id)) return [];
    this.#posts.set(id, { author, sentAtMs });
    const own = this.#byAuthor.get(author);
    if (own === undefined) this.#byAuthor.set(author, [id]);
    else own.push(id);
    this.#homeDeliveries += this.#graph.followers[author]?.length ?? 0;
    for (const reader of this.#readersOf[author] ?? [])
      if (!this.#arrivals.get(reader)?.has(id)) this.#awaited += 1;
    const latencies = (this.#early.get(id) ?? []).map((atMs) => atMs - sentAtMs);
    this.#early.delete(id);
    for (const ms of latencies) this.latencies.add(ms);
    return latencies;
  }

  /** A sampled reader's screen shows it. Returns the latency, ms, when it is known already. */
  arrived(reader: number, id: string, atMs: number): number | null {
    const arrivals = this.#arrivals.get(reader);
    if (arrivals === undefined) return null;
    this.#screenDeliveries += 1;
    const times = (arrivals.get(id) ?? 0) + 1;
    arrivals.set(id, times);
    if (times > 1) return null;
    const post = this.#posts.get(id);
    if (post === undefined) {
      this.#early.set(id, [...(this.#early.get(id) ?? []), atMs]);
      return null;
    }
    if (this.#readersOf[post.author]?.has(reader) === true) this.#awaited -= 1;
    this.latencies.add(atMs - post.sentAtMs);
    return atMs - post.sentAtMs;
  }

  /** All streams of the sample. */
  streams(): Check {
    return this.#sample
      .map((reader) => this.#check(this.#arrivals.get(reader) ?? new Map(), this.#homeOf(reader)))
      .reduce(addChecks, NO_CHECK);
  }

  /** One home timeline as read, all pages. */
  home(reader: number, ids: readonly string[]): Check {
    return this.#check(timesOf(ids), this.#homeOf(reader));
  }

  /** One author's own timeline. */
  authorTimeline(author: number, ids: readonly string[]): Check {
    return this.#check(timesOf(ids), new Set([author]));
  }

  /** How many statuses a home should hold. */
  expectedAtHome(reader: number): number {
    return this.#check(new Map(), this.#homeOf(reader)).expected;
  }

  /** Authors with at least one accepted status. */
  authors(): number[] {
    return [...this.#byAuthor.keys()];
  }

  #homeOf(reader: number): Set<number> {
    return new Set([...(this.#graph.following[reader] ?? []), reader]);
  }

  /** A status that no 200 was seen for may be there or not, but not twice. */
  #check(times: ReadonlyMap<string, number>, authors: ReadonlySet<number>): Check {
    let [expected, lost, duplicated, strayed] = [0, 0, 0, 0];
    for (const author of authors) {
      const own = this.#byAuthor.get(author) ?? [];
      expected += own.length;
      for (const id of own) if (!times.has(id)) lost += 1;
    }
    for (const [id, n] of times) {
      duplicated += n - 1;
      const post = this.#posts.get(id);
      if (post !== undefined && !authors.has(post.author)) strayed += 1;
    }
    return { expected, lost, duplicated, strayed };
  }
}

function timesOf(ids: readonly string[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const id of ids) times.set(id, (times.get(id) ?? 0) + 1);
  return times;
}
