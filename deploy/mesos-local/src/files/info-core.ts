import type { FileInfo } from '@murmur/engine';

const TYPE_MASK = 0o170_000;
const TYPES: Readonly<Record<number, string>> = {
  0o040_000: 'd',
  0o020_000: 'c',
  0o060_000: 'b',
  0o010_000: 'p',
  0o120_000: 'l',
  0o140_000: 's',
};
const PERMISSIONS = ['r', 'w', 'x', 'r', 'w', 'x', 'r', 'w', 'x'];
const NANOSECONDS = 1e9;

/** One entry of `/files/browse`. */
export interface BrowseEntry {
  readonly gid: string;
  readonly mode: string;
  readonly mtime: number;
  readonly nlink: number;
  readonly path: string;
  readonly size: number;
  readonly uid: string;
}

/** Permissions as ls(1) shows them: `-rw-r--r--`. */
export function modeText(mode: number): string {
  const bits = PERMISSIONS.map((letter, index) => ((mode >> (8 - index)) & 1 ? letter : '-'));
  return `${TYPES[mode & TYPE_MASK] ?? '-'}${bits.join('')}`;
}

/** The operator API's form as the form of `/files/browse`: mtime in seconds, mode as text. */
export function browseEntry(info: FileInfo): BrowseEntry {
  return {
    gid: info.gid ?? '',
    mode: modeText(info.mode ?? 0),
    mtime: (info.mtime?.nanoseconds ?? 0) / NANOSECONDS,
    nlink: info.nlink ?? 0,
    path: info.path,
    size: info.size ?? 0,
    uid: info.uid ?? '',
  };
}

/** Names of /etc/passwd or /etc/group by their number. */
export function parseNames(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':');
    if (name !== undefined && id !== undefined && /^\d+$/.test(id) && !names.has(Number(id))) {
      names.set(Number(id), name);
    }
  }
  return names;
}
