import { Histogram } from '../../src/demo/histogram-core.js';
import { isClean, secondLine, summaryText, type Summary } from '../../src/demo/report-core.js';
import { nextPage } from '../../src/demo/verify.js';

const latencies = new Histogram();
for (const ms of [5, 10, 15]) latencies.add(ms);
const fine = { expected: 9, lost: 0, duplicated: 0, strayed: 0 };
const SUMMARY: Summary = {
  seconds: 2,
  posts: 100,
  homeDeliveries: 1_000,
  screenDeliveries: 200,
  latencies,
  streams: fine,
  homes: fine,
  authors: fine,
  unread: 0,
  drops: 1,
  gaps: 0,
  failures: new Map([['post: HTTP 503', 2]]),
  retries: new Map(),
};

describe('the report', () => {
  it('shows a second in one line', () => {
    expect(secondLine({ second: 3, of: 60, posts: 50, deliveries: 640, latencies, errors: 1 })).toBe(
      '   3/60 s  posts   50/s  deliveries    640/s  post->screen p50  10.1 ms  p99  15.0 ms  errors 1',
    );
    expect(
      secondLine({ second: 3, of: 60, posts: 0, deliveries: 0, latencies: new Histogram(), errors: 0 }),
    ).toContain('p50        -');
  });

  it('sums up', () => {
    const text = summaryText(SUMMARY);
    expect(text).toMatch(/posts accepted +100 +50\.0\/s/);
    expect(text).toMatch(/deliveries to homes +1000 +500\.0\/s/);
    expect(text).toContain('2 (post: HTTP 503)');
    expect(text).toContain('Nothing lost, nothing duplicated.');
  });

  it.each<[string, Partial<Summary>]>([
    ['a status is lost', { homes: { ...fine, lost: 1 } }],
    ['a status is duplicated', { streams: { ...fine, duplicated: 1 } }],
    ['a status strays', { authors: { ...fine, strayed: 1 } }],
    ['a timeline cannot be read', { unread: 1 }],
    ['nothing was accepted', { posts: 0 }],
  ])('fails when %s', (_, change) => {
    expect(isClean({ ...SUMMARY, ...change })).toBe(false);
    expect(summaryText({ ...SUMMARY, ...change })).toContain('FAILED');
  });

  it('does not fail for posts that were refused: they were not accepted', () => {
    expect(isClean(SUMMARY)).toBe(true);
  });
});

describe('the next page', () => {
  it('is where Link says', () => {
    const link =
      '<http://h:1/api/v1/timelines/home?limit=40&max_id=7>; rel="next", <http://h:1/x?min_id=9>; rel="prev"';
    expect(nextPage(link)).toBe('/api/v1/timelines/home?limit=40&max_id=7');
  });

  it.each(['', '<http://h/x?min_id=9>; rel="prev"', '<nonsense>; rel="next"'])('is none for %s', (link) => {
    expect(nextPage(link)).toBeNull();
  });
});
