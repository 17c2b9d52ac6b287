/** What the demo says: one line a second, and the table at the end. */
import type { Histogram } from './histogram-core.js';
import type { Check } from './tally-core.js';

/** Of the last second; counts are not sums. */
export interface Second {
  readonly second: number;
  readonly of: number;
  readonly posts: number;
  readonly deliveries: number;
  readonly latencies: Histogram;
  /** Since the start. */
  readonly errors: number;
}

const milliseconds = (value: number | null): string =>
  value === null ? '-' : `${value.toFixed(value < 100 ? 1 : 0)} ms`;

export function secondLine({ second, of, posts, deliveries, latencies, errors }: Second): string {
  return [
    `${String(second).padStart(4)}/${of} s`,
    `posts ${String(posts).padStart(4)}/s`,
    `deliveries ${String(deliveries).padStart(6)}/s`,
    `post->screen p50 ${milliseconds(latencies.percentile(0.5)).padStart(8)}`,
    `p99 ${milliseconds(latencies.percentile(0.99)).padStart(8)}`,
    `errors ${errors}`,
  ].join('  ');
}

export interface Summary {
  readonly seconds: number;
  readonly posts: number;
  readonly homeDeliveries: number;
  readonly screenDeliveries: number;
  readonly latencies: Histogram;
  readonly streams: Check;
  readonly homes: Check;
  readonly authors: Check;
  readonly unread: number;
  readonly drops: number;
  readonly gaps: number;
  /** Reason to number: posts that failed. */
  readonly failures: ReadonlyMap<string, number>;
  /** Reason to number: attempts that were followed by another. */
  readonly retries: ReadonlyMap<string, number>;
}

/** Nothing lost, nothing doubled, nothing where it does not belong, and all of it looked at. */
export function isClean({ streams, homes, authors, unread, posts }: Summary): boolean {
  const faults = [streams, homes, authors].map(
    ({ lost, duplicated, strayed }) => lost + duplicated + strayed,
  );
  return posts > 0 && unread === 0 && faults.every((n) => n === 0);
}

export function summaryText(summary: Summary): string {
  const { seconds, posts, homeDeliveries, screenDeliveries, latencies } = summary;
  const perSecond = (n: number): string => `${(n / seconds).toFixed(1)}/s`;
  const row = (name: string, ...cells: (string | number)[]): string =>
    `  ${name.padEnd(26)}${cells.map((cell) => String(cell).padStart(12)).join('')}`.trimEnd();
  const place = (name: string, { expected, lost, duplicated, strayed }: Check): string =>
    row(name, expected, lost, duplicated, strayed);
  return [
    row('posts accepted', posts, perSecond(posts)),
    row('deliveries to homes', homeDeliveries, perSecond(homeDeliveries)),
    row('deliveries to screens', screenDeliveries, perSecond(screenDeliveries)),
    row(
      'post -> screen',
      `p50 ${milliseconds(latencies.percentile(0.5))}`,
      `  p99 ${milliseconds(latencies.percentile(0.99))}`,
      `  max ${milliseconds(latencies.count === 0 ? null : latencies.max)}`,
    ),
    row('streams', `${summary.drops} dropped`, `${summary.gaps} gaps`),
    row('posts failed', countsText(summary.failures)),
    row('attempts repeated', countsText(summary.retries)),
    row('timelines unreadable', summary.unread),
    '',
    row('where', 'expected', 'lost', 'duplicated', 'strayed'),
    place('screens of the sample', summary.streams),
    place('homes of the sample', summary.homes),
    place('timelines of all authors', summary.authors),
    '',
    verdict(summary),
  ].join('\n');
}

function verdict(summary: Summary): string {
  if (isClean(summary)) return 'Nothing lost, nothing duplicated.';
  if (summary.posts === 0) return 'FAILED: no post was accepted.';
  return 'FAILED: see the table.';
}

function countsText(counts: ReadonlyMap<string, number>): string {
  return counts.size === 0 ? '0' : [...counts].map(([reason, n]) => `${n} (${reason})`).join(', ');
}
