import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, reasonOf } from './reason.js';
import { parsePids } from './stats-core.js';

/** Below a container's cgroup it may have made its own; deeper than this they are not looked for. */
const MAX_DEPTH = 16;
const MAKE_ATTEMPTS = 5;

// Files of a cgroup file system are the kernel's memory: reading one does not wait for a disk.

/** Makes a cgroup, and those above it. One that is there is fine. */
export function makeCgroup(folder: string): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o755 });
      return;
    } catch (error) {
      // Another agent has just removed the one above because it was empty.
      if (codeOf(error) !== 'ENOENT' || attempt >= MAKE_ATTEMPTS) throw error;
    }
  }
}

/** Removes `<mount>/<root>` and what is between them, as far as they are empty. */
export function removeEmptyRoot(mount: string, root: string): void {
  const parts = root.split('/');
  try {
    for (let length = parts.length; length > 0; length -= 1)
      rmdirSync(join(mount, ...parts.slice(0, length)));
  } catch {
    // Not empty, or gone.
  }
}

/** The text of a control file; null where there is none. */
export function readControl(folder: string, file: string): string | null {
  try {
    return readFileSync(join(folder, file), 'latin1');
  } catch {
    return null;
  }
}

/** Throws an Error that names the file and the value that the kernel refused. */
export function writeControl(folder: string, file: string, value: string | number): void {
  const path = join(folder, file);
  try {
    writeFileSync(path, String(value));
  } catch (error) {
    throw new Error(`${path}: cannot write ${value}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** True where the kernel took it. For files that a process which is just ending makes unwritable. */
export function tryWriteControl(folder: string, file: string, value: string | number): boolean {
  try {
    writeFileSync(join(folder, file), String(value));
    return true;
  } catch {
    return false;
  }
}

export function childCgroups(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

/** The pids of a cgroup and of everything below it. */
export function pidsBelow(folder: string, depth = 0): readonly number[] {
  const own = parsePids(readControl(folder, 'cgroup.procs') ?? '');
  if (depth >= MAX_DEPTH) return own;
  return [...own, ...childCgroups(folder).flatMap((child) => pidsBelow(join(folder, child), depth + 1))];
}

/** Removes a cgroup and everything below it; false while a process is left in it. */
export function removeCgroup(folder: string, depth = 0): boolean {
  if (depth < MAX_DEPTH) {
    for (const child of childCgroups(folder)) removeCgroup(join(folder, child), depth + 1);
  }
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return codeOf(error) === 'ENOENT';
  }
}

export function killPids(pids: Iterable<number>, signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}
