import { createHttp, createMetrics, silentLog, type ProcessHttp } from '@murmur/service';

const KEY = 'a-cluster-key-of-some-length';
let http: ProcessHttp;
let base: string;
let problem: string | null;
let quits: number;

beforeEach(async () => {
  problem = null;
  quits = 0;
  const metrics = createMetrics();
  metrics.counter('murmur_test_total', 'A test.').inc(3);
  http = createHttp({
    log: silentLog(),
    metrics,
    clusterKey: KEY,
    health: () => problem,
    onQuit: () => quits++,
    onAbort: () => undefined,
  });
  http.app.get('/internal/thing', (_req, res) => res.json({ thing: 1 }));
  base = `http://127.0.0.1:${await http.listen(0, '127.0.0.1')}`;
});

afterEach(() => http.close(0));

describe('the HTTP side of a process', () => {
  it('answers ok while healthy, and 503 with the reason while not', async () => {
    expect(await (await fetch(`${base}/health`)).text()).toBe('ok');
    problem = 'MySQL is away';
    const answer = await fetch(`${base}/health`);
    expect([answer.status, await answer.text()]).toEqual([503, 'MySQL is away']);
  });

  it('exports its metrics and those of Node', async () => {
    const text = await (await fetch(`${base}/metrics`)).text();
    expect(text).toContain('murmur_test_total 3');
    expect(text).toContain('process_cpu_user_seconds_total');
  });

  it.each([undefined, 'Bearer wrong', `Basic ${KEY}`, `Bearer ${KEY}x`])(
    'refuses /internal with authorization %j',
    async (authorization) => {
      const headers = authorization === undefined ? {} : { authorization };
      expect((await fetch(`${base}/internal/thing`, { headers })).status).toBe(401);
    },
  );

  it('serves /internal to a caller with the cluster key', async () => {
    const answer = await fetch(`${base}/internal/thing`, { headers: { authorization: `Bearer ${KEY}` } });
    expect(await answer.json()).toEqual({ thing: 1 });
  });

  it('stops on POST /quitquitquit and not on GET', async () => {
    expect((await fetch(`${base}/quitquitquit`)).status).toBe(404);
    expect(await (await fetch(`${base}/quitquitquit`, { method: 'POST' })).text()).toBe('ok');
    expect(quits).toBe(1);
  });
});
