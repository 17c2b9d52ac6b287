/**
 * `scripts/up`'s second half: waits for the launcher of a folder, submits the suite's jobs, and tells progress until all is healthy.
 * Exit 0: healthy; 1: not within the time, the launcher ended, or a job was refused.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, createSchedulerClient, NetworkError, type SchedulerClient } from '@murmur/scheduler-api';
import { commonOptions, defineOptions } from '@murmur/service';
import type { SuiteStatus } from './admin.js';
import { readStatus, tryPublicApi } from './client.js';
import { runCommand } from './command.js';
import { layOut, type Layout } from './files.js';
import { ownerIn } from './lock.js';
import { localOptions } from './options.js';
import { ConfigsError, loadSuite, submit } from './submit.js';
import { Progress } from './progress.js';

const options = defineOptions({
  data: localOptions.data,
  timeoutS: { type: 'integer', default: 180, min: 1, max: 3_600, unit: 's', help: 'longest wait' },
  logLevel: commonOptions.logLevel,
});
const POLL_MS = 150;
/** For a launcher that was started a moment ago to take its folder. */
const LAUNCHER_MS = 5_000;

/** Why it is given up; its message is for people. */
class UpError extends Error {
  override readonly name = 'UpError';
}

async function up(data: string, timeoutS: number): Promise<number> {
  const layout = await layOut(data);
  const progress = new Progress(layout, Date.now(), timeoutS * 1_000);
  try {
    const { bindings, schedulerUrl, environmentChanged } = await launcherOf(layout, progress);
    const configs = loadSuite(bindings);
    configs.catch(() => undefined);
    const token = (await readFile(layout.of('scheduler-token'), 'utf8')).trim();
    const client = createSchedulerClient({ urls: schedulerUrl, credentials: { token } });
    await schedulerReady(client, layout, progress);
    const created = await submitAll(client, await configs, progress);
    const status = await allHealthy(layout, progress);
    progress.finished(status, { environmentChanged: environmentChanged && created === 0 });
    return 0;
  } catch (error) {
    if (!(error instanceof UpError || error instanceof ConfigsError || error instanceof ApiError))
      throw error;
    console.error(`\n${error.message}`);
    if (error instanceof ApiError) for (const detail of error.details) console.error(`  ${detail}`);
    await progress.explain();
    return 1;
  }
}

/** What the launcher says, once it says something. */
async function launcherOf(layout: Layout, progress: Progress): Promise<SuiteStatus> {
  for (;;) {
    const status = await readStatus(layout.root);
    if (status !== null) return status;
    if (progress.elapsedMs() > LAUNCHER_MS && (await ownerIn(layout.of('launcher.pid'))) === null)
      throw new UpError('the launcher ended');
    await pause(progress);
  }
}

async function schedulerReady(client: SchedulerClient, layout: Layout, progress: Progress): Promise<void> {
  for (;;) {
    const status = await launcherOf(layout, progress);
    progress.tasks(status.tasks);
    const scheduler = status.tasks.find(({ name }) => name === 'scheduler');
    if (scheduler?.state === 'healthy') {
      const cluster = await client.call('cluster').catch(() => null);
      if (cluster?.lifecycle === 'ACTIVE') return;
    }
    await pause(progress);
  }
}

/** Answers how many were created. */
async function submitAll(
  client: SchedulerClient,
  jobs: Awaited<ReturnType<typeof loadSuite>>,
  progress: Progress,
): Promise<number> {
  let created = 0;
  for (const loaded of jobs) {
    for (;;) {
      const outcome = await submit(client, loaded).catch((error: unknown) => error);
      // An agent that could take it may not have been seen yet; a scheduler may just be on its way.
      const passing =
        outcome instanceof NetworkError ||
        (outcome instanceof ApiError && (outcome.retry || outcome.code === 'never-fits'));
      if (outcome === 'created' || outcome === 'runs' || outcome === 'differs') {
        if (outcome === 'created') created += 1;
        progress.submitted(loaded.job.name, outcome);
        break;
      }
      if (!passing || progress.isOver()) throw outcome;
      await sleep(POLL_MS);
    }
  }
  return created;
}

async function allHealthy(layout: Layout, progress: Progress): Promise<SuiteStatus> {
  for (;;) {
    const status = await launcherOf(layout, progress);
    progress.tasks(status.tasks);
    progress.jobs(status.jobs ?? []);
    if (status.healthy && (await tryPublicApi(status.publicUrl)) === null) return status;
    await pause(progress);
  }
}

async function pause(progress: Progress): Promise<void> {
  if (progress.isOver())
    throw new UpError(`not healthy after ${Math.round(progress.elapsedMs() / 1_000)} s:`);
  await sleep(POLL_MS);
}

await runCommand(
  { name: 'murmur-local-up', summary: 'Submits the jobs of a local suite, and waits until all is healthy.' },
  options,
  ({ data, timeoutS }) => up(data, timeoutS),
);
