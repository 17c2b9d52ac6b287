import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createLoader, formatLoadError } from '@murmur/job-config';
import type { Job, LoadedJob, Loader, LoaderOptions, LoadRequest } from '@murmur/job-config';

/** A folder for configs and one for the cache, a loader over them, and short ways to ask it. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'murmur-config-'));
  readonly cacheFolder = mkdtempSync(join(tmpdir(), 'murmur-cache-'));
  readonly loader: Loader;

  constructor(options: LoaderOptions = {}) {
    this.loader = createLoader({ cacheFolder: this.cacheFolder, ...options });
  }

  write(name: string, text: string): string {
    const file = join(this.folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  /** The jobs of a config that is well. */
  async jobs(text: string, more: Partial<LoadRequest> = {}): Promise<readonly LoadedJob[]> {
    const result = await this.loader.load({ file: this.write('jobs.aurora', text), ...more });
    if (!result.ok) throw new Error(result.errors.map(formatLoadError).join('\n'));
    return result.jobs;
  }

  async job(text: string, more: Partial<LoadRequest> = {}): Promise<Job> {
    const [first] = await this.jobs(text, more);
    return first!.job;
  }

  /** The lines for a config with errors, the folder cut off. */
  async errors(text: string, more: Partial<LoadRequest> = {}): Promise<readonly string[]> {
    const result = await this.loader.load({ file: this.write('jobs.aurora', text), ...more });
    if (result.ok) throw new Error('it loads');
    return result.errors.map((error) => formatLoadError(error).replaceAll(`${this.folder}/`, ''));
  }

  /** What a config prints, whether it is well or not. */
  async printed(text: string, more: Partial<LoadRequest> = {}): Promise<string> {
    const result = await this.loader.load({ file: this.write('jobs.aurora', text), ...more });
    return (result.printed ?? '').trim();
  }

  async close(): Promise<void> {
    await this.loader.close();
    for (const folder of [this.folder, this.cacheFolder]) rmSync(folder, { recursive: true, force: true });
  }
}

/** Lines 1 and 2 of many configs: a task and a job that lacks nothing. */
export const READY = `t = SimpleTask('n', 'c')
J = Job(cluster='local', role='www', environment='test', name='x', task=t)
`;
