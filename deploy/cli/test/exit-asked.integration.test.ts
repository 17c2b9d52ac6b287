/** The exit codes of what was asked for wrongly: words, configs and jobs that are not there. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopAll } from '@murmur/testkit';
import { EXIT } from '../src/index.js';
import { jobJson } from './cli.js';
import { KEY, job, running, startStage, summary, type Stage } from './stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
beforeEach(() => stage.answers({ '/web': { json: job(running) } }));
afterAll(() => stopAll());

describe('the exit code', () => {
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
    const { code, stdout, stderr } = await stage.call(...words);
    expect([code, stdout]).toEqual([EXIT.USAGE, '']);
    expect(stderr).toContain(message);
  });

  it('3 INVALID_CONFIGURATION: a config that does not load, with file and line', async () => {
    const bad = join(stage.folder, 'bad.json');
    await writeFile(bad, '{\n  "cluster": }');
    const { code, stderr } = await stage.call('job', 'create', KEY, bad, '--read-json');
    expect(code).toBe(EXIT.INVALID_CONFIGURATION);
    expect(stderr).toMatch(/^aurora: \S*bad\.json:2:\d+: not JSON/);
  });

  it('3 INVALID_CONFIGURATION: all that is wrong with a config, a line each', async () => {
    const bad = join(stage.folder, 'wrong.json');
    await writeFile(bad, JSON.stringify(jobJson('web', { instnces: 2, priority: 'high' })));
    const { code, stderr } = await stage.call('config', 'validate', bad, '--read-json');
    expect(code).toBe(EXIT.INVALID_CONFIGURATION);
    expect(stderr).toContain('instnces');
    expect(stderr).toContain('priority');
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
  });

  it('3 INVALID_CONFIGURATION: a config without the job', async () => {
    const { code, stderr } = await stage.call(
      'job',
      'inspect',
      'local/www/prod/wbe',
      stage.good,
      '--read-json',
    );
    expect(code).toBe(EXIT.INVALID_CONFIGURATION);
    expect(stderr).toContain(`it has no job local/www/prod/wbe; did you mean "${KEY}"?`);
  });

  it('3 INVALID_CONFIGURATION: an unknown cluster, and what there is', async () => {
    const { code, stderr } = await stage.call('job', 'list', 'locla');
    expect(code).toBe(EXIT.INVALID_CONFIGURATION);
    expect(stderr).toBe(
      'aurora: there is no cluster "locla"; did you mean "local"? (known are local, gone, several, secret, basic)\n',
    );
  });

  it('3 INVALID_CONFIGURATION: a config that the scheduler refuses to compare', async () => {
    stage.answers({ '/diff': { error: 'invalid-job', message: 'no such tier' } });
    const { code, stderr } = await stage.call('job', 'diff', KEY, stage.good, '--read-json');
    expect([code, stderr]).toEqual([EXIT.INVALID_CONFIGURATION, 'aurora: no such tier\n']);
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
    const { code, stdout, stderr } = await stage.call(...words);
    expect([code, stdout]).toEqual([EXIT.INVALID_COMMAND, '']);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('6 INVALID_PARAMETER: a config compared with a job that is not there', async () => {
    const ran = await stage.call(
      'job',
      'diff',
      KEY,
      stage.good,
      '--read-json',
      '--from',
      'local/www/prod/wev',
    );
    expect([ran.code, ran.stderr]).toEqual([
      EXIT.INVALID_PARAMETER,
      `aurora: there is no job local/www/prod/wev; did you mean "${KEY}"?\n`,
    ]);
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
    stage.reply = ({ path }) => {
      if (path.startsWith('/api/v1/jobs?'))
        return { json: { items: path.includes('wbe') ? [] : [summary], total: 1 } };
      return path.endsWith('/web') ? { json: job(running) } : { error: 'not-found' };
    };
    const { code, stderr } = await stage.call(...words);
    expect(code).toBe(EXIT.INVALID_PARAMETER);
    expect(stderr).toContain(message);
  });

  it('6 INVALID_PARAMETER: nothing matches; 0 where a program asks', async () => {
    stage.reply = () => ({ json: { items: [], total: 0 } });
    expect((await stage.call('job', 'status', 'local/no*')).code).toBe(EXIT.INVALID_PARAMETER);
    const { code, stdout } = await stage.call('job', 'status', 'local/no*', '--write-json');
    expect([code, JSON.parse(stdout)]).toEqual([
      EXIT.OK,
      { jobspec: 'local/no*/*/*', error: 'No matching jobs found' },
    ]);
  });
});
