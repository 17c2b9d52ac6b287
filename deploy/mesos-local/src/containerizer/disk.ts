import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stats } from 'node:fs';

/** Entries that one measurement looks at; a sandbox with more is measured up to there. */
export const MAX_DISK_ENTRIES = 200_000;
/** `st_blocks` counts these, whatever the file system's own blocks are. */
const BLOCK_BYTES = 512;

export interface DiskUsage {
  /** Bytes of disk that are taken, as du(1) counts them: holes are free, a file with several names counts once. */
  readonly bytes: number;
  /** False where `maxEntries` was reached: there is more. */
  readonly complete: boolean;
}

/**
 * Measures a folder. Links are not followed, other file systems mounted in it are not entered, and what vanishes or cannot be
 * read meanwhile does not count. No recursion: how deep a task nests its folders does not matter.
 */
export async function diskUsage(folder: string, maxEntries = MAX_DISK_ENTRIES): Promise<DiskUsage> {
  const root = await statOf(folder);
  if (root === null) return { bytes: 0, complete: true };
  let bytes = root.blocks * BLOCK_BYTES;
  let entries = 0;
  const linked = new Set<string>();
  const open = [folder];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for await (const path of pathsIn(next)) {
      entries += 1;
      if (entries > maxEntries) return { bytes, complete: false };
      const stat = await statOf(path);
      if (stat === null || stat.dev !== root.dev || !firstName(stat, linked)) continue;
      bytes += stat.blocks * BLOCK_BYTES;
      if (stat.isDirectory()) open.push(path);
    }
  }
  return { bytes, complete: true };
}

function firstName(stat: Stats, linked: Set<string>): boolean {
  if (stat.nlink < 2 || stat.isDirectory()) return true;
  const key = String(stat.ino);
  if (linked.has(key)) return false;
  linked.add(key);
  return true;
}

async function* pathsIn(folder: string): AsyncGenerator<string> {
  const dir = await opendir(folder).catch(() => null);
  if (dir === null) return;
  // The iterator closes the folder when it is left early, too.
  for await (const entry of dir) yield join(folder, entry.name);
}

async function statOf(path: string): Promise<Stats | null> {
  return lstat(path).catch(() => null);
}
