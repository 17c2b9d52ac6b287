/** Which schedulers are asked, and with which credentials. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopAll } from '@murmur/testkit';
import type { ErrorCode } from '@murmur/scheduler-api';
import { EXIT } from '../src/index.js';
import { aurora } from './cli.js';
import { KEY, job, running, startStage, type Stage } from './stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
beforeEach(() => stage.answers({ '/web': { json: job(running) } }));
afterAll(() => stopAll());

describe('the exit code', () => {
  it.each<ErrorCode>(['unauthorized', 'forbidden'])('30 AUTH: the scheduler answers %s', async (error) => {
    stage.reply = () => ({ error });
    expect((await stage.call('job', 'list', 'local')).code).toBe(EXIT.AUTH);
  });

  it.each([
    ['secret', 'AURORA_TOKEN is not set|ENOENT'],
    ['basic', '\\.netrc has no login for machine 127\\.0\\.0\\.1'],
  ])('30 AUTH: the cluster %s wants credentials that are not there', async (cluster, message) => {
    const { code, stderr } = await stage.call('job', 'list', cluster);
    expect(code).toBe(EXIT.AUTH);
    expect(stderr).toMatch(new RegExp(message));
  });
});

describe('credentials', () => {
  it('are refused without being shown when they cannot be a token', async () => {
    const broken = { ...stage.env, AURORA_TOKEN: 'se\ncret' };
    const { code, stderr } = await aurora(['job', 'list', 'secret'], { ...stage.io, env: broken });
    expect(code).toBe(EXIT.AUTH);
    expect(stderr).toContain('AURORA_TOKEN holds no token: allowed are visible ASCII characters');
    expect(stderr).not.toContain('cret\n');
  });

  it('are the token of AURORA_TOKEN, or of the file that the cluster names', async () => {
    await aurora(['job', 'list', 'secret'], { ...stage.io, env: { ...stage.env, AURORA_TOKEN: 'abc' } });
    expect(stage.asked.at(-1)?.authorization).toBe('Bearer abc');
    await writeFile(join(stage.folder, 'root', 'token'), 'def\n');
    await stage.call('job', 'list', 'secret');
    expect(stage.asked.at(-1)?.authorization).toBe('Bearer def');
  });

  it('are the login of ~/.netrc', async () => {
    await writeFile(join(stage.folder, '.netrc'), 'machine 127.0.0.1 login anna password pass\n');
    await stage.call('job', 'list', 'basic');
    expect(stage.asked.at(-1)?.authorization).toBe(`Basic ${Buffer.from('anna:pass').toString('base64')}`);
  });

  it('are not shown to a cluster that wants none', async () => {
    await aurora(['job', 'list', 'local'], { ...stage.io, env: { ...stage.env, AURORA_TOKEN: 'abc' } });
    expect(stage.asked.at(-1)?.authorization).toBeUndefined();
  });
});

describe('clusters', () => {
  it('with several schedulers are asked until one answers', async () => {
    expect((await stage.call('job', 'list', 'several')).code).toBe(EXIT.OK);
  });

  it('are those of ~/.aurora too, and of --clusters alone', async () => {
    await mkdir(join(stage.folder, '.aurora'));
    const own = join(stage.folder, '.aurora', 'clusters.json');
    await writeFile(own, JSON.stringify([{ name: 'mine', scheduler_uri: 'http://127.0.0.1:1' }]));
    expect((await stage.call('job', 'list', 'nowhere')).stderr).toContain('basic, mine)');
    expect((await stage.call('job', 'list', 'nowhere', '--clusters', own)).stderr).toContain(
      '(known are mine)',
    );
    const { code, stderr } = await stage.call('job', 'list', 'local', '--clusters', 'none.json');
    expect([code, stderr]).toEqual([
      3,
      `aurora: ${join(stage.folder, 'none.json')}: there is no such file\n`,
    ]);
  });

  it('may be a glob', async () => {
    expect((await stage.call('job', 'list', 'loc*/www')).stdout).toBe(`${KEY}\n`);
  });
});
