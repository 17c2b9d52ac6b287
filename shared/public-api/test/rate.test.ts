import { rateVerdict, rateWindow } from '../src/rate-core.js';
import { authenticate, rateLimit } from '../src/index.js';
import { memoryRows, serve, tokenStore, type MemoryRows, type TestApi } from './memory.js';

const NOW = Date.UTC(2026, 10, 21, 22, 1, 30);

describe('the rate limit', () => {
  let rows: MemoryRows;
  let api: TestApi;
  const now = () => NOW;

  beforeEach(async () => {
    rows = memoryRows();
    const auth = authenticate({ rows, store: tokenStore([]) });
    api = await serve((app) => {
      app.use(auth, rateLimit({ rows, limit: 2, windowSeconds: 60, now }));
      app.get('/x', (_req, res) => void res.json({}));
    });
  });
  afterEach(() => api.stop());

  it('windows are aligned to the clock', () => {
    expect(rateWindow(NOW, 60)).toEqual({ number: Math.floor(NOW / 60_000), endsAtMs: NOW + 30_000 });
  });

  it('sends the three headers on every answer, and 429 with Retry-After past the limit', async () => {
    const remaining: (string | null)[] = [];
    for (let i = 0; i < 2; i++) {
      const answer = await fetch(`${api.url}/x`);
      expect(answer.status).toBe(200);
      remaining.push(answer.headers.get('x-ratelimit-remaining'));
    }
    expect(remaining).toEqual(['1', '0']);
    const refused = await fetch(`${api.url}/x`);
    expect(refused.status).toBe(429);
    expect(await refused.json()).toEqual({ error: 'Too many requests' });
    expect(refused.headers.get('x-ratelimit-limit')).toBe('2');
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(refused.headers.get('x-ratelimit-reset')).toBe('2026-11-21T22:02:00.000Z');
    expect(refused.headers.get('retry-after')).toBe('30');
  });

  it('counts per client address behind the edge', async () => {
    const from = (address: string) => fetch(`${api.url}/x`, { headers: { 'x-forwarded-for': address } });
    for (let i = 0; i < 3; i++) await from('10.0.0.1');
    expect((await from('10.0.0.1')).status).toBe(429);
    expect((await from('10.0.0.2')).status).toBe(200);
  });

  it('an unknown route counts too, and carries the headers', async () => {
    const answer = await fetch(`${api.url}/nowhere`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('1');
  });

  it('lets everybody through while the cache is away', async () => {
    rows.away = true;
    for (let i = 0; i < 4; i++) expect((await fetch(`${api.url}/x`)).status).toBe(200);
  });

  it('the verdict allows exactly the limit', () => {
    const window = rateWindow(NOW, 60);
    expect(rateVerdict(2, 2, window, NOW).allowed).toBe(true);
    expect(rateVerdict(3, 2, window, NOW).allowed).toBe(false);
    expect(rateVerdict(null, 2, window, NOW)).toMatchObject({
      allowed: true,
      headers: { 'X-RateLimit-Remaining': '2' },
    });
  });
});
