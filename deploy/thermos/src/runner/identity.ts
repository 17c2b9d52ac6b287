import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { TRUSTED_PATH } from './coordinator.js';
import { RunnerError } from './types.js';

const run = promisify(execFile);
const ID_TIMEOUT_MS = 10_000;
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\$?$/;

export interface Identity {
  readonly user: string;
  /** Put before a command, they make it run as that user; empty = who the runner is. */
  readonly as: readonly string[];
}

/** Who the processes run as. Throws `RunnerError`: no such user, or another user without root's rights. */
export async function identityOf(user: string | null): Promise<Identity> {
  const own = userInfo();
  if (user === null || user === own.username) return { user: own.username, as: [] };
  if (!USER.test(user)) throw new RunnerError(`user "${user}": is not the name of a user`);
  if (own.uid !== 0)
    throw new RunnerError(
      `user "${user}": the runner is "${own.username}", and only root may become another`,
    );
  const [uid, gid] = await Promise.all([idOf('-u', user), idOf('-g', user)]);
  return { user, as: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--init-groups', '--'] };
}

async function idOf(which: '-u' | '-g', user: string): Promise<string> {
  try {
    const { stdout } = await run('id', [which, '--', user], {
      env: { PATH: TRUSTED_PATH, LC_ALL: 'C' },
      timeout: ID_TIMEOUT_MS,
    });
    return stdout.trim();
  } catch (cause) {
    throw new RunnerError(`user "${user}": there is none of that name`, { cause });
  }
}
