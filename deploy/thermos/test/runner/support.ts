import { readdirSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLog } from '@murmur/service';
import { onStopAll, tempFolder, waitFor } from '@murmur/testkit';
import { createRunner, type Runner, type RunnerOptions, type RunnerTask } from '../../src/runner/index.js';

/** nobody: a user that is not the runner's, on every machine. */
export const NOBODY = 65_534;
export const isRoot = process.getuid?.() === 0;

export interface Place {
  readonly base: string;
  readonly sandbox: string;
  readonly checkpointRoot: string;
}

/** A sandbox and a place for checkpoints; `uid` owns the sandbox. */
export async function newPlace(uid?: number): Promise<Place> {
  const base = await tempFolder('thermos');
  // What this test file started must not outlive it, whatever else went wrong.
  onStopAll(async () => {
    for (const pid of leftIn(base)) process.kill(pid, 'SIGKILL');
    await waitFor(() => leftIn(base).length === 0, { what: 'killed processes to be gone' });
  });
  await chmod(base, 0o755);
  const sandbox = join(base, 'sandbox');
  await mkdir(sandbox);
  if (uid !== undefined) await chown(sandbox, uid, uid);
  return { base, sandbox, checkpointRoot: join(base, 'checkpoints') };
}

export function optionsFor(place: Place, task: RunnerTask, more: Partial<RunnerOptions> = {}): RunnerOptions {
  return {
    task,
    taskId: 'task-1',
    sandbox: place.sandbox,
    checkpointRoot: place.checkpointRoot,
    user: null,
    env: {},
    loggerDefaults: { destination: 'file', mode: 'standard' },
    log: silentLog(),
    pollMs: 20,
    ...more,
  };
}

/** A started runner; its task is killed when the test file ends, should it still run. */
export async function started(options: RunnerOptions): Promise<Runner> {
  const runner = createRunner(options);
  await runner.start();
  onStopAll(() => runner.detach());
  return runner;
}

/** What a process wrote to its standard output in one run. */
export async function outputOf(place: Place, name: string, run = 0, stream = 'stdout'): Promise<string> {
  return readFile(join(place.sandbox, '.logs', name, String(run), stream), 'utf8');
}

/** Waits until a file of the sandbox holds `text`. */
export async function untilFile(place: Place, name: string, text: string): Promise<string> {
  const found = await waitFor(
    async () => {
      const content = await readFile(join(place.sandbox, name), 'utf8');
      return content.includes(text) ? { content } : false;
    },
    { what: `"${text}" in ${name}` },
  );
  return found.content;
}

/** The processes whose environment, arguments or folder name the place: coordinators and all that a task started. */
export function leftIn(base: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) =>
      ['environ', 'cmdline'].some((file) => readSafely(`/proc/${name}/${file}`).includes(base)),
    )
    .map(Number);
}

/** Whether a process runs; one that has ended and waits for its parent does not. */
export function isRunning(pid: number): boolean {
  const stat = readSafely(`/proc/${pid}/stat`);
  return stat !== '' && !/\) [ZX] /.test(stat);
}

function readSafely(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
