import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError } from '@murmur/engine';

/**
 * Where the checkpoints of an agent's tasks are. Not in a sandbox: its owner could put another checkpoint there, and with it
 * choose what the executor signals and the observer shows.
 */
const FOLDER = 'thermos';
const SANDBOX = /^(\/.*)\/slaves\/[^/]+\/frameworks\/[^/]+\/executors\/[^/]+\/runs\/[^/]+\/?$/;

/** The option, or `thermos` in the work directory of the agent whose sandbox this is. Throws EnvironmentError: neither is known. */
export function checkpointRootOf(option: string, directory: string): string {
  if (option !== '') return option;
  const workDir = SANDBOX.exec(directory)?.[1];
  if (workDir !== undefined) return join(workDir, FOLDER);
  throw new EnvironmentError(
    `MESOS_DIRECTORY is "${directory}", which is in no agent's work directory; say --checkpoint-root`,
  );
}

/** What an observer is given: an agent's work directory, or the folder of the checkpoints itself. */
export function observedRoot(root: string): string {
  return existsSync(join(root, 'slaves')) || existsSync(join(root, FOLDER)) ? join(root, FOLDER) : root;
}
