import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The house, from `deploy/local/src/package` and from `deploy/local/dist/package` alike. */
export const HOUSE = fileURLToPath(new URL('../../../../', import.meta.url));

/** What is packaged: the name of the archive, and the file that it begins with, from the root of the house. */
export const PACKAGES = {
  ingest: 'services/ingest/src/main.ts',
  fanout: 'services/fanout/src/main.ts',
  timeline: 'services/timeline/src/main.ts',
  'push-gateway': 'services/push-gateway/src/main.ts',
  persister: 'services/persister/src/main.ts',
  kestrel: 'services/kestrel/src/main.ts',
  edge: 'deploy/edge/src/main.ts',
} as const satisfies Readonly<Record<string, string>>;

export type PackageName = keyof typeof PACKAGES;

/** The executor is no archive: an agent fetches the one file. */
export const EXECUTOR_FILE = 'murmur-thermos.cjs';

/** Files that code finds by a path from its own place: what of the sources asks for them, the folder, where it lies in the archive. */
export const COMPANIONS = [
  { reader: 'shared/store/src/migrate.ts', folder: 'shared/store/migrations', into: 'migrations' },
] as const;

export function archiveOf(folder: string, name: PackageName): string {
  return join(folder, `${name}.tar.gz`);
}

/** The file that `node` is given, from the root of an archive. */
export function mainOf(name: PackageName): string {
  return `bin/murmur-${name}.mjs`;
}
