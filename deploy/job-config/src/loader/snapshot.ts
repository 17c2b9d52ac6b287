import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ChildLimits } from './protocol-core.js';
import { Child } from './process.js';
import type { Prelude } from './prelude.js';

const PREFIX = 'aurora-config-';
const SUFFIX = '.snapshot';
const DRAFT = '.draft';
/** A draft that is older was left behind by a maker that died. */
const DRAFT_OLD_MS = 3_600_000;

/** `$XDG_CACHE_HOME/murmur`, or `~/.cache/murmur`. */
export function defaultCacheFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const { XDG_CACHE_HOME: base = '' } = environment;
  return join(base === '' ? join(homedir(), '.cache') : base, 'murmur');
}

/** Where the snapshot of this very prelude and Pyodide is, or would be. */
export function snapshotFile(cacheFolder: string, { pyodideVersion, hash }: Prelude): string {
  return join(cacheFolder, `${PREFIX}${pyodideVersion}-${hash}${SUFFIX}`);
}

export async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

/**
 * Makes the snapshot: a child of its own runs the prelude, writes its memory beside the place, and what it wrote is renamed; so
 * a reader never sees half of one, and of two makers at once each makes a whole one. Other versions are removed. False when the
 * folder cannot be written to, or Python does not start: loads go without then.
 */
export async function buildSnapshot(
  cacheFolder: string,
  prelude: Prelude,
  limits: ChildLimits,
): Promise<boolean> {
  const file = snapshotFile(cacheFolder, prelude);
  const draft = `${file}.${randomUUID()}${DRAFT}`;
  try {
    await mkdir(cacheFolder, { recursive: true, mode: 0o700 });
    const child = new Child(prelude, [draft], [draft]);
    const failed = await child.start({
      type: 'start',
      prelude: prelude.given,
      boot: prelude.boot,
      snapshot: null,
      build: draft,
      limits,
    });
    await child.close();
    if (failed !== undefined) return false;
    await rename(draft, file);
    await removeOthers(cacheFolder, file);
    return true;
  } catch {
    return false;
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

async function removeOthers(cacheFolder: string, kept: string): Promise<void> {
  for (const name of await readdir(cacheFolder)) {
    const file = join(cacheFolder, name);
    if (!name.startsWith(PREFIX) || file === kept) continue;
    const old = name.endsWith(DRAFT) && Date.now() - (await stat(file)).mtimeMs > DRAFT_OLD_MS;
    if (old || name.endsWith(SUFFIX)) await rm(file, { force: true });
  }
}
