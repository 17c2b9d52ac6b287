import { randomUUID } from 'node:crypto';
import { lstat, mkdir, opendir, readlink, rename, rm, rmdir, statfs, unlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Log } from '@murmur/service';
import { codeOf } from '../containerizer/reason.js';
import { dueFolders, type Candidate, type GcPolicy } from './gc-core.js';

/** Entries of one folder that one turn looks at. */
const MAX_ENTRIES = 100_000;
/** `S/frameworks/F/executors/E/runs/C`, and how many levels above a run may become empty with it. */
const LEVELS = [null, 'frameworks', null, 'executors', null, 'runs', null] as const;
const PARENTS = LEVELS.length - 1;

export interface GcOptions extends GcPolicy {
  /** Folders laid out as `<root>/S/frameworks/F/executors/E/runs/C`: `<work_dir>/slaves` and `<work_dir>/meta/slaves`. */
  readonly roots: readonly string[];
  /** A folder of the agent's on the same file system: what is removed goes here first, out of its owner's reach. */
  readonly trash: string;
  /** Whether a folder is that of a container which is live or about to be, or holds one. Asked before each removal. */
  readonly isLive: (path: string) => boolean;
  /** Called after the folder of a run is gone. */
  readonly onRemoved: (path: string) => void;
  readonly intervalMs: number;
  readonly log: Log;
  /** Unix ms. */
  readonly now: () => number;
}

/** Removes the sandboxes of containers that ended long ago, or sooner where the disk gets full. */
export interface SandboxGc {
  /** One turn; resolves with what was removed. */
  turn(): Promise<readonly string[]>;
  /** Begins to take turns. */
  start(): void;
  stop(): Promise<void>;
}

export function createSandboxGc(options: GcOptions): SandboxGc {
  let timer: NodeJS.Timeout | null = null;
  let current: Promise<unknown> = Promise.resolve();
  let stopped = false;
  const schedule = (): void => {
    timer = setTimeout(() => {
      current = takeTurn(options)
        .catch((error: unknown) => options.log.warn({ err: error }, 'sandboxes cannot be collected'))
        .then(() => {
          if (!stopped) schedule();
        });
    }, options.intervalMs);
    timer.unref();
  };
  return {
    turn: () => takeTurn(options),
    start: schedule,
    stop: async () => {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      await current;
    },
  };
}

/** Lets the time of a sandbox begin now: its container has just ended. */
export async function markEnded(sandbox: string, now: number): Promise<void> {
  const seconds = now / 1000;
  await utimes(sandbox, seconds, seconds).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}

async function takeTurn(options: GcOptions): Promise<readonly string[]> {
  await rm(options.trash, { recursive: true, force: true });
  const removed: string[] = [];
  const candidates: Candidate[] = [];
  for (const root of options.roots) {
    for await (const path of runsBelow(root, 0)) {
      const stat = await lstat(path).catch(() => null);
      if (stat?.isDirectory() === true && !options.isLive(path)) {
        candidates.push({ path, changedAt: stat.mtimeMs });
      }
    }
  }
  for (const path of dueFolders(candidates, await usageOf(options.roots), options, options.now())) {
    if (options.isLive(path)) continue;
    await remove(path, options);
    removed.push(path);
  }
  return removed;
}

/** Every folder at the last of `LEVELS`, links (`latest`) left out. */
async function* runsBelow(folder: string, level: number): AsyncGenerator<string> {
  if (level === LEVELS.length) {
    yield folder;
    return;
  }
  const fixed = LEVELS[level] ?? null;
  const names = fixed === null ? await foldersIn(folder) : [fixed];
  for (const name of names) yield* runsBelow(join(folder, name), level + 1);
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  const dir = await opendir(folder).catch(() => null);
  if (dir === null) return [];
  for await (const entry of dir) {
    if (entry.isDirectory()) names.push(entry.name);
    if (names.length >= MAX_ENTRIES) break;
  }
  return names;
}

/** The fullest of the file systems in question, 0 to 1, of what others than root may use. */
async function usageOf(roots: readonly string[]): Promise<number> {
  let usage = 0;
  for (const root of roots) {
    const stat = await statfs(root).catch(() => null);
    if (stat !== null && stat.blocks > 0) usage = Math.max(usage, 1 - stat.bavail / stat.blocks);
  }
  return usage;
}

async function remove(path: string, options: GcOptions): Promise<void> {
  await mkdir(options.trash, { recursive: true, mode: 0o700 });
  const grave = join(options.trash, randomUUID());
  await rename(path, grave).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
  await rm(grave, { recursive: true, force: true });
  options.log.info({ path }, 'a sandbox was removed');
  options.onRemoved(path);
  await removeEmpty(path, options);
}

/** The folders above, as far as nothing is left in them. */
async function removeEmpty(path: string, { isLive }: GcOptions): Promise<void> {
  let folder = dirname(path);
  for (let level = 0; level < PARENTS && !isLive(folder); level += 1) {
    const link = join(folder, 'latest');
    if ((await readlink(link).catch(() => null)) !== null && (await isDangling(link))) await unlink(link);
    const gone = await rmdir(folder).then(
      () => true,
      () => false,
    );
    if (!gone) return;
    folder = dirname(folder);
  }
}

async function isDangling(link: string): Promise<boolean> {
  const target = await readlink(link);
  const stat = await lstat(join(dirname(link), target.split('/').at(-1) ?? '')).catch(() => null);
  return stat === null;
}
