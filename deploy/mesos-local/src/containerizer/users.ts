import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ContainerLaunchError } from './types.js';

const run = promisify(execFile);
const TIMEOUT_MS = 10_000;

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

/** Ids of a user of this machine, whatever its names come from. Throws ContainerLaunchError where there is none. */
export async function lookUpUser(user: string): Promise<UserIds> {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map((flag) => run('id', [flag, '--', user], { timeout: TIMEOUT_MS })),
    );
    return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
  } catch (error) {
    throw new ContainerLaunchError(`user: ${JSON.stringify(user)} is no user of this machine`, {
      cause: error,
    });
  }
}

/** Who a container runs as; null = as the agent. Throws ContainerLaunchError where the agent may not become that user. */
export async function taskUser(user: string | null, switchUser: boolean): Promise<UserIds | null> {
  if (user === null || !switchUser) return null;
  const ids = await lookUpUser(user);
  const own = process.getuid?.() ?? 0;
  if (ids.uid === own) return null;
  if (own !== 0) {
    throw new ContainerLaunchError(
      `user: only an agent of root can start a task as ${user}; this one has uid ${own}`,
    );
  }
  return ids;
}
