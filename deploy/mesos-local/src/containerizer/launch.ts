import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdir, open, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { DEFAULT_PATH, environmentScript, MARKER, SUPERVISOR } from './launch-core.js';
import { bootId, processStat } from './processes.js';
import { parseProcessStat } from './stats-core.js';
import { ContainerLaunchError, type ContainerSpec } from './types.js';
import type { UserIds } from './users.js';

/** A shell that has not joined its cgroups by then never will. */
const START_TIMEOUT_MS = 60_000;
const MAX_LINE_BYTES = 4096;

export interface Started {
  readonly supervisor: { readonly pid: number; readonly startTime: string; readonly child: ChildProcess };
  readonly first: { readonly pid: number; readonly startTime: string };
}

/**
 * Starts a container's supervising shell and its command. It depends on nothing of this process: a session of its own, files
 * for output, and its end is recorded in the meta folder. Throws ContainerLaunchError.
 */
export async function startContainer(
  spec: ContainerSpec,
  joinFiles: readonly string[],
  user: UserIds | null,
  marker: string,
): Promise<Started> {
  await mkdir(spec.metaFolder, { recursive: true, mode: 0o700 });
  await Promise.all(['exit', 'note'].map((file) => rm(join(spec.metaFolder, file), { force: true })));
  const handles: FileHandle[] = [];
  try {
    const stdin = await environmentFile(spec, marker);
    handles.push(stdin);
    for (const name of ['stdout', 'stderr']) handles.push(await openOutput(spec.sandbox, name, user));
    handles.push(await open(join(spec.metaFolder, 'note'), 'a', 0o600));
    const [env, stdout, stderr, note] = handles.map((handle) => handle.fd);
    const child = spawn('/bin/sh', supervisorArguments(spec, joinFiles, user), {
      cwd: spec.sandbox,
      // From its first moment on: were this agent killed now, the next one must find whatever there is of the container.
      env: { PATH: DEFAULT_PATH, [MARKER]: marker },
      detached: true,
      stdio: [env, stdout, note, stderr, 'pipe'],
    });
    return await started(child, spec).catch((error: unknown) => {
      // The shell and what it has not yet made a session of its own; what is further is found by cgroup and marker.
      if (child.pid !== undefined) killGroup(child.pid);
      throw error;
    });
  } finally {
    await Promise.all(handles.map((handle) => handle.close()));
  }
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function supervisorArguments(
  spec: ContainerSpec,
  joinFiles: readonly string[],
  user: UserIds | null,
): string[] {
  const become =
    user === null ? [] : ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--init-groups', '--'];
  const files = [String(joinFiles.length), ...joinFiles];
  const command = ['setsid', ...become, '/bin/sh', '-s', '--', ...spec.argv];
  return ['-c', SUPERVISOR, 'murmur-container', spec.metaFolder, ...files, ...command];
}

/** The text is read from a file without a name: it may be long, and it may hold secrets. */
async function environmentFile(spec: ContainerSpec, marker: string): Promise<FileHandle> {
  const env = { PATH: DEFAULT_PATH, ...spec.env, [MARKER]: marker };
  const path = join(spec.metaFolder, 'environment');
  await writeFile(path, environmentScript(env, spec.argv), { mode: 0o600 });
  try {
    return await open(path, 'r');
  } finally {
    await rm(path, { force: true });
  }
}

/** The sandbox belongs to the task's user, who may have put anything there: no link is followed. */
async function openOutput(sandbox: string, name: string, user: UserIds | null): Promise<FileHandle> {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
  const handle = await open(join(sandbox, name), O_APPEND | O_CREAT | O_NOFOLLOW | O_WRONLY, 0o644);
  if (user !== null) await handle.chown(user.uid, user.gid);
  return handle;
}

async function started(child: ChildProcess, { sandbox, metaFolder }: ContainerSpec): Promise<Started> {
  const line = await firstLine(child, sandbox);
  const stat = parseProcessStat(line);
  if (stat === null || child.pid === undefined) {
    throw new ContainerLaunchError(line.replace(/^error /, '') || 'the command could not be started');
  }
  child.unref();
  const startTime = processStat(child.pid)?.startTime ?? '0';
  await writeFile(join(metaFolder, 'supervisor'), `${child.pid} ${startTime} ${bootId()}\n`, { mode: 0o600 });
  return {
    supervisor: { pid: child.pid, startTime, child },
    first: { pid: stat.pid, startTime: stat.startTime },
  };
}

/** What the shell says first on its descriptor 4: its line of /proc/PID/stat, or an error. */
function firstLine(child: ChildProcess, sandbox: string): Promise<string> {
  const pipe = child.stdio[4] as Readable;
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => finish(), START_TIMEOUT_MS);
    const finish = (): void => {
      clearTimeout(timer);
      pipe.destroy();
      resolve(text.trimEnd());
    };
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(
        new ContainerLaunchError(`cannot start /bin/sh in ${sandbox}: ${error.message}`, { cause: error }),
      );
    });
    pipe.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      if (text.includes('\n') || text.length > MAX_LINE_BYTES) finish();
    });
    pipe.once('end', finish);
    pipe.once('error', finish);
  });
}
