/** Aurora's own endpoints. */
import { PAGES } from '../../src/http/pages-core.js';
import { offerOf, startApi, TOO_LITTLE, type TestApi } from './api-world.js';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
  api.world.seen('a1', { url: 'http://host-a1:5051' });
  api.world.create();
  api.world.start();
});
afterEach(() => api.close());

describe("Aurora's endpoints", () => {
  it('list offers as the engine names them', async () => {
    api.world.held = [offerOf('a1')];
    expect((await api.get('/offers')).json).toMatchObject([
      {
        id: 'offer-a1',
        framework_id: 'fw-1',
        agent_id: 'a1',
        hostname: 'host-a1',
        resources: expect.arrayContaining([{ name: 'ports', type: 'RANGES', ranges: ['31000-31099'] }]),
        attributes: [{ name: 'rack', values: ['r1'] }],
      },
    ]);
  });

  it('show agents as JSON to programs, and as a table to browsers', async () => {
    const json = await api.get('/agents');
    expect(json.json).toMatchObject({ agents: [{ id: 'a1', tasks: [{}, {}, {}] }] });
    const page = await api.get('/agents', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.text).toContain('<a href="http://host-a1:5051">host-a1</a>');
    expect((await api.get('/slaves')).headers.get('location')).toBe('/agents');
  });

  it('escape what agents call themselves', async () => {
    api.world.seen('a2', { host: '<script>', attributes: new Map([['x', ['"&']]]) });
    const page = await api.get('/agents', { accept: 'text/html' });
    expect(page.text).not.toContain('<script>');
    expect(page.text).toContain('&#60;script&#62;');
  });

  it('say what is pending', async () => {
    api.world.refusal = TOO_LITTLE;
    api.world.create({ name: 'api', instances: 1 });
    expect((await api.get('/pendingtasks')).json).toMatchObject([
      {
        name: 'www/prod/api',
        penaltyMs: 1000,
        taskIds: [expect.stringContaining('www-prod-api-0')],
        reason: expect.stringContaining('insufficient cpu'),
      },
    ]);
  });

  it('give the state, the quotas, the tiers and the maintenance', async () => {
    expect((await api.get('/state')).json).toMatchObject({
      taskConfigs: [{ job: 'www/prod/web', instances: '0-2', config: { name: 'web' } }],
      agents: [{ id: 'a1' }],
    });
    expect((await api.get('/quotas')).json).toEqual({});
    expect((await api.get('/tiers')).json).toMatchObject({
      tiers: expect.arrayContaining([expect.objectContaining({ name: 'preferred' })]),
    });
    expect((await api.get('/maintenance')).json).toEqual({ DRAINED: [], SCHEDULED: [], DRAINING: {} });
  });

  it('lead to the page of an instance, with path and query', async () => {
    const bare = await api.get('/mname/www/prod/web/0');
    expect([bare.status, bare.headers.get('location')]).toEqual([307, 'http://host-a1:31000/']);
    const more = await api.get('/mname/www/prod/web/0/a%2Fb/c?d=1');
    expect(more.headers.get('location')).toBe('http://host-a1:31000/a%2Fb/c?d=1');
    expect((await api.get('/mname/www/prod/web/9')).status).toBe(404);
    expect((await api.get('/mname/www/prod/web/x')).status).toBe(400);
  });

  it('count', async () => {
    const text = (await api.get('/vars')).text;
    expect(text).toMatch(/^uptime_secs 0$/m);
    expect(text).toMatch(/^outstanding_offers 0$/m);
    expect((await api.get('/vars.json')).json).toMatchObject({ jvm_uptime_secs: 0, outstanding_offers: 0 });
  });

  it('are all there, and the index names them', async () => {
    const index = (await api.get('/')).text;
    for (const path of Object.keys(PAGES)) {
      expect(index).toContain(path);
      const real = path.replace('{role}/{environment}/{name}/{instance}', 'www/prod/web/0');
      expect([real, [200, 301, 307].includes((await api.get(real)).status)]).toEqual([real, true]);
    }
  });
});

describe('requests', () => {
  it('are counted by pattern and status', async () => {
    await api.get('/api/v1/jobs/www/prod/web');
    await api.get('/api/v1/jobs/www/prod/none');
    const text = (await api.get('/metrics')).text;
    const route = 'route="/api/v1/jobs/:role/:environment/:name"';
    expect(text).toContain(`murmur_scheduler_api_requests_total{${route},status="200"} 1`);
    expect(text).toContain(`murmur_scheduler_api_requests_total{${route},status="404"} 1`);
  });
});
