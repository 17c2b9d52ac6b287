/** What cannot be used is refused by name, and changes nothing. */
import { request } from 'node:http';
import { jobOf } from '../state/world.js';
import { BODY_BYTES_MAX } from '../../src/http/api.js';
import { startApi, type TestApi } from './api-world.js';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
  api.world.create();
});
afterEach(() => api.close());

const WEB = '/api/v1/jobs/www/prod/web';

describe('a query', () => {
  it.each([
    [
      '/api/v1/jobs?colour=red',
      'the query has no parameter "colour"; allowed are role, environment, name, active',
    ],
    ['/api/v1/cluster?x=1', 'the query has no parameter "x"; none is allowed'],
    ['/api/v1/jobs?limit=0', "the query's limit: "],
    ['/api/v1/jobs?limit=1001', "the query's limit: "],
    ['/api/v1/jobs?limit=ten', "the query's limit: "],
    ['/api/v1/jobs?offset=-1', "the query's offset: "],
    ['/api/v1/jobs?active=yes', 'the query\'s active: "yes" cannot be used'],
    ['/api/v1/jobs?role=a&role=b', "the query's role: a list cannot be used"],
    [`/api/v1/jobs?role=${'x'.repeat(256)}`, "the query's role: "],
    ['/api/v1/tasks?state=RUNING', 'the query\'s state: "RUNING" is not a state; allowed are PENDING'],
    ['/api/v1/audit?before=x', 'the query\'s before: "x" is not the id of an entry'],
    [`${WEB}/instances/x`, 'the instance "x" is not an integer of 0 to 2147483647'],
    [`${WEB}/instances/-1/why`, 'the instance "-1" is not'],
    [`${WEB}/instances/99999999999`, 'the instance "99999999999" is not'],
    [`${WEB}/capacity?max=0`, "the query's max: "],
    ['/api/v1/jobs/%zz/prod/web', 'the request cannot be read: '],
  ])('%s is refused', async (path, message) => {
    const reply = await api.get(path);
    expect([reply.status, reply.error]).toEqual([400, expect.stringContaining(`bad-request: ${message}`)]);
  });
});

describe('a body', () => {
  it.each([
    ['kill', '{', 'the request cannot be read: '],
    ['kill', [], 'the body: a list cannot be used: '],
    ['kill', 'null', 'the body: null cannot be used: '],
    ['kill', { instance: '0' }, 'Unrecognized key: "instance"'],
    ['kill', { instances: '3-1' }, 'the body\'s instances: "3-1" is not a list of instances, as 0-2,5'],
    ['kill', { instances: '0-2147483647' }, 'names 2147483648 instances; at most 100000'],
    ['kill', { reason: 'x'.repeat(1001) }, "the body's reason: "],
    ['add', { instance: 0 }, "the body's count: "],
    ['add', { instance: 0, count: 0 }, "the body's count: 0 cannot be used: "],
    ['scale', { instances: 1.5 }, "the body's instances: 1.5 cannot be used: "],
    ['scale', { instances: '4' }, 'the body\'s instances: "4" cannot be used: '],
  ])('for %s of %j is refused', async (verb, body, message) => {
    const reply = await api.post(`${WEB}/${verb}`, body);
    expect([reply.status, reply.error]).toEqual([400, expect.stringContaining(message)]);
    expect(api.world.done).toEqual([]);
  });

  it('that is missing or of another type is refused', async () => {
    const reply = await api.post(`${WEB}/kill`, 'instances=0', { 'content-type': 'text/plain' });
    expect(reply.error).toBe(
      'bad-request: the body is missing; it must be JSON, with content-type application/json',
    );
  });

  it('over the bound is refused', async () => {
    const reply = await api.post(`${WEB}/kill`, { reason: 'x'.repeat(BODY_BYTES_MAX) });
    expect([reply.status, reply.error]).toEqual([
      413,
      `too-large: the body is too large, allowed are ${BODY_BYTES_MAX} bytes`,
    ]);
  });

  it.each([
    [{}, "either 'job' or 'resources'"],
    [{ job: jobOf(), resources: {} }, "either 'job' or 'resources'"],
    [{ resources: { cpus: -1 } }, "the body's resources.cpus: -1 is not a number of at least 0"],
    [{ resources: { cpus: 1 }, max: 2_000_000 }, "the body's max: 2000000 cannot be used"],
  ])('for a capacity of %j is refused', async (body, message) => {
    expect((await api.post('/api/v1/capacity', body)).error).toContain(message);
  });

  it('for a reconciliation of an unknown kind is refused', async () => {
    expect((await api.post('/api/v1/admin/reconcile', { kind: 'both' })).status).toBe(400);
  });
});

describe('a job', () => {
  it('that breaks a rule comes back with every fault, and the nearest field', async () => {
    const job: Record<string, unknown> = { ...jobOf({ name: 'new' }), instanses: 3 };
    delete job['role'];
    const reply = await api.post('/api/v1/jobs', { job });
    expect(reply.status).toBe(422);
    const { error } = reply.json as { error: { code: string; details: string[] } };
    expect(error.code).toBe('invalid-job');
    expect([...error.details].sort()).toEqual([
      expect.stringMatching(/^instanses: not a field of Job.*; did you mean "instances"\?$/),
      expect.stringMatching(/^role: missing/),
    ]);
    expect(api.world.done).toEqual([]);
  });

  it('of another cluster is refused with both names', async () => {
    const reply = await api.post('/api/v1/jobs', { job: { ...jobOf(), cluster: 'west' } });
    expect(reply.error).toBe(`bad-request: the job's cluster is "west", this scheduler's is "local"`);
  });
});

describe('what is not there', () => {
  it.each([
    ['/api/v1/jobs/www/prod/none', 'there is no job local/www/prod/none'],
    [`${WEB}/instances/9`, 'there is no instance 9 of local/www/prod/web'],
    ['/api/v1/tasks/none', 'there is no task none'],
    ['/api/v1/agents/none', 'there is no agent none'],
    ['/api/v1/jobs/www/prod/none/capacity', 'there is no job local/www/prod/none'],
    ['/api/v1/nothing', 'there is no GET /api/v1/nothing'],
    ['/api/v2', 'there is no GET /api/v2'],
  ])('%s is not found', async (path, message) => {
    const reply = await api.get(path);
    expect([reply.status, reply.error]).toEqual([404, `not-found: ${message}`]);
  });

  it('cannot be changed', async () => {
    const reply = await api.post('/api/v1/jobs/www/prod/none/kill', {});
    expect([reply.status, reply.error.split(':')[0]]).toEqual([404, 'not-found']);
  });

  it('is also a stream without a body', async () => {
    const status = await new Promise((resolve, reject) => {
      const sent = request(`${api.url}/api/v1/events`, { method: 'HEAD' }, (res) => resolve(res.statusCode));
      sent.on('error', reject).end();
    });
    expect(status).toBe(400);
  });
});
