/** Every exit code, from what makes it. What a real scheduler does on good days is in cluster.integration.test.ts. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, stopAll } from '@murmur/testkit';
import type { ErrorCode, JobShape } from '@murmur/scheduler-api';
import { EXIT } from '../src/index.js';
import { aurora, configRoot, fakeScheduler, jobJson, type Asked, type Ran, type Reply } from './cli.js';
import { task } from './tasks.js';

const KEY = 'local/www/prod/web';
let folder: string;
let reply: (asked: Asked) => Reply;
let asked: readonly Asked[];
let env: Readonly<Record<string, string>>;
let good: string;

const summary = {
  job: { cluster: 'local', role: 'www', environment: 'prod', name: 'web' },
  kind: 'service' as const,
  tier: 'preemptible',
  active: 1,
  running: 1,
  states: { RUNNING: 1 },
  resources: { cpus: 0.25, memMb: 128, diskMb: 64, gpus: 0 },
  lastChangeAt: 1_000,
};
const job = (...tasks: JobShape['tasks']): JobShape => ({ ...summary, groups: [], tasks });
const outcome = { job: summary.job, text: 'done', instances: '0', count: 1 };
const running = task({ state: 'RUNNING', host: 'h', agentId: 'a' });

/** Answers each path that ends so; a list of jobs with the one that there is. */
function answers(table: Readonly<Record<string, Reply>>): void {
  reply = ({ path }) => {
    const end = Object.keys(table).find((each) => path.split('?')[0]?.endsWith(each));
    if (end !== undefined) return table[end]!;
    return path.startsWith('/api/v1/jobs?')
      ? { json: { items: [summary], total: 1 } }
      : { error: 'not-found' };
  };
}

const call = (...words: string[]): Promise<Ran> => aurora(words, { env, cwd: folder });

beforeAll(async () => {
  const fake = await fakeScheduler((one) => reply(one));
  asked = fake.asked;
  const closed = `http://127.0.0.1:${await freePort()}`;
  ({ folder, env } = await configRoot([
    { name: 'local', scheduler_uri: fake.url },
    { name: 'gone', scheduler_uri: closed },
    { name: 'several', scheduler_uri: [closed, fake.url] },
    { name: 'secret', scheduler_uri: fake.url, auth_mechanism: 'TOKEN', token_file: 'token' },
    { name: 'basic', scheduler_uri: fake.url, auth_mechanism: 'BASIC' },
  ]));
  good = join(folder, 'job.json');
  await writeFile(good, JSON.stringify(jobJson('web', { role: 'www', environment: 'prod' })));
});
beforeEach(() => answers({ '/web': { json: job(running) } }));
afterAll(() => stopAll());

describe('the exit code', () => {
  it('4 COMMAND_FAILURE: a run that was to finish failed', async () => {
    const failed = task({ state: 'FAILED', message: 'exit code 3' });
    answers({ '/jobs': { json: outcome }, '/web': { json: job(failed) } });
    const ran = await call('job', 'create', KEY, good, '--read-json', '--wait-until', 'FINISHED');
    expect([ran.code, ran.stderr]).toEqual([
      EXIT.COMMAND_FAILURE,
      `aurora: ${KEY}: instance 0 is FAILED: exit code 3\n`,
    ]);
  });

  it('6 INVALID_PARAMETER: a config compared with a job that is not there', async () => {
    const ran = await call('job', 'diff', KEY, good, '--read-json', '--from', 'local/www/prod/wev');
    expect([ran.code, ran.stderr]).toEqual([
      EXIT.INVALID_PARAMETER,
      `aurora: there is no job local/www/prod/wev; did you mean "${KEY}"?\n`,
    ]);
  });

  it('0 OK: it was done', async () => {
    expect(await call('job', 'list', 'local')).toEqual({ code: EXIT.OK, stdout: `${KEY}\n`, stderr: '' });
  });

  it.each([
    [['job', 'list'], 'missing required argument'],
    [['job', 'kill', 'web/1'], 'job key "web/1": allowed is cluster/role/environment/name'],
    [['job', 'list', 'local', '--colour'], "unknown option '--colour'"],
    [['job', 'restart', KEY, '--batch-size', '0'], "'--batch-size <n>' argument '0' is invalid"],
    [['job', 'create', KEY, 'x', '--wait-until', 'LATER'], 'Allowed choices are PENDING, RUNNING, FINISHED'],
    [['job', 'create', KEY, 'x', '--bind', 'y'], '--bind is "y", allowed is name=value'],
    [['job', 'scale', KEY, 'many'], 'count is "many", allowed is an integer of at least 1'],
    [['completion', 'fish'], 'allowed are bash, zsh'],
  ])('2 USAGE: %j', async (words, message) => {
    const { code, stdout, stderr } = await call(...words);
    expect([code, stdout]).toEqual([EXIT.USAGE, '']);
    expect(stderr).toContain(message);
  });

  it('3 INVALID_CONFIGURATION: a config that does not load, with file and line', async () => {
    const bad = join(folder, 'bad.json');
    await writeFile(bad, '{\n  "cluster": }');
    const { code, stderr } = await call('job', 'create', KEY, bad, '--read-json');
    expect(code).toBe(EXIT.INVALID_CONFIGURATION);
    expect(stderr).toMatch(/^aurora: \S*bad\.json:2:\d+: not JSON/);
  });

  it('3 INVALID_CONFIGURATION: all that is wrong with a config, a line each', async () => {
    const bad = join(folder, 'wrong.json');
    await writeFile(bad, JSON.stringify(jobJson('web', { instnces: 2, priority: 'high' })));
    const { code, stderr } = await call('config', 'validate', bad, '--read-json');
    expect(code).toBe(EXIT.INVALID_CONFIGURATION);
    expect(stderr).toContain('instnces');
    expect(stderr).toContain('priority');
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
  });

  it('3 INVALID_CONFIGURATION: a config without the job', async () => {
    const { code, stderr } = await call('job', 'inspect', 'local/www/prod/wbe', good, '--read-json');
    expect(code).toBe(EXIT.INVALID_CONFIGURATION);
    expect(stderr).toContain(`it has no job local/www/prod/wbe; did you mean "${KEY}"?`);
  });

  it('3 INVALID_CONFIGURATION: an unknown cluster, and what there is', async () => {
    const { code, stderr } = await call('job', 'list', 'locla');
    expect(code).toBe(EXIT.INVALID_CONFIGURATION);
    expect(stderr).toBe(
      'aurora: there is no cluster "locla"; did you mean "local"? (known are local, gone, several, secret, basic)\n',
    );
  });

  it('3 INVALID_CONFIGURATION: a config that the scheduler refuses to compare', async () => {
    answers({ '/diff': { error: 'invalid-job', message: 'no such tier' } });
    const { code, stderr } = await call('job', 'diff', KEY, good, '--read-json');
    expect([code, stderr]).toEqual([EXIT.INVALID_CONFIGURATION, 'aurora: no such tier\n']);
  });

  it.each<ErrorCode>(['job-exists', 'invalid-job', 'not-supported', 'never-fits', 'limit-exceeded'])(
    '4 COMMAND_FAILURE: a creation that is refused with %s',
    async (error) => {
      answers({ '/jobs': { error, message: 'no agent could' } });
      const { code, stderr } = await call('job', 'create', KEY, good, '--read-json');
      expect([code, stderr]).toEqual([EXIT.COMMAND_FAILURE, 'aurora: no agent could\n']);
    },
  );

  it('4 COMMAND_FAILURE: a cron job, which nobody asks the scheduler for', async () => {
    const cron = join(folder, 'cron.json');
    const json = jobJson('web', {
      role: 'www',
      environment: 'prod',
      service: false,
      cron_schedule: '* * * * *',
    });
    await writeFile(cron, JSON.stringify(json));
    const before = asked.length;
    const { code } = await call('job', 'create', KEY, cron, '--read-json');
    expect([code, asked.length]).toEqual([EXIT.COMMAND_FAILURE, before]);
  });

  it('4 COMMAND_FAILURE: config list of a bad file', async () => {
    const { code, stderr } = await call('config', 'list', 'nowhere.json', '--read-json');
    expect([code, stderr]).toEqual([
      EXIT.COMMAND_FAILURE,
      `aurora: ${join(folder, 'nowhere.json')}: there is no such file\n`,
    ]);
  });

  it('4 COMMAND_FAILURE: a restart after which an instance fails', async () => {
    const failed = task({ id: 'next', state: 'FAILED', ancestorId: running.id, message: 'exit 1' });
    let restarted = false;
    reply = ({ path }) => {
      if (path.endsWith('/restart')) restarted = true;
      return { json: path.endsWith('/restart') ? outcome : job(restarted ? failed : running) };
    };
    const { code, stderr } = await call('job', 'restart', KEY, '--watch-secs', '0');
    expect(code).toBe(EXIT.COMMAND_FAILURE);
    expect(stderr).toContain('instances 0 failed after their restart; restarted: none');
  });

  it('4 COMMAND_FAILURE: more instances than allowed were not killed in time', async () => {
    answers({ '/kill': { json: outcome }, '/web': { json: job(running) } });
    const { code, stderr } = await call('job', 'kill', `${KEY}/0`, '--timeout', '1');
    expect(code).toBe(EXIT.COMMAND_FAILURE);
    expect(stderr).toContain('instances 0 were not killed in time');
  });

  it('4 COMMAND_FAILURE: an instance that is waited for failed for good', async () => {
    answers({
      '/jobs': { json: outcome },
      '/web': { json: job(task({ state: 'FAILED', message: 'exit 1' })) },
    });
    const { code, stderr } = await call('job', 'create', KEY, good, '--read-json', '--wait');
    expect(code).toBe(EXIT.COMMAND_FAILURE);
    expect(stderr).toContain('instance 0 is FAILED: exit 1');
  });

  it.each([
    [['jbo', 'create'], 'there is no noun "jbo"; did you mean "job"?'],
    [['job', 'creat'], 'job has no verb "creat"; did you mean "create"?'],
    [
      ['update', 'start', KEY, 'x.aurora'],
      '"update" is not there yet: this scheduler has no rolling updates',
    ],
    [['cron', 'schedule'], '"cron" is not there yet'],
    [['sla', 'get-job-uptime'], '"sla" is not there yet'],
    [['task', 'scp', 'a', 'b'], '"task scp" is not there yet'],
  ])('5 INVALID_COMMAND: %j', async (words, message) => {
    const { code, stdout, stderr } = await call(...words);
    expect([code, stdout]).toEqual([EXIT.INVALID_COMMAND, '']);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it.each([
    [['job', 'kill', KEY], 'name the instances'],
    [['job', 'killall', 'local/www/prod/wbe'], `there is no job local/www/prod/wbe; did you mean "${KEY}"?`],
    [['job', 'status', 'local/www/prod/wbe'], `did you mean "${KEY}"?`],
    [['job', 'restart', 'local/www/prod/wbe'], 'there is no job'],
    [['job', 'why', 'local/www/prod/wbe/0'], 'there is no job'],
    [['job', 'restart', KEY, '--max-total-failures', '-1'], '--max-total-failures is -1'],
    [['job', 'kill', `${KEY}/0-3`, '--strict'], 'instances 1-3 are not active'],
    [['job', 'add', `${KEY}/7`, '1'], 'instance 7 is not active'],
    [['task', 'ssh', KEY, '-c', 'ls'], 'with -c the instance must be named'],
  ])('6 INVALID_PARAMETER: %j', async (words, message) => {
    reply = ({ path }) => {
      if (path.startsWith('/api/v1/jobs?'))
        return { json: { items: path.includes('wbe') ? [] : [summary], total: 1 } };
      return path.endsWith('/web') ? { json: job(running) } : { error: 'not-found' };
    };
    const { code, stderr } = await call(...words);
    expect(code).toBe(EXIT.INVALID_PARAMETER);
    expect(stderr).toContain(message);
  });

  it('6 INVALID_PARAMETER: nothing matches; 0 where a program asks', async () => {
    reply = () => ({ json: { items: [], total: 0 } });
    expect((await call('job', 'status', 'local/no*')).code).toBe(EXIT.INVALID_PARAMETER);
    const { code, stdout } = await call('job', 'status', 'local/no*', '--write-json');
    expect([code, JSON.parse(stdout)]).toEqual([
      EXIT.OK,
      { jobspec: 'local/no*/*/*', error: 'No matching jobs found' },
    ]);
  });

  it('7 NETWORK_ERROR: nobody answers', async () => {
    const { code, stderr } = await call('job', 'list', 'gone');
    expect(code).toBe(EXIT.NETWORK_ERROR);
    expect(stderr).toMatch(/^aurora: http:\/\/127\.0\.0\.1:\d+ does not answer: [^;\n]+\n$/);
  });

  it('7 NETWORK_ERROR: no scheduler leads', async () => {
    reply = () => ({ error: 'not-leader', message: 'another scheduler leads' });
    expect((await call('quota', 'get', 'local/www')).code).toBe(EXIT.NETWORK_ERROR);
  });

  it('9 TIMEOUT: what is waited for does not come', async () => {
    const pending = task({ pendingReason: 'no agent has enough cpu' });
    answers({ '/scale': { json: { ...outcome, instances: '0' } }, '/web': { json: job(pending) } });
    const { code, stderr } = await call('job', 'scale', KEY, '2', '--wait', '--timeout', '1');
    expect(code).toBe(EXIT.TIMEOUT);
    expect(stderr).toContain('after 1 s: 0/1 RUNNING, 1 PENDING: no agent has enough cpu');
  });

  it('9 TIMEOUT: a kill of all at once that takes too long', async () => {
    answers({ '/kill': { json: outcome }, '/web': { json: job(running) } });
    expect((await call('job', 'killall', KEY, '--no-batching', '--timeout', '1')).code).toBe(EXIT.TIMEOUT);
  });

  it.each<ErrorCode>(['internal', 'bad-request', 'limit-exceeded', 'job-updating'])(
    '10 API_ERROR: the scheduler answers %s',
    async (error) => {
      answers({ '/web': { json: job(running) }, '/add': { error, message: 'it will not' } });
      const { code, stderr } = await call('job', 'add', `${KEY}/0`, '1');
      expect([code, stderr]).toEqual([EXIT.API_ERROR, 'aurora: it will not\n']);
    },
  );

  it('10 API_ERROR: what answers is no scheduler', async () => {
    reply = () => ({ json: { hello: 'world' } });
    expect((await call('quota', 'get', 'local/www')).code).toBe(EXIT.API_ERROR);
  });

  it('20 UNKNOWN: what nobody foresaw', async () => {
    let stderr = '';
    const { code } = await aurora(['job', 'list', 'local'], {
      ...{ env, cwd: folder },
      stdout: {
        write: () => {
          throw new Error('boom');
        },
      },
      stderr: { write: (text) => (stderr += text) },
    });
    expect([code, stderr]).toEqual([EXIT.UNKNOWN, 'aurora: unexpected: boom\n']);
  });

  it.each<ErrorCode>(['unauthorized', 'forbidden'])('30 AUTH: the scheduler answers %s', async (error) => {
    reply = () => ({ error });
    expect((await call('job', 'list', 'local')).code).toBe(EXIT.AUTH);
  });

  it.each([
    ['secret', 'AURORA_TOKEN is not set|ENOENT'],
    ['basic', '\\.netrc has no login for machine 127\\.0\\.0\\.1'],
  ])('30 AUTH: the cluster %s wants credentials that are not there', async (cluster, message) => {
    const { code, stderr } = await call('job', 'list', cluster);
    expect(code).toBe(EXIT.AUTH);
    expect(stderr).toMatch(new RegExp(message));
  });

  it('130 INTERRUPTED: ctrl-C while a config is loaded', async () => {
    const config = join(folder, 'loaded.aurora');
    await writeFile(config, 'x = 1');
    const interrupt = new AbortController();
    const ran = aurora(['config', 'validate', config], { env, cwd: folder, signal: interrupt.signal });
    interrupt.abort();
    expect(await ran).toMatchObject({ code: EXIT.INTERRUPTED, stderr: 'aurora: interrupted\n' });
  });

  it('130 INTERRUPTED: ctrl-C while it waits', async () => {
    answers({ '/scale': { json: outcome }, '/web': { json: job(task()) } });
    const interrupt = new AbortController();
    const ran = aurora(['job', 'scale', KEY, '2', '--wait'], {
      ...{ env, cwd: folder, signal: interrupt.signal },
      stderr: { write: (text) => text.includes('PENDING') && interrupt.abort() },
    });
    expect((await ran).code).toBe(EXIT.INTERRUPTED);
  });
});

describe('credentials', () => {
  it('are refused without being shown when they cannot be a token', async () => {
    const broken = { ...env, AURORA_TOKEN: 'se\ncret' };
    const { code, stderr } = await aurora(['job', 'list', 'secret'], { env: broken, cwd: folder });
    expect(code).toBe(EXIT.AUTH);
    expect(stderr).toContain('AURORA_TOKEN holds no token: allowed are visible ASCII characters');
    expect(stderr).not.toContain('cret\n');
  });

  it('are the token of AURORA_TOKEN, or of the file that the cluster names', async () => {
    await aurora(['job', 'list', 'secret'], { env: { ...env, AURORA_TOKEN: 'abc' }, cwd: folder });
    expect(asked.at(-1)?.authorization).toBe('Bearer abc');
    await writeFile(join(folder, 'root', 'token'), 'def\n');
    await call('job', 'list', 'secret');
    expect(asked.at(-1)?.authorization).toBe('Bearer def');
  });

  it('are the login of ~/.netrc', async () => {
    await writeFile(join(folder, '.netrc'), 'machine 127.0.0.1 login anna password pass\n');
    await call('job', 'list', 'basic');
    expect(asked.at(-1)?.authorization).toBe(`Basic ${Buffer.from('anna:pass').toString('base64')}`);
  });

  it('are not shown to a cluster that wants none', async () => {
    await aurora(['job', 'list', 'local'], { env: { ...env, AURORA_TOKEN: 'abc' }, cwd: folder });
    expect(asked.at(-1)?.authorization).toBeUndefined();
  });
});

describe('clusters', () => {
  it('with several schedulers are asked until one answers', async () => {
    expect((await call('job', 'list', 'several')).code).toBe(EXIT.OK);
  });

  it('are those of ~/.aurora too, and of --clusters alone', async () => {
    await mkdir(join(folder, '.aurora'));
    const own = join(folder, '.aurora', 'clusters.json');
    await writeFile(own, JSON.stringify([{ name: 'mine', scheduler_uri: 'http://127.0.0.1:1' }]));
    expect((await call('job', 'list', 'nowhere')).stderr).toContain('basic, mine)');
    expect((await call('job', 'list', 'nowhere', '--clusters', own)).stderr).toContain('(known are mine)');
    const { code, stderr } = await call('job', 'list', 'local', '--clusters', 'none.json');
    expect([code, stderr]).toEqual([3, `aurora: ${join(folder, 'none.json')}: there is no such file\n`]);
  });

  it('may be a glob', async () => {
    expect((await call('job', 'list', 'loc*/www')).stdout).toBe(`${KEY}\n`);
  });
});
