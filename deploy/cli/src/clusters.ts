import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findCluster, mergeClusters, readClusters, type Cluster } from './clusters-core.js';
import { codeOf, messageOf } from './errors-core.js';
import { CliError } from './exit-core.js';
import type { Io } from './io.js';

const FILE = 'clusters.json';
const SYSTEM_ROOT = '/etc/aurora';

export interface Clusters {
  readonly all: ReadonlyMap<string, Cluster>;
  /** Throws CliError INVALID_CONFIGURATION. */
  find(name: string): Cluster;
}

/**
 * Reads `$AURORA_CONFIG_ROOT/clusters.json` (`/etc/aurora` without it), then `~/.aurora/clusters.json`, which wins by name;
 * or `file` alone. A file that is not there is none; one that cannot be read is an error.
 */
export async function loadClusters(io: Io, file: string | undefined): Promise<Clusters> {
  const searched = file === undefined ? searchPath(io) : [resolve(io.cwd, file)];
  const lists = await Promise.all(
    searched.map(async (path) => {
      const text = await readText(path);
      if (text === null && file !== undefined) throw unreadable(path, 'there is no such file');
      return text === null ? [] : readClusters(path, text);
    }),
  );
  const all = mergeClusters(lists);
  return { all, find: (name) => findCluster(all, name, searched) };
}

function searchPath(io: Io): readonly string[] {
  const root = io.env['AURORA_CONFIG_ROOT'];
  const home = io.env['HOME'];
  const first = join(root === undefined || root === '' ? SYSTEM_ROOT : resolve(io.cwd, root), FILE);
  return home === undefined || home === '' ? [first] : [first, join(home, '.aurora', FILE)];
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw unreadable(path, messageOf(error));
  }
}

function unreadable(path: string, why: string): CliError {
  return new CliError('INVALID_CONFIGURATION', `${path}: ${why}`);
}
