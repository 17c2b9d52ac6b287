/**
 * What lies where in a storage folder:
 *
 *     scheduler.lock                         held by the one who writes
 *     log-000001/snapshot-0000000000000120   stands for entries 1 to 120
 *     log-000001/segment-0000000000000121    entries from 121 on
 *     backups/backup-2026-11-22-04-26-06     UTC; a snapshot
 *     restore.tmp/                           a log in the making
 *
 * The log with the highest number counts; those below it were replaced by a restore.
 */
export const LOCK_FILE = 'scheduler.lock';
export const BACKUPS_FOLDER = 'backups';
export const RESTORE_FOLDER = 'restore.tmp';
/** Ends the name of a file that is being written. */
export const TEMPORARY = '.tmp';
/** So many backups are kept; the oldest go. */
export const BACKUPS_MAX = 48;

const LOG = /^log-(\d{6})$/;
const POSITIONED = /^(snapshot|segment)-(\d{16})$/;
const BACKUP = /^backup-(\d{4})-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)$/;

const padded = (value: number, digits: number): string => String(value).padStart(digits, '0');

export const logName = (number: number): string => `log-${padded(number, 6)}`;
export const segmentName = (first: number): string => `segment-${padded(first, 16)}`;
export const snapshotName = (position: number): string => `snapshot-${padded(position, 16)}`;

/** The number of the log that counts; null where there is none. */
export function newestLog(names: readonly string[]): number | null {
  const numbers = names.flatMap((name) => LOG.exec(name)?.[1] ?? []).map(Number);
  return numbers.length === 0 ? null : Math.max(...numbers);
}

export interface LogFiles {
  /** Position of the newest snapshot; null where there is none. */
  readonly snapshot: number | null;
  /** First positions of the segments that are read, ascending. */
  readonly segments: readonly number[];
  /** Names of files that a crash left: unfinished ones, and those that the snapshot stands for. */
  readonly stale: readonly string[];
}

/** Sorts the files of one log. Those with other names are nobody's business here. */
export function planLog(names: readonly string[]): LogFiles {
  const found: Record<'snapshot' | 'segment', number[]> = { snapshot: [], segment: [] };
  for (const name of names) {
    const [, kind, position] = POSITIONED.exec(name) ?? [];
    if (kind === 'snapshot' || kind === 'segment') found[kind].push(Number(position));
  }
  const snapshot = found.snapshot.sort((a, b) => a - b).pop() ?? null;
  const all = found.segment.sort((a, b) => a - b);
  const segments = segmentsAfter(all, snapshot ?? 0);
  const stale = [
    ...names.filter((name) => name.endsWith(TEMPORARY)),
    ...found.snapshot.map(snapshotName),
    ...all.filter((first) => !segments.includes(first)).map(segmentName),
  ];
  return { snapshot, segments, stale };
}

/** Without those that hold nothing but entries up to `position`: a segment ends where the next one begins. */
export function segmentsAfter(firsts: readonly number[], position: number): readonly number[] {
  return firsts.filter((_, i) => (firsts[i + 1] ?? Infinity) > position + 1);
}

/** `at` in ms since 1970; the name has its whole second. */
export function backupName(at: number): string {
  return `backup-${new Date(at).toISOString().slice(0, 19).replace(/[T:]/g, '-')}`;
}

/** When it was made, ms since 1970; null when it is no name of a backup. */
export function backupTime(name: string): number | null {
  const [, year, month, day, hour, minute, second] = BACKUP.exec(name) ?? [];
  if (year === undefined) return null;
  const at = Date.parse(`${year}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}Z`);
  return Number.isNaN(at) ? null : at;
}

/** Oldest first. */
export function backupNames(names: readonly string[]): readonly string[] {
  return names.filter((name) => backupTime(name) !== null).sort();
}

/** The backups that are too many after `newest` was made. It stays even where a clock was set back. */
export function surplusBackups(names: readonly string[], newest: string): readonly string[] {
  const others = backupNames(names).filter((name) => name !== newest);
  return others.slice(0, Math.max(0, others.length + 1 - BACKUPS_MAX));
}
