/** `scripts/up`'s second half: tells progress until all is healthy. Exit 0: healthy; 1: not within the time, or the launcher ended. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { commonOptions, defineOptions } from '@murmur/service';
import { readStatus, tryPublicApi } from './client.js';
import { runCommand } from './command.js';
import { layOut } from './files.js';
import { ownerIn } from './lock.js';
import { localOptions } from './options.js';
import type { TaskStatus } from './runner.js';

const options = defineOptions({
  data: localOptions.data,
  timeoutS: { type: 'integer', default: 120, min: 1, max: 3_600, unit: 's', help: 'longest wait' },
  logLevel: commonOptions.logLevel,
});
const POLL_MS = 100;
const TAIL_LINES = 15;

async function wait(data: string, timeoutS: number): Promise<number> {
  const started = Date.now();
  const layout = await layOut(data);
  const shown = new Set<string>();
  let last: readonly TaskStatus[] = [];
  while (Date.now() - started < timeoutS * 1_000) {
    const status = await readStatus(data);
    if (
      status === null &&
      (await ownerIn(layout.of('launcher.pid'))) === null &&
      Date.now() - started > 5_000
    ) {
      console.error('the launcher ended');
      await tail(`${layout.logs}/launcher.log`);
      return 1;
    }
    last = status?.tasks ?? last;
    for (const task of last.filter(({ state, name }) => state === 'healthy' && !shown.has(name))) {
      shown.add(task.name);
      console.log(
        `  ${task.name.padEnd(16)} healthy  127.0.0.1:${String(task.port).padEnd(6)} ${((Date.now() - started) / 1_000).toFixed(1)} s`,
      );
    }
    if (status?.healthy === true && (await tryPublicApi(status.publicUrl)) === null) {
      console.log(`\npublic API  ${status.publicUrl}\nlogs        ${layout.logs}/`);
      return 0;
    }
    await sleep(POLL_MS);
  }
  console.error(`\nnot healthy after ${timeoutS} s:`);
  for (const task of last.filter(({ state }) => state !== 'healthy')) {
    console.error(`  ${task.name.padEnd(16)} ${task.state}: ${task.reason ?? ''}`);
    await tail(task.log);
  }
  return 1;
}

async function tail(path: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const lines = text.trimEnd().split('\n').slice(-TAIL_LINES);
  console.error(`  --- ${path}\n${lines.map((line) => `  | ${line}`).join('\n')}`);
}

await runCommand(
  { name: 'murmur-local-wait', summary: 'Waits for a local suite.' },
  options,
  ({ data, timeoutS }) => wait(data, timeoutS),
);
