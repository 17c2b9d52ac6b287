/** `scripts/down`: ends the launcher of a folder, and with it everything; `--erase` drops the data. Exit 1: it did not end. */
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineOptions } from '@murmur/service';
import { runCommand } from './command.js';
import { layOut } from './files.js';
import { ownerIn } from './lock.js';
import { localOptions } from './options.js';

const options = defineOptions({
  data: localOptions.data,
  erase: { type: 'boolean', default: false, help: 'drop the data too' },
  timeoutS: {
    type: 'integer',
    default: 75,
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
    console.log('nothing runs');
  } else {
    process.kill(owner.pid, 'SIGTERM');
    if (!(await gone(timeoutS * 1_000))) {
      console.error(`the launcher, pid ${owner.pid}, did not end within ${timeoutS} s; killing it`);
      process.kill(owner.pid, 'SIGKILL');
      if (!(await gone(KILLED_MS))) return 1;
    }
    console.log('stopped');
  }
  if (erase) {
    await rm(layout.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    console.log(`erased ${layout.root}`);
  }
  return 0;
}

await runCommand(
  { name: 'murmur-local-down', summary: 'Ends a local suite.' },
  options,
  ({ data, erase, timeoutS }) => down(data, erase, timeoutS),
);
