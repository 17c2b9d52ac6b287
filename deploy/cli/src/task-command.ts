import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TaskShape } from '@murmur/scheduler-api';
import type { Command } from './child.js';
import { CliError } from './exit-core.js';
import type { Io } from './io.js';
import type { Options } from './options-core.js';
import { quoted, type RefScope } from './refs-core.js';
import { localSandbox, remoteCd, type Place } from './sandbox.js';

const SHELL = '/bin/bash';
/** What a command in a sandbox keeps of our environment; it belongs to another user, so nothing that may be a secret. */
const KEPT = ['PATH', 'TERM', 'LANG', 'LC_ALL', 'TZ'];

export function scopeOf(task: TaskShape): RefScope {
  return { instance: task.instance, hostname: task.host ?? '', taskId: task.id, ports: task.ports };
}

/** On this machine: as the sandbox's owner, or as `--ssh-user`, with the sandbox as folder and home. No command: a shell. */
export async function localCommand(
  io: Io,
  options: Options,
  place: Place,
  command: string | undefined,
): Promise<Command> {
  const { path, uid, gid } = await localSandbox(place, options.flag('--executor-sandbox'));
  const user = options.text('--ssh-user');
  const ids = user === undefined ? { uid, gid } : await idsOf(user);
  const kept = KEPT.flatMap((name) => (io.env[name] === undefined ? [] : [[name, io.env[name] ?? '']]));
  return {
    file: SHELL,
    args: command === undefined ? [] : ['-c', command],
    cwd: path,
    env: { ...(Object.fromEntries(kept) as Record<string, string>), HOME: path, PWD: path },
    ...(process.getuid?.() === ids.uid ? {} : ids),
  };
}

/** On another: ssh as the job's role, or as `--ssh-user`. */
export function sshCommand(
  options: Options,
  task: TaskShape,
  place: Place,
  command: string,
  flags: readonly string[],
): Command {
  const more = (options.text('--ssh-options') ?? '').split(/\s+/).filter(Boolean);
  const user = options.text('--ssh-user') ?? task.job.role;
  const cd = remoteCd(place, options.flag('--executor-sandbox'), quoted);
  return { file: 'ssh', args: [...flags, ...more, `${user}@${place.host}`, `${cd}; ${command}`] };
}

async function idsOf(user: string): Promise<{ readonly uid: number; readonly gid: number }> {
  const run = promisify(execFile);
  try {
    const id = async (flag: string): Promise<number> => Number((await run('id', [flag, '--', user])).stdout);
    return { uid: await id('-u'), gid: await id('-g') };
  } catch {
    throw new CliError('INVALID_PARAMETER', `--ssh-user is "${user}": there is no such user here`);
  }
}
