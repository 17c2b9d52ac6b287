/** The exit codes of what was asked for rightly, from what makes them. What a real scheduler does on good days is in cluster.integration.test.ts. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopAll } from '@murmur/testkit';
import type { ErrorCode } from '@murmur/scheduler-api';
import { EXIT } from '../src/index.js';
import { aurora, jobJson } from './cli.js';
import { KEY, job, outcome, running, startStage, type Stage } from './stage.js';
import { task } from './tasks.js';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
beforeEach(() => stage.answers({ '/web': { json: job(running) } }));
afterAll(() => stopAll());

describe('the exit code', () => {
  it('0 OK: it was done', async () => {
    expect(await stage.call('job', 'list', 'local')).toEqual({
      code: EXIT.OK,
      stdout: `${KEY}\n`,
      stderr: '',
    });
  });

  it('4 COMMAND_FAILURE: a run that was to finish failed', async () => {
    const failed = task({ state: 'FAILED', message: 'exit code 3' });
    stage.answers({ '/jobs': { json: outcome }, '/web': { json: job(failed) } });
    const ran = await stage.call('job', 'create', KEY, stage.good, '--read-json', '--wait-until', 'FINISHED');
    expect([ran.code, ran.stderr]).toEqual([
      EXIT.COMMAND_FAILURE,
      `aurora: ${KEY}: instance 0 is FAILED: exit code 3\n`,
    ]);
  });

  it.each<ErrorCode>(['job-exists', 'invalid-job', 'not-supported', 'never-fits', 'limit-exceeded'])(
    '4 COMMAND_FAILURE: a creation that is refused with %s',
    async (error) => {
      stage.answers({ '/jobs': { error, message: 'no agent could' } });
      const { code, stderr } = await stage.call('job', 'create', KEY, stage.good, '--read-json');
      expect([code, stderr]).toEqual([EXIT.COMMAND_FAILURE, 'aurora: no agent could\n']);
    },
  );

  it('4 COMMAND_FAILURE: a cron job, which nobody asks the scheduler for', async () => {
    const cron = join(stage.folder, 'cron.json');
    const json = jobJson('web', {
      role: 'www',
      environment: 'prod',
      service: false,
      cron_schedule: '* * * * *',
    });
    await writeFile(cron, JSON.stringify(json));
    const before = stage.asked.length;
    const { code } = await stage.call('job', 'create', KEY, cron, '--read-json');
    expect([code, stage.asked.length]).toEqual([EXIT.COMMAND_FAILURE, before]);
  });

  it('4 COMMAND_FAILURE: config list of a bad file', async () => {
    const { code, stderr } = await stage.call('config', 'list', 'nowhere.json', '--read-json');
    expect([code, stderr]).toEqual([
      EXIT.COMMAND_FAILURE,
      `aurora: ${join(stage.folder, 'nowhere.json')}: there is no such file\n`,
    ]);
  });

  it('4 COMMAND_FAILURE: a restart after which an instance fails', async () => {
    const failed = task({ id: 'next', state: 'FAILED', ancestorId: running.id, message: 'exit 1' });
    let restarted = false;
    stage.reply = ({ path }) => {
      if (path.endsWith('/restart')) restarted = true;
      return { json: path.endsWith('/restart') ? outcome : job(restarted ? failed : running) };
    };
    const { code, stderr } = await stage.call('job', 'restart', KEY, '--watch-secs', '0');
    expect(code).toBe(EXIT.COMMAND_FAILURE);
    expect(stderr).toContain('instances 0 failed after their restart; restarted: none');
  });

  it('4 COMMAND_FAILURE: more instances than allowed were not killed in time', async () => {
    stage.answers({ '/kill': { json: outcome }, '/web': { json: job(running) } });
    const { code, stderr } = await stage.call('job', 'kill', `${KEY}/0`, '--timeout', '1');
    expect(code).toBe(EXIT.COMMAND_FAILURE);
    expect(stderr).toContain('instances 0 were not killed in time');
  });

  it('4 COMMAND_FAILURE: an instance that is waited for failed for good', async () => {
    stage.answers({
      '/jobs': { json: outcome },
      '/web': { json: job(task({ state: 'FAILED', message: 'exit 1' })) },
    });
    const { code, stderr } = await stage.call('job', 'create', KEY, stage.good, '--read-json', '--wait');
    expect(code).toBe(EXIT.COMMAND_FAILURE);
    expect(stderr).toContain('instance 0 is FAILED: exit 1');
  });

  it('7 NETWORK_ERROR: nobody answers', async () => {
    const { code, stderr } = await stage.call('job', 'list', 'gone');
    expect(code).toBe(EXIT.NETWORK_ERROR);
    expect(stderr).toMatch(/^aurora: http:\/\/127\.0\.0\.1:\d+ does not answer: [^;\n]+\n$/);
  });

  it('7 NETWORK_ERROR: no scheduler leads', async () => {
    stage.reply = () => ({ error: 'not-leader', message: 'another scheduler leads' });
    expect((await stage.call('quota', 'get', 'local/www')).code).toBe(EXIT.NETWORK_ERROR);
  });

  it('9 TIMEOUT: what is waited for does not come', async () => {
    const pending = task({ pendingReason: 'no agent has enough cpu' });
    stage.answers({ '/scale': { json: { ...outcome, instances: '0' } }, '/web': { json: job(pending) } });
    const { code, stderr } = await stage.call('job', 'scale', KEY, '2', '--wait', '--timeout', '1');
    expect(code).toBe(EXIT.TIMEOUT);
    expect(stderr).toContain('after 1 s: 0/1 RUNNING, 1 PENDING: no agent has enough cpu');
  });

  it('9 TIMEOUT: a kill of all at once that takes too long', async () => {
    stage.answers({ '/kill': { json: outcome }, '/web': { json: job(running) } });
    expect((await stage.call('job', 'killall', KEY, '--no-batching', '--timeout', '1')).code).toBe(
      EXIT.TIMEOUT,
    );
  });

  it.each<ErrorCode>(['internal', 'bad-request', 'limit-exceeded', 'job-updating'])(
    '10 API_ERROR: the scheduler answers %s',
    async (error) => {
      stage.answers({ '/web': { json: job(running) }, '/add': { error, message: 'it will not' } });
      const { code, stderr } = await stage.call('job', 'add', `${KEY}/0`, '1');
      expect([code, stderr]).toEqual([EXIT.API_ERROR, 'aurora: it will not\n']);
    },
  );

  it('10 API_ERROR: what answers is no scheduler', async () => {
    stage.reply = () => ({ json: { hello: 'world' } });
    expect((await stage.call('quota', 'get', 'local/www')).code).toBe(EXIT.API_ERROR);
  });

  it('20 UNKNOWN: what nobody foresaw', async () => {
    let stderr = '';
    const { code } = await aurora(['job', 'list', 'local'], {
      ...stage.io,
      stdout: {
        write: () => {
          throw new Error('boom');
        },
      },
      stderr: { write: (text) => (stderr += text) },
    });
    expect([code, stderr]).toEqual([EXIT.UNKNOWN, 'aurora: unexpected: boom\n']);
  });

  it('130 INTERRUPTED: ctrl-C while a config is loaded', async () => {
    const config = join(stage.folder, 'loaded.aurora');
    await writeFile(config, 'x = 1');
    const interrupt = new AbortController();
    const ran = aurora(['config', 'validate', config], { ...stage.io, signal: interrupt.signal });
    interrupt.abort();
    expect(await ran).toMatchObject({ code: EXIT.INTERRUPTED, stderr: 'aurora: interrupted\n' });
  });

  it('130 INTERRUPTED: ctrl-C while it waits', async () => {
    stage.answers({ '/scale': { json: outcome }, '/web': { json: job(task()) } });
    const interrupt = new AbortController();
    const ran = aurora(['job', 'scale', KEY, '2', '--wait'], {
      ...stage.io,
      signal: interrupt.signal,
      stderr: { write: (text) => text.includes('PENDING') && interrupt.abort() },
    });
    expect((await ran).code).toBe(EXIT.INTERRUPTED);
  });
});
