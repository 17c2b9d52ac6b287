/** What people see, as text. */
import { stopAll } from '@murmur/testkit';
import type { JobShape } from '@murmur/scheduler-api';
import type { Io } from '../src/index.js';
import { aurora, configRoot, fakeScheduler, type Asked, type Ran, type Reply } from './cli.js';
import { task } from './tasks.js';

const NOW = 1_700_000_000_000;
const sizes = { cpus: 0.25, memMb: 128, diskMb: 64, gpus: 0 };
const key = { cluster: 'local', role: 'www', environment: 'prod', name: 'web' };
const summary = {
  ...{ job: key, kind: 'service' as const, tier: 'preferred', active: 2, running: 1, resources: sizes },
  ...{ states: { RUNNING: 1, PENDING: 1 }, lastChangeAt: Date.now() - 7_200_500 },
};
/** Times are shown by how long ago they are, in whole units. */
const ago = (seconds: number): number => Date.now() - seconds * 1000 - 500;
const job = (): JobShape => ({
  ...summary,
  groups: [],
  tasks: [
    task({
      instance: 0,
      state: 'RUNNING',
      host: 'a1',
      since: ago(180),
      ports: { http: 31000, admin: 31001 },
    }),
    task({ instance: 1, since: ago(60), pendingReason: 'no agent has enough cpu' }),
    task({
      ...{
        id: 'www-prod-web-0-z',
        instance: 0,
        state: 'FAILED',
        host: 'a2',
        since: ago(7200),
        message: 'exit 1',
      },
      events: [
        { at: NOW, state: 'PENDING', message: null, by: 'anna' },
        { at: NOW + 1000, state: 'FAILED', message: 'exit 1', by: null },
      ],
    }),
  ],
});

let env: Readonly<Record<string, string>>;
let reply: (asked: Asked) => Reply;
let asked: readonly Asked[];

beforeAll(async () => {
  const fake = await fakeScheduler((one) => reply(one));
  asked = fake.asked;
  ({ env } = await configRoot([{ name: 'local', scheduler_uri: fake.url }]));
});
beforeEach(() => {
  reply = ({ path }) =>
    path.startsWith('/api/v1/jobs?') ? { json: { items: [summary], total: 1 } } : { json: job() };
});
afterAll(() => stopAll());

const call = (words: string[], more: Partial<Io> = {}): Promise<Ran> => aurora(words, { env, ...more });

describe('job status', () => {
  it('shows instances, why they wait, and the last that ended', async () => {
    const { stdout } = await call(['job', 'status', 'local/www/prod/web']);
    expect(stdout.split('\n')).toEqual([
      'local/www/prod/web  service, tier preferred, 1 of 2 running',
      'INSTANCE  STATE    FOR  HOST  PORTS                   WHY',
      '0         RUNNING  3m   a1    admin:31001 http:31000',
      '1         PENDING  1m                                 no agent has enough cpu',
      'Ended: 1',
      'INSTANCE  STATE   FOR  HOST  PORTS  WHY',
      '0         FAILED  2h   a2           exit 1',
      '',
    ]);
  });

  it('shows what happened to each run with -v', async () => {
    const { stdout } = await call(['job', 'status', 'local/www/prod/web', '-v']);
    expect(stdout).toContain('www-prod-web-0-z');
    expect(stdout).toMatch(/PENDING +2023-11-14 22:13:20 +\(anna\)\n +FAILED +2023-11-14 22:13:21 +exit 1\n/);
  });
});

describe('job list', () => {
  it('shows a table with -v', async () => {
    const { stdout } = await call(['job', 'list', 'local', '-v']);
    expect(stdout.split('\n')).toEqual([
      'JOB                 KIND     RUNNING  STATES                IN ALL                        CHANGED',
      'local/www/prod/web  service      1/2  1 RUNNING, 1 PENDING  0.25 cpu, 128 MB, disk 64 MB  2h',
      '',
    ]);
  });
});

describe('capacity and quota', () => {
  it('are tables with figures on the right', async () => {
    reply = () => ({
      json: {
        job: null,
        needs: sizes,
        count: 3,
        max: 10_000,
        stoppedBy: '2 agents have insufficient cpu',
        counts: {},
      },
    });
    const { stdout, stderr } = await call(['capacity', 'local', '--cpus', '0.2', '--ram', '64MB']);
    expect(stderr).toBe('Sizes are of one instance and its executor.\n');
    expect(stdout).toBe(
      [
        'CPUS  RAM MB  DISK MB  FIT  WHAT STOPS THE NEXT',
        '0.25     128       64    3  2 agents have insufficient cpu',
        '',
      ].join('\n'),
    );
    expect(asked.at(-1)?.body).toEqual({ resources: { cpus: 0.2, memMb: 64, diskMb: 1 }, max: 10_000 });
    const none = { cpus: 0, memMb: 0, diskMb: 0, gpus: 0 };
    reply = () => ({
      json: { role: 'www', quota: null, production: sizes, nonProduction: none, dedicated: none },
    });
    expect((await call(['quota', 'get', 'local/www'])).stdout.split('\n')).toEqual([
      '                CPUS  RAM MB  DISK MB  GPUS',
      'quota           none',
      'production      0.25     128       64     0',
      'non-production     0       0        0     0',
      'dedicated          0       0        0     0',
      '',
    ]);
  });
});

describe('colours', () => {
  const coloured = (more: Partial<Io>): Promise<boolean> =>
    call(['job', 'status', 'local'], more).then(({ stdout }) => stdout.includes('\u001b['));

  it('are on a terminal only, and not where NO_COLOR or a dumb terminal forbids them', async () => {
    expect(await coloured({ isTTY: false })).toBe(false);
    expect(await coloured({ isTTY: true })).toBe(true);
    expect(await coloured({ isTTY: true, env: { ...env, NO_COLOR: '1' } })).toBe(false);
    expect(await coloured({ isTTY: true, env: { ...env, TERM: 'dumb' } })).toBe(false);
  });

  it('do not move columns', async () => {
    const plain = (text: string): string => text.replaceAll(/\u001b\[\d+m/g, '');
    const { stdout } = await call(['job', 'status', 'local'], { isTTY: true });
    expect(plain(stdout)).toBe((await call(['job', 'status', 'local'])).stdout);
  });
});

describe('progress', () => {
  const outcome = { job: key, text: '2 instances are pending', instances: '0-1', count: 2 };
  const wait = ['job', 'scale', 'local/www/prod/web', '2', '--wait', '--timeout', '60'];

  beforeEach(() => {
    let looks = 0;
    reply = ({ path }) => {
      if (path.endsWith('/scale')) return { json: outcome };
      if (!path.endsWith('/web')) return { error: 'not-found' };
      looks += 1;
      const state = looks > 2 ? 'RUNNING' : 'PENDING';
      return { json: { ...job(), tasks: [0, 1].map((instance) => task({ instance, state })) } };
    };
  });

  it('is a line for each change in a pipe', async () => {
    const { stdout, stderr } = await call(wait);
    expect(stdout).toBe('2 instances are pending\n');
    expect(stderr).toBe('local/www/prod/web: 0/2 RUNNING, 2 PENDING\nlocal/www/prod/web: 2/2 RUNNING\n');
  });

  it('is one line that changes on a terminal', async () => {
    const { stderr } = await call(wait, { isTTY: true });
    expect(stderr).toBe(
      'local/www/prod/web: 0/2 RUNNING, 2 PENDING\r\u001b[2Klocal/www/prod/web: 2/2 RUNNING\n',
    );
  });
});

describe('job open', () => {
  it("prints the page's URL, and asks the browser for it", async () => {
    const { code, stdout } = await call(['job', 'open', 'local/www/prod'], {
      env: { ...env, BROWSER: 'true' },
    });
    expect([code, stdout.replace(/:\d+/, '')]).toEqual([0, 'http://127.0.0.1/scheduler/www/prod\n']);
  });
});

describe('the scripts of the completion', () => {
  it.each(['bash', 'zsh'])('for %s call the program with what is typed', async (shell) => {
    const { code, stdout } = await call(['completion', shell]);
    expect([code, stdout.includes('aurora __complete "')]).toEqual([0, true]);
  });
});
