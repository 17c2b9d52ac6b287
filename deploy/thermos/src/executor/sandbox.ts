import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { chmod, mkdir, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { identityOf } from '../runner/identity.js';

/** The task's folder in the agent's sandbox, as in Aurora; beside it are what was fetched and the executor's own output. */
export const TASK_FOLDER = 'sandbox';
const OTHERS_MAY_ENTER = 0o001;

/** Makes the folder in which the task runs; it belongs to its user alone. Idempotent. Throws when it cannot be made. */
export async function makeSandbox(parent: string, user: string | null): Promise<string> {
  const folder = join(parent, TASK_FOLDER);
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  const { as } = await identityOf(user);
  // By its handle: whoever may write beside it cannot put a link in its place.
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    if (as.length === 0) return folder;
    const [uid, gid] = await Promise.all([idOf('-u', user ?? ''), idOf('-g', user ?? '')]);
    await handle.chown(uid, gid);
  } finally {
    await handle.close();
  }
  // Mesos makes a sandbox for its owner and group only; another user must at least get through to the task's folder.
  const { mode } = await stat(parent);
  if ((mode & OTHERS_MAY_ENTER) === 0) await chmod(parent, (mode & 0o7777) | OTHERS_MAY_ENTER);
  return folder;
}

const run = promisify(execFile);

async function idOf(which: '-u' | '-g', user: string): Promise<number> {
  const { stdout } = await run('/usr/bin/id', [which, '--', user]);
  return Number(stdout.trim());
}
