/**
 * `scripts/down`: ends the launcher of a folder, and with it jobs and infrastructure; `--erase` drops the data. What a launcher that was
 * killed has left running is ended too. Exit 1: it did not end.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog, defineOptions, parseOptions } from '@murmur/service';
import { cleanUpAgents } from './clean-up.js';
import { runCommand } from './command.js';
import { layOut, type Layout } from './files.js';
import { ownerIn, takeLock } from './lock.js';
import { localOptions } from './options.js';
import { planOf } from './plan.js';

const options = defineOptions({
  data: localOptions.data,
  erase: { type: 'boolean', default: false, help: 'drop the data too' },
  timeoutS: {
    type: 'integer',
    default: 150,
    min: 1,
    max: 3_600,
    unit: 's',
    help: 'longest wait before SIGKILL',
  },
});
const POLL_MS = 50;
const KILLED_MS = 5_000;

async function down(data: string, erase: boolean, timeoutS: number): Promise<number> {
  const layout = await layOut(data);
  const lock = layout.of('launcher.pid');
  const gone = async (ms: number): Promise<boolean> => {
    const end = Date.now() + ms;
    while (Date.now() < end) {
      if ((await ownerIn(lock)) === null) return true;
      await sleep(POLL_MS);
    }
    return false;
  };
  const owner = await ownerIn(lock);
  if (owner === null) {
    console.log(
      (await orphansEnded(layout)) ? 'ended what a launcher that was killed had left' : 'nothing runs',
    );
  } else {
    process.kill(owner.pid, 'SIGTERM');
    if (!(await gone(timeoutS * 1_000))) {
      console.error(`the launcher, pid ${owner.pid}, did not end within ${timeoutS} s; killing it`);
      process.kill(owner.pid, 'SIGKILL');
      if (!(await gone(KILLED_MS))) return 1;
      await orphansEnded(layout);
    }
    console.log('stopped');
  }
  if (erase) {
    await rm(layout.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    console.log(`erased ${layout.root}`);
  }
  return 0;
}

/** A launcher that came to its end has removed this file, and left nothing. */
async function orphansEnded(layout: Layout): Promise<boolean> {
  const about = layout.of('launcher.json');
  if (!existsSync(about)) return false;
  const unlock = await takeLock(layout.of('launcher.pid'));
  try {
    const argv = ['--data', layout.root, '--port', '0', '--scheduler-port', '0'];
    const parsed = parseOptions({ name: 'murmur-local', summary: '' }, localOptions, argv, {});
    if (parsed.kind !== 'run') throw new Error('the flags are those of a run');
    const log = createLog({ name: 'murmur-local-down', level: 'warn' });
    await cleanUpAgents(await planOf(parsed.values, layout), log);
    await rm(about, { force: true });
    return true;
  } finally {
    await unlock();
  }
}

await runCommand(
  { name: 'murmur-local-down', summary: 'Ends a local suite.' },
  options,
  ({ data, erase, timeoutS }) => down(data, erase, timeoutS),
);
