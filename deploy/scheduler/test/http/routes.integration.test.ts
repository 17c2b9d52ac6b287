/** Each route of the contract, on the real state: what it answers has the shape that the contract says. */
import type {
  AgentShape,
  CapacityShape,
  DiffShape,
  InstanceShape,
  JobShape,
  TaskShape,
} from '@murmur/scheduler-api';
import { ROUTES, type Route, type RouteId } from '@murmur/scheduler-api';
import { jobOf } from '../state/world.js';
import { checked, offerOf, startApi, TOO_LITTLE, type Reply, type TestApi } from './api-world.js';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const WEB = '/api/v1/jobs/www/prod/web';
const list = <T>(id: RouteId, reply: Reply): T[] => (checked(id, reply.json) as { items: T[] }).items;

/** Three instances run, of other jobs one waits. */
function settle(): void {
  api.world.seen('a1');
  api.world.create();
  api.world.start();
  api.world.create({ name: 'api', instances: 2 });
}

describe('every route', () => {
  const bodies: Partial<Record<RouteId, () => unknown>> = {
    createJob: () => ({ job: jobOf({ name: 'new' }), reason: 'launch day' }),
    kill: () => ({ instances: '0' }),
    restart: () => ({}),
    add: () => ({ instance: 0, count: 1 }),
    scale: () => ({ instances: 2 }),
    diff: () => ({ job: jobOf() }),
    capacity: () => ({ resources: { cpus: 1 } }),
    reconcile: () => ({ kind: 'explicit' }),
  };
  const ids = (Object.keys(ROUTES) as RouteId[]).filter((id) => id !== 'events');

  it.each(ids)('%s answers in its shape', async (id) => {
    settle();
    api.world.held = [offerOf('a1')];
    api.world.refusal = TOO_LITTLE;
    const { method, path }: Route = ROUTES[id];
    const values: Record<string, string> = { role: 'www', environment: 'prod', name: 'web', instance: '0' };
    values['id'] = path.includes('/agents/') ? 'a1' : api.world.task().id;
    const url = path.replaceAll(/:(\w+)/g, (_, name: string) => values[name] ?? '');
    const reply = method === 'get' ? await api.get(url) : await api.post(url, bodies[id]?.() ?? {});
    expect([reply.status, reply.error]).toEqual([200, '']);
    expect(() => checked(id, reply.json)).not.toThrow();
  });
});

describe('lists', () => {
  it('give a part and the number of all', async () => {
    settle();
    const reply = await api.get('/api/v1/tasks?offset=1&limit=2');
    expect(reply.json).toMatchObject({ total: 5 });
    const items = list<TaskShape>('tasks', reply);
    expect(items.map(({ job, instance }) => `${job.name} ${instance}`)).toEqual(['api 1', 'web 0']);
  });

  it.each([
    ['role=w*', ['api', 'web']],
    ['name=?eb', ['web']],
    ['environment=devel', []],
    ['role=www&name=a*i', ['api']],
    ['active=false', []],
    ['active=true&limit=1', ['api']],
  ])('of jobs are filtered by %s', async (query, names) => {
    settle();
    const items = list<JobShape>('jobs', await api.get(`/api/v1/jobs?${query}`));
    expect(items.map(({ job }) => job.name)).toEqual(names);
  });

  it.each([
    ['state=PENDING', 2],
    ['state=PENDING,RUNNING', 5],
    ['agent=a1', 3],
    ['agent=host-a1&name=web', 3],
    ['agent=nobody', 0],
    ['active=false', 0],
  ])('of tasks are filtered by %s', async (query, count) => {
    settle();
    expect((await api.get(`/api/v1/tasks?${query}`)).json).toMatchObject({ total: count });
  });

  it('of audit entries go on before an id, the newest first', async () => {
    settle();
    const all = list<{ id: string; target: string }>('audit', await api.get('/api/v1/audit'));
    expect(all.map(({ target }) => target)).toEqual(['www/prod/api', 'www/prod/web']);
    const more = list('audit', await api.get(`/api/v1/audit?limit=5&before=${all[0]!.id}`));
    expect(more).toEqual([all[1]]);
  });
});

describe('what is shown', () => {
  it('of a job are its groups and its tasks, active ones first', async () => {
    settle();
    api.world.update(api.world.task(1).id, 'finished');
    const job = checked('job', (await api.get(WEB)).json) as JobShape;
    expect(job).toMatchObject({ active: 3, running: 2, kind: 'service', resources: { cpus: 1.5 } });
    expect(job.groups).toMatchObject([{ instances: '0-2', count: 3, job: { name: 'web' } }]);
    expect(job.tasks.map(({ instance, active }) => [instance, active])).toEqual([
      [0, true],
      [1, true],
      [2, true],
      [1, false],
    ]);
  });

  it('of an instance are its run and its history', async () => {
    settle();
    api.world.update(api.world.task(1).id, 'failed', { message: 'exit 3' });
    const instance = checked('instance', (await api.get(`${WEB}/instances/1`)).json) as InstanceShape;
    expect(instance.active?.ancestorId).toBe(instance.history[0]?.id);
    expect(instance.history).toMatchObject([{ state: 'FAILED', message: 'exit 3', active: false }]);
  });

  it('of an agent are its speed, its room and what tasks with their executors hold of it', async () => {
    api.world.seen('a1', { attributes: new Map([['speed', ['100', '150', '50']]]) });
    api.world.create();
    api.world.start();
    api.world.held = [offerOf('a1')];
    const agent = checked('agent', (await api.get('/api/v1/agents/a1')).json) as AgentShape;
    expect(agent).toMatchObject({ speed: 150, used: { cpus: 1.8, memMb: 288 }, offered: { cpus: 2 } });
    expect(agent.tasks).toHaveLength(3);
  });

  it('says why a task is pending, in the task too', async () => {
    settle();
    api.world.refusal = TOO_LITTLE;
    const [task] = list<TaskShape>('tasks', await api.get('/api/v1/tasks?name=api'));
    const why = await api.get('/api/v1/jobs/www/prod/api/instances/0/why');
    expect(task?.pendingReason).toContain('of 3 agents, 2 have too little free');
    expect((why.json as { sentence: string }).sentence).toContain(task?.pendingReason);
  });

  it('answers why for what was never there', async () => {
    const reply = await api.get('/api/v1/jobs/www/prod/none/instances/7/why');
    expect(reply.json).toMatchObject({
      state: null,
      sentence: expect.stringContaining('www/prod/none/7 was never created'),
    });
  });
});

describe('a diff', () => {
  it('says what would change, by instance', async () => {
    settle();
    const job = jobOf({ instances: 4, priority: 7 });
    const diff = checked('diff', (await api.post(`${WEB}/diff`, { job })).json) as DiffShape;
    expect(diff).toMatchObject({ same: false, remove: [], unchanged: [] });
    expect(diff.add).toMatchObject([{ instances: '3', from: null, to: { priority: 7 } }]);
    expect(diff.update).toMatchObject([{ instances: '0-2', from: { priority: 0 }, to: { priority: 7 } }]);
  });

  it('is of the instances that are named, where some are', async () => {
    settle();
    const diff = (await api.post(`${WEB}/diff`, { job: jobOf({ priority: 7 }), instances: '1' })).json;
    expect(diff).toMatchObject({ update: [{ instances: '1', count: 1 }], add: [], unchanged: [] });
  });

  it('is of one job', async () => {
    const reply = await api.post(`${WEB}/diff`, { job: jobOf({ name: 'other' }) });
    expect(reply.error).toBe("bad-request: the body's job is www/prod/other, the path's is www/prod/web");
  });
});

describe('a capacity', () => {
  it('is counted up to what is asked', async () => {
    const reply = await api.post('/api/v1/capacity', { resources: { cpus: 1, memMb: 64 }, max: 3 });
    expect(reply.json).toMatchObject({ job: null, count: 3, max: 3, stoppedBy: null, needs: { cpus: 1 } });
  });

  it('says what stops the next instance of a job', async () => {
    settle();
    const capacity = checked('jobCapacity', (await api.get(`${WEB}/capacity`)).json) as CapacityShape;
    expect(capacity).toMatchObject({ count: 8, job: { name: 'web' }, counts: { resource: 2, dedicated: 1 } });
    expect(capacity.stoppedBy).toContain('nearest is agent-b');
  });

  it('is of a job that is not there yet, too', async () => {
    const reply = await api.post('/api/v1/capacity', { job: jobOf({ name: 'later' }) });
    expect(reply.json).toMatchObject({ count: 8, job: { name: 'later' } });
  });
});

describe('changes', () => {
  it('are answered with what they touched, and go to the scheduler with who and why', async () => {
    const created = await api.post('/api/v1/jobs', { job: jobOf(), reason: 'launch day' });
    expect(created.json).toMatchObject({
      instances: '0-2',
      count: 3,
      job: { cluster: 'local', name: 'web' },
    });
    const killed = await api.post(`${WEB}/kill`, { instances: '0,2', reason: 'too many' });
    expect(killed.json).toMatchObject({ instances: '0,2', count: 2 });
    expect(api.world.done).toEqual([
      'create by anonymous because launch day',
      'kill by anonymous because too many',
    ]);
    expect(api.world.active().map(({ instance }) => instance)).toEqual([1]);
  });

  it('bring a job to a size, add to it and restart it', async () => {
    settle();
    expect((await api.post(`${WEB}/scale`, { instances: 5 })).json).toMatchObject({ instances: '3-4' });
    expect((await api.post(`${WEB}/add`, { instance: 0, count: 2 })).json).toMatchObject({ count: 2 });
    expect((await api.post(`${WEB}/restart`, { instances: '0' })).json).toMatchObject({ instances: '0' });
    expect(api.world.task(0).state).toBe('RESTARTING');
  });

  it('that the scheduler refuses come with its code', async () => {
    settle();
    const twice = await api.post('/api/v1/jobs', { job: jobOf() });
    expect([twice.status, twice.error.split(':')[0]]).toEqual([409, 'job-exists']);
    api.world.neverFits = 'no agent has 1000 CPUs';
    const never = await api.post('/api/v1/jobs', { job: jobOf({ name: 'huge' }) });
    expect([never.status, never.error]).toEqual([422, expect.stringContaining('no agent has 1000 CPUs')]);
    expect(api.world.active('www/prod/huge')).toEqual([]);
  });

  it('that the scheduler cannot take now may be tried again', async () => {
    api.world.failure = Object.assign(new Error('still reading'), { code: 'not-ready' });
    const reply = await api.post('/api/v1/jobs', { job: jobOf() });
    expect([reply.status, reply.error]).toEqual([503, 'not-ready: still reading']);
    expect(reply.headers.get('retry-after')).toBe('1');
  });

  it('that end in an error of the program say no more than that', async () => {
    api.world.failure = new Error('secret detail');
    const reply = await api.post('/api/v1/jobs', { job: jobOf() });
    expect(reply.status).toBe(500);
    expect(reply.text).not.toContain('secret');
  });
});
