/** A whole suite for a test: the real launcher as a process, in a temporary folder, on free ports, and the suite's jobs on it. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endProcessesIn, onStopAll, stopAll, tempFolder, waitFor } from '@murmur/testkit';
import type { SuiteStatus, TaskStatus } from '@murmur/local';
import { createSchedulerClient, type SchedulerClient, type TaskShape } from '@murmur/scheduler-api';
import { packageAll } from '../../src/package/package.js';
import { root } from './documents.js';

const run = promisify(execFile);
const HEALTHY_WITHIN_MS = 180_000;
const STOPPED_WITHIN_MS = 120_000;
const main = (name: string): string => join(root, `deploy/local/dist/${name}.js`);

export interface Suite {
  readonly url: string;
  readonly mysqlUrl: string;
  readonly clusterKey: string;
  readonly data: string;
  readonly scheduler: SchedulerClient;
  /** SIGKILL: of a process of the infrastructure, or of everything in an instance's container (`fanout-0`), its executor first of all. */
  kill(task: string): Promise<void>;
  /** SIGKILL for an agent and for everything in its containers. The launcher starts the agent again. */
  killAgent(name: string): Promise<void>;
  /** Stops a process of the infrastructure and leaves it stopped until `resume`. */
  halt(task: string): Promise<void>;
  resume(task: string): Promise<void>;
  /** The process is healthy, the instance RUNNING. */
  healthy(task: string): Promise<void>;
  /** Everything is. */
  allHealthy(): Promise<void>;
  /** The command line, with the suite's clusters.json. Resolves with what it wrote, rejects when it does not exit 0. */
  aurora(...words: string[]): Promise<string>;
  /** The sum of a metric over all instances of a service. */
  metric(service: string, name: string): Promise<number>;
  /** The Prometheus text of each instance. */
  scrape(service: string): Promise<string[]>;
  /** Readers with an open stream. */
  readers(): Promise<number>;
  stop(): Promise<void>;
}

export async function startSuite(flags: readonly string[] = []): Promise<Suite> {
  await packageAll(join(root, '.murmur/packages'));
  const data = await realpath(await tempFolder('suite'));
  const own = ['--data', data, '--port', '0', '--scheduler-port', '0', '--rate-limit', '0'];
  const args = ['--pdeathsig', 'KILL', process.execPath, main('main'), ...own, ...flags];
  const launcher = spawn('setpriv', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  onStopAll(() => ended(launcher, data));
  await up(data);
  const about = JSON.parse(await readFile(join(data, 'launcher.json'), 'utf8')) as About;
  const secret = async (name: string): Promise<string> => (await readFile(join(data, name), 'utf8')).trim();
  const ports = JSON.parse(await readFile(join(data, 'ports.json'), 'utf8')) as Record<string, number>;
  const suite = new LocalSuite({
    launcher,
    data,
    about,
    key: await secret('cluster-key'),
    token: await secret('scheduler-token'),
    mysqlUrl: `mysql://murmur:${await secret('db-password')}@127.0.0.1:${ports['mariadb']}/murmur`,
  });
  await suite.allHealthy();
  return suite;
}

/** Submits the jobs and waits until all is healthy, as `scripts/up` does. Resolves with what it wrote. */
export async function up(data: string): Promise<string> {
  const args = [main('up-main'), '--data', data, '--timeout-s', String(HEALTHY_WITHIN_MS / 1_000)];
  try {
    return (await run(process.execPath, args)).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`the suite did not come up:\n${stdout}\n${stderr}`, { cause: error });
  }
}

interface About {
  readonly admin: string;
  readonly publicUrl: string;
  readonly schedulerUrl: string;
}

interface Where {
  readonly launcher: ChildProcess;
  readonly data: string;
  readonly about: About;
  readonly key: string;
  readonly token: string;
  readonly mysqlUrl: string;
}

/** SIGTERM, and SIGKILL when that takes too long. What is left in containers, and their cgroups, goes with `scripts/down`. */
async function ended(launcher: ChildProcess, data: string): Promise<void> {
  if (launcher.exitCode === null && launcher.signalCode === null) {
    const gone = new Promise<void>((resolve) => launcher.once('exit', () => resolve()));
    launcher.kill('SIGTERM');
    const late = setTimeout(() => launcher.kill('SIGKILL'), STOPPED_WITHIN_MS);
    await gone;
    clearTimeout(late);
  }
  await run(process.execPath, [main('down-main'), '--data', data]);
}

class LocalSuite implements Suite {
  readonly url: string;
  readonly mysqlUrl: string;
  readonly clusterKey: string;
  readonly data: string;
  readonly scheduler: SchedulerClient;
  readonly #where: Where;

  constructor(where: Where) {
    this.#where = where;
    this.clusterKey = where.key;
    this.mysqlUrl = where.mysqlUrl;
    this.data = where.data;
    this.url = where.about.publicUrl;
    this.scheduler = createSchedulerClient({
      urls: where.about.schedulerUrl,
      credentials: { token: where.token },
    });
  }

  async allHealthy(): Promise<void> {
    const reachable = async (): Promise<boolean> =>
      (await this.#status()).healthy &&
      (await fetch(`${this.url}/api/v1/streaming/health`)).ok &&
      (await this.#writable());
    await waitFor(reachable, {
      timeoutMs: HEALTHY_WITHIN_MS,
      what: 'every task of the suite to be healthy',
      everyMs: 250,
    });
  }

  async kill(task: string): Promise<void> {
    const process = await this.#process(task);
    if (process !== null) {
      await this.#act(task, 'kill');
      await waitFor(async () => (await this.#process(task))?.pid !== process.pid, {
        timeoutMs: 30_000,
        what: `${task} to be dead`,
      });
      return;
    }
    const { id } = await this.#instance(task);
    for (const folder of await this.#sandboxesOf(`thermos-${id}`)) await endProcessesIn(folder);
    await waitFor(async () => (await this.#instanceNow(task))?.id !== id, {
      timeoutMs: HEALTHY_WITHIN_MS,
      what: `${task} to be replaced`,
    });
  }

  async killAgent(name: string): Promise<void> {
    await this.kill(`agent-${name}`);
    await endProcessesIn(join(this.data, 'agents', name, 'slaves'));
  }

  async halt(task: string): Promise<void> {
    await this.#act(task, 'stop');
    await waitFor(async () => (await this.#process(task))?.pid === null, {
      timeoutMs: 60_000,
      what: `${task} to be stopped`,
    });
  }

  async resume(task: string): Promise<void> {
    await this.#act(task, 'start');
    await this.healthy(task);
  }

  async healthy(task: string): Promise<void> {
    const healthy = async (): Promise<boolean> => {
      const process = await this.#process(task);
      if (process !== null) return process.state === 'healthy';
      return (await this.#instanceNow(task))?.state === 'RUNNING';
    };
    await waitFor(healthy, { timeoutMs: HEALTHY_WITHIN_MS, what: `${task} to be healthy again` });
  }

  async aurora(...words: string[]): Promise<string> {
    const env = { ...process.env, AURORA_CONFIG_ROOT: this.data };
    const { stdout } = await run(join(root, 'deploy/cli/bin/aurora'), words, { env });
    return stdout;
  }

  async scrape(service: string): Promise<string[]> {
    if (service === 'local') return [await (await fetch(`${this.#where.about.admin}/metrics`)).text()];
    const tasks = await this.#active(service);
    return await Promise.all(
      tasks.map(async ({ ports }) => {
        const port = ports['health'] ?? ports['http'];
        return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      }),
    );
  }

  async metric(service: string, name: string): Promise<number> {
    const texts = await this.scrape(service);
    const values = texts.flatMap((text) => [
      ...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm')),
    ]);
    return values.reduce((sum, match) => sum + Number(match[1]), 0);
  }

  readers(): Promise<number> {
    return this.metric('push-gateway', 'murmur_push_connections');
  }

  async stop(): Promise<void> {
    await ended(this.#where.launcher, this.data);
    await stopAll();
  }

  async #writable(): Promise<boolean> {
    return (await fetch(`${this.url}/api/v1/apps`, { method: 'POST' })).status < 500;
  }

  async #status(): Promise<SuiteStatus> {
    return (await (await fetch(`${this.#where.about.admin}/status`)).json()) as SuiteStatus;
  }

  /** A process of the infrastructure; null: the name is no such process's. */
  async #process(name: string): Promise<TaskStatus | null> {
    return (await this.#status()).tasks.find((task) => task.name === name) ?? null;
  }

  async #active(name: string): Promise<readonly TaskShape[]> {
    const query = { role: 'murmur', environment: 'prod', name, active: 'true' } as const;
    return (await this.scheduler.call('tasks', { query })).items;
  }

  async #instanceNow(task: string): Promise<TaskShape | undefined> {
    const [, name = '', number = ''] = /^(.*)-(\d+)$/.exec(task) ?? [];
    return (await this.#active(name)).find(({ instance }) => instance === Number(number));
  }

  async #instance(task: string): Promise<TaskShape> {
    const found = await this.#instanceNow(task);
    if (found === undefined) throw new Error(`no instance ${task}`);
    return found;
  }

  async #sandboxesOf(executor: string): Promise<string[]> {
    const agents = join(this.data, 'agents');
    const folders: string[] = [];
    for (const agent of await readdir(agents)) {
      const slaves = join(agents, agent, 'slaves');
      for (const id of await readdir(slaves).catch(() => []))
        for (const framework of await readdir(join(slaves, id, 'frameworks')).catch(() => []))
          folders.push(join(slaves, id, 'frameworks', framework, 'executors', executor));
    }
    return folders;
  }

  async #act(task: string, action: string): Promise<void> {
    const answer = await fetch(`${this.#where.about.admin}/tasks/${task}/${action}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.clusterKey}` },
    });
    if (!answer.ok) throw new Error(`${action} ${task}: ${answer.status} ${await answer.text()}`);
  }
}
