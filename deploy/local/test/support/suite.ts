/** A whole suite for a test: the real launcher as a process, in a temporary folder, on free ports. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onStopAll, stopAll, tempFolder, waitFor } from '@murmur/testkit';
import type { SuiteStatus, TaskStatus } from '@murmur/local';
import { root } from './documents.js';

const HEALTHY_WITHIN_MS = 180_000;
const STOPPED_WITHIN_MS = 60_000;

export interface Suite {
  readonly url: string;
  readonly mysqlUrl: string;
  readonly clusterKey: string;
  /** SIGKILL; the launcher starts it again. */
  kill(task: string): Promise<void>;
  /** Stops a task and leaves it stopped until `resume`. */
  halt(task: string): Promise<void>;
  resume(task: string): Promise<void>;
  healthy(task: string): Promise<void>;
  /** The sum of a metric over all instances of a service. */
  metric(service: string, name: string): Promise<number>;
  /** The Prometheus text of each instance. */
  scrape(service: string): Promise<string[]>;
  /** Readers with an open stream. */
  readers(): Promise<number>;
  stop(): Promise<void>;
}

export async function startSuite(flags: readonly string[] = []): Promise<Suite> {
  const data = await tempFolder();
  const main = join(root, 'deploy/local/dist/main.js');
  const args = [
    '--pdeathsig',
    'KILL',
    process.execPath,
    main,
    '--data',
    data,
    '--port',
    '0',
    '--rate-limit',
    '0',
    ...flags,
  ];
  const launcher = spawn('setpriv', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  onStopAll(() => ended(launcher));
  const about = async (): Promise<{ admin: string; publicUrl: string }> =>
    JSON.parse(await readFile(join(data, 'launcher.json'), 'utf8')) as { admin: string; publicUrl: string };
  const { admin, publicUrl } = await waitFor(about, {
    timeoutMs: 30_000,
    what: 'the launcher to write launcher.json',
  });
  const secret = async (name: string): Promise<string> => (await readFile(join(data, name), 'utf8')).trim();
  const ports = JSON.parse(await readFile(join(data, 'ports.json'), 'utf8')) as Record<string, number>;
  const mysqlUrl = `mysql://murmur:${await secret('db-password')}@127.0.0.1:${ports['mariadb']}/murmur`;
  const suite = new LocalSuite(launcher, {
    admin,
    url: publicUrl,
    key: await secret('cluster-key'),
    mysqlUrl,
    ports,
  });
  await suite.allHealthy();
  return suite;
}

interface Where {
  readonly admin: string;
  readonly url: string;
  readonly key: string;
  readonly mysqlUrl: string;
  readonly ports: Readonly<Record<string, number>>;
}

/** SIGTERM, and SIGKILL when that takes too long: its children die with it. */
async function ended(launcher: ChildProcess): Promise<void> {
  if (launcher.exitCode !== null || launcher.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => launcher.once('exit', () => resolve()));
  launcher.kill('SIGTERM');
  const late = setTimeout(() => launcher.kill('SIGKILL'), STOPPED_WITHIN_MS);
  await gone;
  clearTimeout(late);
}

class LocalSuite implements Suite {
  readonly url: string;
  readonly mysqlUrl: string;
  readonly #launcher: ChildProcess;
  readonly #admin: string;
  readonly clusterKey: string;
  readonly #ports: Readonly<Record<string, number>>;

  constructor(launcher: ChildProcess, where: Where) {
    this.#launcher = launcher;
    this.#admin = where.admin;
    this.clusterKey = where.key;
    this.#ports = where.ports;
    this.url = where.url;
    this.mysqlUrl = where.mysqlUrl;
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
    const { pid } = await this.#task(task);
    await this.#act(task, 'kill');
    await waitFor(async () => (await this.#task(task)).pid !== pid, {
      timeoutMs: 30_000,
      what: `${task} to be dead`,
    });
  }

  async halt(task: string): Promise<void> {
    await this.#act(task, 'stop');
    await waitFor(async () => (await this.#task(task)).pid === null, {
      timeoutMs: 60_000,
      what: `${task} to be stopped`,
    });
  }

  async resume(task: string): Promise<void> {
    await this.#act(task, 'start');
    await this.healthy(task);
  }

  async healthy(task: string): Promise<void> {
    const healthy = async (): Promise<boolean> => (await this.#task(task)).state === 'healthy';
    await waitFor(healthy, { timeoutMs: HEALTHY_WITHIN_MS, what: `${task} to be healthy again` });
  }

  async scrape(service: string): Promise<string[]> {
    if (service === 'local') return [await (await fetch(`${this.#admin}/metrics`)).text()];
    // A Kestrel's own port speaks memcache; its admin port has a name of its own.
    const names = Object.keys(this.#ports).filter(
      (name) => name.startsWith(`${service}-`) || name === service,
    );
    const admins = names.filter((name) => !names.includes(`${name}-admin`));
    return await Promise.all(
      admins.map(async (name) => await (await fetch(`http://127.0.0.1:${this.#ports[name]}/metrics`)).text()),
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
    await ended(this.#launcher);
    await stopAll();
  }

  async #writable(): Promise<boolean> {
    return (await fetch(`${this.url}/api/v1/apps`, { method: 'POST' })).status < 500;
  }

  async #status(): Promise<SuiteStatus> {
    return (await (await fetch(`${this.#admin}/status`)).json()) as SuiteStatus;
  }

  async #task(name: string): Promise<TaskStatus> {
    const task = (await this.#status()).tasks.find((t) => t.name === name);
    if (task === undefined) throw new Error(`no task ${name}`);
    return task;
  }

  async #act(task: string, action: string): Promise<void> {
    const answer = await fetch(`${this.#admin}/tasks/${task}/${action}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.clusterKey}` },
    });
    if (!answer.ok) throw new Error(`${action} ${task}: ${answer.status} ${await answer.text()}`);
  }
}
