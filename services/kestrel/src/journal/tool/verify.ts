import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { OP } from '../codec-core.js';
import { nodeDisk } from '../disk.js';
import { readJournal } from '../read.js';
import { parseFileName } from '../spools.js';

/** What a file holds. */
export interface Verified {
  readonly file: string;
  readonly records: number;
  readonly added: number;
  readonly removed: number;
  readonly opened: number;
  readonly confirmed: number;
  readonly returned: number;
  readonly size: number;
  /** Where the first record begins that is not whole; null: all are. */
  readonly damagedAt: number | null;
}

/** The journals a path names: itself, or those in the folder, by name. */
export function journalsAt(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile() && parseFileName(entry.name) !== null)
    .map(({ name }) => join(path, name))
    .sort();
}

/** Reads a file to its end, or to its first damage. */
export function verifyFile(file: string): Verified {
  const counts = new Array<number>(10).fill(0);
  let records = 0;
  const { good, size } = readJournal(nodeDisk, file, ({ op }) => {
    counts[op] = (counts[op] ?? 0) + 1;
    records += 1;
    return false;
  });
  const of = (...ops: readonly number[]): number => ops.reduce((sum, op) => sum + (counts[op] ?? 0), 0);
  return {
    file,
    records,
    added: of(OP.add, OP.addx, OP.addXid, OP.continue),
    removed: of(OP.remove),
    opened: of(OP.removeTentative, OP.removeTentativeXid),
    confirmed: of(OP.confirm, OP.continue),
    returned: of(OP.unremove),
    size,
    damagedAt: good < size ? good : null,
  };
}

/** A line for people. */
export function verifiedLine(verified: Verified): string {
  const { file, records, added, removed, opened, confirmed, returned, size, damagedAt } = verified;
  const fate =
    damagedAt === null
      ? 'whole'
      : `DAMAGED at byte ${damagedAt}: ${size - damagedAt} bytes are no whole records`;
  return (
    `${file}: ${fate}; ${size} bytes, ${records} records: ${added} added, ${removed} removed, ` +
    `${opened} opened, ${confirmed} confirmed, ${returned} returned`
  );
}
