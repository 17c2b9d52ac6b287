import { readFile } from 'node:fs/promises';
import type { SuiteStatus } from './admin.js';
import type { Layout } from './files.js';
import type { JobStatus } from './jobs.js';
import { HOUSE } from './package/catalogue.js';
import type { TaskStatus } from './runner.js';
import { CLUSTER, ENVIRONMENT, ROLE } from './specs.js';
import type { Submitted } from './submit.js';

const TAIL_LINES = 15;
const NAME_CHARS = 18;

/** What `scripts/up` says: a line each time something has come further, and in the end where everything is. */
export class Progress {
  readonly #layout: Layout;
  readonly #startedAt: number;
  readonly #boundMs: number;
  readonly #shown = new Map<string, string>();
  #tasks: readonly TaskStatus[] = [];
  #jobs: readonly JobStatus[] = [];
  #differ: readonly string[] = [];

  constructor(layout: Layout, startedAt: number, boundMs: number) {
    this.#layout = layout;
    this.#startedAt = startedAt;
    this.#boundMs = boundMs;
  }

  elapsedMs(): number {
    return Date.now() - this.#startedAt;
  }

  isOver(): boolean {
    return this.elapsedMs() > this.#boundMs;
  }

  tasks(tasks: readonly TaskStatus[]): void {
    this.#tasks = tasks;
    for (const { name, state, port } of tasks)
      if (state === 'healthy') this.#line(name, `healthy  127.0.0.1:${port}`);
  }

  submitted(name: string, outcome: Submitted): void {
    if (outcome === 'differs') this.#differ = [...this.#differ, name];
    if (outcome !== 'created')
      this.#line(name, outcome === 'runs' ? 'runs already' : 'runs with another config');
  }

  jobs(jobs: readonly JobStatus[]): void {
    this.#jobs = jobs;
    for (const { name, running, wanted, reason } of jobs) {
      const why = reason === null ? '' : `  ${reason}`;
      this.#line(name, `${running}/${wanted} ${running === wanted ? 'healthy' : `running${why}`}`);
    }
  }

  finished(status: SuiteStatus, { environmentChanged }: { readonly environmentChanged: boolean }): void {
    const key = `${CLUSTER}/${ROLE}/${ENVIRONMENT}`;
    const binds = Object.entries(status.bindings).map(([name, value]) => `--bind ${name}=${value}`);
    const config = (job: string): string => `aurora-configs/${job}.aurora ${binds.join(' ')}`;
    const lines = [
      '',
      `public API     ${status.publicUrl}`,
      `scheduler API  ${status.schedulerUrl}/api/v1  (token: ${this.#layout.of('scheduler-token')})`,
      `logs           ${this.#layout.logs}/, and in each sandbox below ${this.#layout.of('agents')}/`,
      '',
      `  export AURORA_CONFIG_ROOT=${this.#layout.root} PATH=$PATH:${HOUSE}deploy/cli/bin`,
      `  aurora job status ${key}/timeline`,
      `  aurora job scale ${key}/timeline 5`,
    ];
    for (const job of this.#differ)
      lines.push(
        '',
        `${job} runs with another config than aurora-configs/${job}.aurora:`,
        `  aurora job diff ${key}/${job} ${config(job)}`,
      );
    if (environmentChanged)
      lines.push(
        '',
        `service.env has changed; what runs was started with the old one: aurora job restart ${key}/JOB`,
      );
    console.log(lines.join('\n'));
  }

  /** Of everything that is not healthy: why, and the end of its log. */
  async explain(): Promise<void> {
    for (const { name, state, reason, log } of this.#tasks.filter((task) => task.state !== 'healthy')) {
      console.error(`  ${name.padEnd(NAME_CHARS)} ${state}: ${reason ?? ''}`);
      await tail(log);
    }
    for (const { name, running, wanted, reason } of this.#jobs.filter((job) => job.running !== job.wanted))
      console.error(`  ${name.padEnd(NAME_CHARS)} ${running}/${wanted} running: ${reason ?? ''}`);
    if (this.#tasks.length === 0) await tail(`${this.#layout.logs}/launcher.log`);
  }

  #line(name: string, text: string): void {
    if (this.#shown.get(name) === text) return;
    this.#shown.set(name, text);
    console.log(`  ${name.padEnd(NAME_CHARS)} ${text.padEnd(30)} ${(this.elapsedMs() / 1_000).toFixed(1)} s`);
  }
}

async function tail(path: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const lines = text.trimEnd().split('\n').slice(-TAIL_LINES);
  console.error(`  --- ${path}\n${lines.map((line) => `  | ${line}`).join('\n')}`);
}
