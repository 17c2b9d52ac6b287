import type { RecordView } from '../codec-core.js';
import { nodeDisk } from '../disk.js';
import { readJournal, type ReadEnd } from '../read.js';

/** Names of the opcodes, as Kestrel's documents have them. */
export const NAMES = [
  'ADD',
  'REMOVE',
  'ADDX',
  'REMOVE_TENTATIVE',
  'SAVE_XID',
  'UNREMOVE',
  'CONFIRM_REMOVE',
  'ADD_XID',
  'CONTINUE',
  'REMOVE_TENTATIVE',
] as const;

const hasXid = (op: number): boolean => op >= 4;
const time = (ms: number): string =>
  ms > 8.64e15 || ms < -8.64e15 ? String(ms) : new Date(ms).toISOString();

/** A line for people. */
export function recordLine(record: RecordView, from: Buffer, offset: number, data: boolean): string {
  const parts = [String(offset).padStart(12), NAMES[record.op] ?? String(record.op)];
  if (hasXid(record.op)) parts.push(`xid=${record.xid}`);
  if (record.isAdd) {
    parts.push(`bytes=${record.dataEnd - record.dataStart}`);
    parts.push(`added=${record.addTime === 0 ? 'unknown' : time(record.addTime)}`);
    parts.push(`expires=${record.expiry === 0 ? 'never' : time(record.expiry)}`);
    if (data) parts.push(JSON.stringify(text(record, from)));
  }
  return parts.join(' ');
}

/** The same for programs: one JSON object. Times in ms since 1970, 0: unknown, never. */
export function recordJson(
  file: string,
  record: RecordView,
  from: Buffer,
  offset: number,
  data: boolean,
): string {
  return JSON.stringify({
    file,
    offset,
    op: record.op,
    name: NAMES[record.op],
    ...(hasXid(record.op) ? { xid: record.xid } : {}),
    ...(record.isAdd
      ? {
          bytes: record.dataEnd - record.dataStart,
          addTime: record.addTime,
          expiry: record.expiry,
          ...(data ? { data: text(record, from) } : {}),
        }
      : {}),
  });
}

/** Shows every record of a file; answers where it ends. */
export function dumpFile(
  file: string,
  how: { readonly data: boolean; readonly json: boolean },
  write: (line: string) => void,
): ReadEnd {
  return readJournal(nodeDisk, file, (record, from, offset) => {
    if (how.json) write(recordJson(file, record, from, offset, how.data));
    else write(recordLine(record, from, offset, how.data));
    return false;
  });
}

function text({ dataStart, dataEnd }: RecordView, from: Buffer): string {
  return from.toString('utf8', dataStart, dataEnd);
}
