/** The command line against a scheduler with an agent, as a user types it. The processes are those of `dist`. */
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopAll, waitFor } from '@murmur/testkit';
import { aurora, configRoot, jobJson, type Ran } from './cli.js';
import { READY_MS, startCluster } from './cluster.js';

const KEY = 'local/root/test/web';
const bin = join(import.meta.dirname, '..', 'bin', 'aurora');
let url: string;
let folder: string;
let env: Readonly<Record<string, string>>;

const call = (...words: string[]): Promise<Ran> => aurora(words, { env, cwd: folder });

/** In a process of its own. */
function start(...words: string[]) {
  const child = spawn(process.execPath, [bin, ...words], {
    env,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ran>((resolve) => {
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
  return { child, ended, stderr: () => stderr };
}

async function config(name: string, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify(jobJson(name, more)));
  return file;
}

beforeAll(async () => {
  const cluster = await startCluster();
  ({ url } = cluster);
  ({ folder, env } = await configRoot([{ name: 'local', scheduler_uri: url }]));
  await waitFor(
    async () => {
      const answer = await fetch(`${url}/api/v1/agents`).catch(() => null);
      const body = answer?.ok === true ? ((await answer.json()) as { items: unknown[] }) : null;
      return (body?.items.length ?? 0) > 0;
    },
    { what: 'an agent that the scheduler knows', timeoutMs: READY_MS },
  );
}, 300_000);
afterAll(() => stopAll(), 120_000);

describe('aurora', () => {
  it('creates a job, and waits until it runs', async () => {
    const file = await config('web', { instances: 2 });
    const { code, stdout, stderr } = await call(
      ...['job', 'create', KEY, file, '--read-json', '--wait', '-m', 'the first', '--timeout', '120'],
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('2');
    expect(stderr).toContain('2/2 RUNNING');
    const audit = (await (await fetch(`${url}/api/v1/audit`)).json()) as {
      items: { reason: string | null }[];
    };
    expect(audit.items.map(({ reason }) => reason)).toContain('the first');
  }, 180_000);

  it('refuses a job that there is, and one that could never fit', async () => {
    const again = await call('job', 'create', KEY, await config('web'), '--read-json');
    expect(again.code).toBe(4);
    const big = jobJson('big') as { task: { resources: object } };
    const task = { ...big.task, resources: { ...big.task.resources, cpu: 64 } };
    const { code, stderr } = await call(
      ...['job', 'create', 'local/root/test/big', await config('big', { task }), '--read-json'],
    );
    expect(code).toBe(4);
    expect(stderr).toMatch(/^aurora: .*cpu/);
    expect((await call('job', 'status', 'local/root/test/big')).code).toBe(6);
  }, 60_000);

  it('lists jobs and shows their instances', async () => {
    expect((await call('job', 'list', 'local/*/t*')).stdout).toBe(`${KEY}\n`);
    expect((await call('job', 'list', 'local', '-v')).stdout).toMatch(/^JOB .*\n.*web .*2\/2 .*2 RUNNING/);
    const { stdout } = await call('job', 'status', KEY);
    expect(stdout).toMatch(/^local\/root\/test\/web {2}service, tier \w+, 2 of 2 running\nINSTANCE {2}STATE/);
    expect(stdout).toMatch(/\n0 +RUNNING +\d+[smh] +127\.0\.0\.1/);
    const [job] = JSON.parse((await call('job', 'status', KEY, '--write-json')).stdout) as {
      job: string;
      active: { instance: number }[];
      inactive: unknown[];
    }[];
    expect([job?.job, job?.active.map(({ instance }) => instance), job?.inactive]).toEqual([KEY, [0, 1], []]);
  }, 60_000);

  it('says why an instance is in its state', async () => {
    expect((await call('job', 'why', `${KEY}/0`)).stdout).toMatch(/running/);
    const { code, stderr } = await call('job', 'why', `${KEY}/99`);
    expect([code, stderr.includes('never created')]).toEqual([6, true]);
  });

  it('says how many more fit, and what stops the next one', async () => {
    const sizes = await call('capacity', 'local');
    expect(sizes.stdout.split('\n')[0]).toMatch(/^ *CPUS +RAM MB +DISK MB +FIT +WHAT STOPS THE NEXT$/);
    expect(sizes.stdout.trimEnd().split('\n')).toHaveLength(6);
    const one = await call('capacity', 'local', '--cpus', '64', '--write-json');
    expect(JSON.parse(one.stdout)).toMatchObject({ count: 0 });
    expect((await call('capacity', 'local', 'root/test/web')).code).toBe(0);
    expect((await call('capacity', 'local', KEY, '--max', '1')).stdout).toContain('1 or more');
  });

  it('shows the use of a role', async () => {
    const { stdout } = await call('quota', 'get', 'local/root', '--write-json');
    expect(JSON.parse(stdout)).toMatchObject({ role: 'root', quota: null });
    expect((await call('quota', 'get', 'local/root')).stdout).toMatch(/non-production/);
  });

  it('shows what a config would change, and exits 0 also when it would', async () => {
    const same = await call('job', 'diff', KEY, await config('web', { instances: 2 }), '--read-json');
    expect([same.code, same.stdout]).toEqual([0, `${KEY}: no difference\n`]);
    const file = await config('web', { instances: 3, priority: 5 });
    const { code, stdout } = await call('job', 'diff', KEY, file, '--read-json');
    expect(code).toBe(0);
    expect(stdout).toContain('add instances: 2\nupdate instances: 0-1\nwith diff:\n');
    expect(stdout).toContain('+   "priority": 5');
    const viewed = await aurora(['job', 'diff', KEY, file, '--read-json'], {
      ...{ env: { ...env, DIFF_VIEWER: 'diff -u' }, cwd: folder },
    });
    expect(viewed.stdout).toMatch(/\+ +"priority": 5/);
    const other = await call(
      'job',
      'diff',
      'local/root/test/other',
      await config('other', { instances: 2 }),
      '--read-json',
      '--from',
      KEY,
    );
    expect(other.code).toBe(0);
  }, 60_000);

  it('runs a command in the sandboxes of a job, with its refs filled in', async () => {
    const { code, stdout } = await call('task', 'run', KEY, 'echo {{mesos.instance}} in $(basename "$PWD")');
    expect([code, stdout]).toEqual([0, '0 127.0.0.1:  0 in sandbox\n1 127.0.0.1:  1 in sandbox\n']);
    const failed = await call('task', 'run', `${KEY}/1`, '--', 'exit', '3');
    expect(failed.code).toBe(3);
    expect((await call('task', 'run', KEY, 'echo {{thermos.ports[http]}}')).code).toBe(6);
  }, 60_000);

  it('opens a shell in a sandbox, and gives its code', async () => {
    const words = ['task', 'ssh', `${KEY}/0`, '-c', 'pwd; exit 7', '-p', 'pid'];
    const { code, stdout } = await call(...words);
    expect([code, stdout.trimEnd().endsWith('/sandbox')]).toEqual([7, true]);
    const pid = await waitFor(() => readFile(join(folder, 'pid'), 'utf8').catch(() => undefined), {
      what: 'a pid',
    });
    expect(pid).toMatch(/^\d+$/);
  }, 60_000);

  it('restarts a job, a batch after the other, and waits for each to be well', async () => {
    const idsOf = async (): Promise<string[]> => {
      const { stdout } = await call('job', 'status', KEY, '--write-json');
      return (JSON.parse(stdout) as { active: { id: string }[] }[]).flatMap((job) =>
        job.active.map(({ id }) => id),
      );
    };
    const before = await idsOf();
    const { code, stdout, stderr } = await call(
      'job',
      'restart',
      KEY,
      '--watch-secs',
      '1',
      '--timeout',
      '120',
    );
    expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: `${KEY}: restarted 0-1\n` });
    expect(stderr).toContain('1/2 restarted');
    expect((await idsOf()).filter((id) => before.includes(id))).toEqual([]);
  }, 240_000);

  it('scales a job up and down, and adds to it', async () => {
    expect((await call('job', 'scale', KEY, '3', '--wait', '--timeout', '120')).code).toBe(0);
    expect((await call('job', 'scale', KEY, '1', '--wait', '--timeout', '120')).code).toBe(0);
    expect((await call('job', 'add', `${KEY}/0`, '1', '--wait', '--timeout', '120')).code).toBe(0);
    const { stdout } = await call('job', 'status', KEY, '--write-json');
    const [job] = JSON.parse(stdout) as { active: { instance: number }[] }[];
    expect(job?.active.map(({ instance }) => instance)).toEqual([0, 1]);
  }, 240_000);

  it('waits for an ad-hoc job to be finished', async () => {
    const job = jobJson('once', { service: false }) as { task: object };
    const task = { ...job.task, processes: [{ name: 'main', cmdline: 'true' }] };
    const file = await config('once', { service: false, task });
    const { code, stderr } = await call(
      ...[
        'job',
        'create',
        'local/root/test/once',
        file,
        '--read-json',
        '--wait-until',
        'FINISHED',
        '--timeout',
        '120',
      ],
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
  }, 180_000);

  it('kills instances in batches, then all the rest at once', async () => {
    const one = await call('job', 'kill', `${KEY}/1`, '--timeout', '120');
    expect([one.code, one.stdout]).toEqual([0, `${KEY}: killed 1\n`]);
    const rest = await call('job', 'killall', KEY, '--no-batching', '--timeout', '120');
    expect([rest.code, rest.stdout]).toEqual([0, `${KEY}: killed 0\n`]);
    const nothing = await call('job', 'killall', KEY);
    expect([nothing.code, nothing.stderr]).toEqual([0, `${KEY}: no instance to kill is active\n`]);
  }, 240_000);

  it('completes keys by asking the scheduler', async () => {
    expect((await call('__complete', 'job', 'status', 'lo')).stdout).toBe('local/\n');
    expect((await call('__complete', 'job', 'status', 'local/root/test/w')).stdout).toBe(`${KEY}\n`);
    expect((await call('__complete', 'job', 'status', 'far/')).stdout).toBe('');
  });

  it('loads a .aurora file, and names file and line of what is wrong with it', async () => {
    await mkdir(join(folder, 'configs'), { recursive: true });
    const file = join(folder, 'configs', 'hello.aurora');
    const text = (memory: string): string =>
      [
        "hello = SimpleTask(name = 'hello', command = 'echo {{greeting}}')",
        "jobs = [Service(cluster = 'local', role = 'root', environment = 'test', name = 'hello',",
        `  instances = ${memory}, task = hello)]`,
      ].join('\n');
    await writeFile(file, text('2'));
    const words = ['job', 'inspect', 'local/root/test/hello', 'configs/hello.aurora'];
    const good = await start(...words, '--bind', 'greeting=hi').ended;
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect(good.stdout).toContain("  instances:  '2'");
    expect(good.stdout).toContain('    echo hi');
    const unbound = await start(...words).ended;
    expect(unbound.code).toBe(3);
    await writeFile(file, text('none'));
    const bad = await start('config', 'validate', 'configs/hello.aurora').ended;
    expect(bad.code).toBe(3);
    expect(bad.stderr).toMatch(/configs\/hello\.aurora:\d+/);
    const list = await start('config', 'list', 'configs/nowhere.aurora').ended;
    expect(list.code).toBe(4);
  }, 180_000);
});

describe('the process', () => {
  it('completes words for bash', async () => {
    const script = [
      `aurora() { "${process.execPath}" "${bin}" "$@"; }`,
      'source <(aurora completion bash)',
      'for COMP_LINE in "aurora job cr" "aurora job status local/root/" "aurora job create local/root/test/web "; do',
      '  COMP_POINT=${#COMP_LINE}; _aurora; echo "${COMPREPLY[*]}"',
      'done',
    ].join('\n');
    const child = spawn('bash', ['-c', script], {
      env,
      cwd: join(folder, 'root'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    await new Promise((resolve) => child.on('close', resolve));
    expect(stdout).toBe('create\nlocal/root/test/\nclusters.json\n');
  }, 60_000);

  it('ends with 130 on ctrl-C', async () => {
    const file = await config('stuck', { instances: 2, constraints: { host: 'limit:1' } });
    const process = start('job', 'create', 'local/root/test/stuck', file, '--read-json', '--wait');
    await waitFor(() => process.stderr().includes('/2 RUNNING'), {
      what: 'it to wait',
      timeoutMs: READY_MS,
    });
    process.child.kill('SIGINT');
    const { code, stderr } = await process.ended;
    expect({ code, stderr }).toMatchObject({ code: 130 });
  }, 120_000);

  it('says nothing when nobody reads any more', async () => {
    const { child, ended } = start('--help');
    child.stdout.destroy();
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('ends with 1 when its output cannot be written', async () => {
    const child = spawn('/bin/sh', ['-c', '"$0" "$1" --help > /dev/full', process.execPath, bin], {
      stdio: 'ignore',
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    expect(code).toBe(1);
  });
});
