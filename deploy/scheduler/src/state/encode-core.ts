import { TABLES } from '../model/tables.js';
import type { Op, TableName, Tables, Transaction } from '../model/tables.js';

/** Version of entries and snapshot chunks; readers refuse a newer one. */
export const STATE_VERSION = 1;
/** A snapshot chunk is at most this long, unless one record alone is longer. */
export const CHUNK_BYTES_MAX = 1024 * 1024;

/** Bytes that are no entry or snapshot chunk of this version. */
export class StateFormatError extends Error {
  override readonly name = 'StateFormatError';
}

/** One log entry: `{"version":1,"at":..,"ops":[[table,key,value or null],..]}`. */
export function encodeTransaction({ at, ops }: Transaction): Uint8Array {
  const rows = ops.map(({ table, key, value }) => [table, key, value]);
  return new TextEncoder().encode(JSON.stringify({ version: STATE_VERSION, at, ops: rows }));
}

/** What `encodeTransaction` wrote. @throws StateFormatError when it is something else. */
export function decodeTransaction(bytes: Uint8Array): Transaction {
  const json = parse(new TextDecoder().decode(bytes), 'log entry');
  checkVersion(json, 'log entry');
  const { at, ops } = json as { readonly at?: unknown; readonly ops?: unknown };
  if (typeof at !== 'number' || !Array.isArray(ops)) {
    throw new StateFormatError('log entry: `at` must be a number, `ops` a list');
  }
  return { at, ops: ops.map(opOf) };
}

export interface SnapshotRecord {
  readonly table: TableName;
  readonly key: string;
  readonly value: Tables[TableName];
}

/** JSON lines in chunks: first of each `{"version":1}`, then one `[table,key,value]` a line. */
export function* encodeChunks(records: Iterable<SnapshotRecord>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  const head = `${JSON.stringify({ version: STATE_VERSION })}\n`;
  let [lines, bytes] = [[head], head.length];
  for (const { table, key, value } of records) {
    const line = `${JSON.stringify([table, key, value])}\n`;
    const length = Buffer.byteLength(line);
    if (lines.length > 1 && bytes + length > CHUNK_BYTES_MAX) {
      yield encoder.encode(lines.join(''));
      [lines, bytes] = [[head], head.length];
    }
    lines.push(line);
    bytes += length;
  }
  yield encoder.encode(lines.join(''));
}

/** What `encodeChunks` wrote. @throws StateFormatError when it is something else. */
export function decodeChunk(bytes: Uint8Array): readonly Op[] {
  const [head = '', ...lines] = new TextDecoder().decode(bytes).split('\n');
  checkVersion(parse(head, 'snapshot chunk'), 'snapshot chunk');
  return lines.filter((line) => line !== '').map((line) => opOf(parse(line, 'snapshot chunk')));
}

function opOf(row: unknown): Op {
  if (!Array.isArray(row) || row.length !== 3)
    throw new StateFormatError(`not [table, key, value]: ${show(row)}`);
  const [table, key, value] = row as readonly unknown[];
  if (!TABLES.some((name) => name === table) || typeof key !== 'string' || typeof value !== 'object') {
    throw new StateFormatError(`not a change of one of ${TABLES.join(', ')}: ${show(row)}`);
  }
  return { table, key, value } as Op;
}

function checkVersion(json: unknown, what: string): void {
  const version = (json as { readonly version?: unknown } | null)?.version;
  if (version !== STATE_VERSION) {
    throw new StateFormatError(`${what}: version ${show(version)} instead of ${STATE_VERSION}`);
  }
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new StateFormatError(`${what}: not JSON: ${text.slice(0, 60)}`);
  }
}

function show(value: unknown): string {
  return (JSON.stringify(value) as string | undefined)?.slice(0, 60) ?? 'none';
}
