import * as fs from 'node:fs';
import { join } from 'node:path';
import { isLegalName } from '../queue/registry-core.js';
import type { Spool } from './recovery.js';

/** A journal's file name: the queue, for an archive the time, for a pack `.pack`. Anything else is no journal. */
const JOURNAL = /^([^.~/]+)(?:\.(\d{1,15})(\.pack)?)?$/;
/** What a rewrite leaves that did not come to its end, and what was to be removed. */
const TEMPORARY = /^[^.~/]+~~\d+$/;
/** What a file name that is not UTF-8 is read with: no file can be opened by such a name. */
const UNREADABLE = '\ufffd';

/** Which queue a file belongs to, and as what; null: it is none of a journal's. */
export function parseFileName(
  name: string,
): { readonly queue: string; readonly time: number | null; readonly pack: boolean } | null {
  const [, queue, time, pack] = JOURNAL.exec(name) ?? [];
  if (queue === undefined || !isLegalName(queue) || queue.includes(UNREADABLE)) return null;
  return { queue, time: time === undefined ? null : Number(time), pack: pack !== undefined };
}

/** The journals in a folder, by queue. Files that are no journals, and folders, are passed over. */
export function findSpools(folder: string): Map<string, Spool> {
  const spools = new Map<string, Spool>();
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = entry.isFile() ? parseFileName(entry.name) : null;
    if (file === null) continue;
    const spool = spools.get(file.queue) ?? { current: false, archives: [], packs: [] };
    spools.set(file.queue, spool);
    if (file.time === null) spool.current = true;
    else if (file.pack) spool.packs.push(file.time);
    else spool.archives.push(file.time);
  }
  return spools;
}

/** Removes what rewrites and deletes left that did not come to their end. */
export function removeTemporaries(folder: string): void {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    if (entry.isFile() && TEMPORARY.test(entry.name)) fs.rmSync(join(folder, entry.name), { force: true });
  }
}
