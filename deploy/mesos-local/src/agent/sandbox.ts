import { chown, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { ContainerSpec } from '../containerizer/types.js';
import { ContainerLaunchError } from '../containerizer/types.js';
import { taskUser } from '../containerizer/users.js';

/** Only the task's user and group see into a sandbox. */
const SANDBOX_MODE = 0o750;

/**
 * Makes the sandbox and the bookkeeping folder of a container, and points `latest` of its runs and of the agents at it.
 * The folders above belong to the agent. Throws ContainerLaunchError for a user that is not known here.
 */
export async function makeSandbox(workDir: string, spec: ContainerSpec): Promise<void> {
  const user = await taskUser(spec.user, spec.user !== null);
  await mkdir(dirname(spec.sandbox), { recursive: true });
  await mkdir(spec.metaFolder, { recursive: true, mode: 0o700 });
  await mkdir(spec.sandbox, { mode: SANDBOX_MODE }).catch((error: unknown) => {
    throw new ContainerLaunchError(`the sandbox cannot be made: ${String(error)}`, { cause: error });
  });
  if (user !== null) await chown(spec.sandbox, user.uid, user.gid);
  await link(spec.containerId, join(dirname(spec.sandbox), 'latest'));
  const [agent] = spec.sandbox.slice(join(workDir, 'slaves').length + 1).split('/');
  if (agent !== undefined) await link(agent, join(workDir, 'slaves', 'latest'));
}

/** Replaces a symbolic link so that it is never absent. */
async function link(target: string, path: string): Promise<void> {
  const fresh = `${path}.${randomUUID()}`;
  await symlink(target, fresh);
  await rename(fresh, path).catch(async (error: unknown) => {
    await rm(fresh, { force: true });
    throw error;
  });
}
