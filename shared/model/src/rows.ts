import { accountFromJson, accountToJson, CodecError, statusFromJson, statusToJson } from './json.js';
import type { Account, Status } from './types.js';

/**
 * Values of the row cache. A row is UTF-8 JSON; a deleted status is the single byte `x`, so that a
 * reader who still has its id in a vector does not ask MySQL for it, and nobody fills it in again.
 */
export const STATUS_TOMBSTONE = Buffer.from('x');

export type StatusRow = { readonly kind: 'status'; readonly status: Status } | { readonly kind: 'deleted' };

export function encodeStatusRow(status: Status): Buffer {
  return Buffer.from(JSON.stringify(statusToJson(status)));
}

export function encodeAccountRow(account: Account): Buffer {
  return Buffer.from(JSON.stringify(accountToJson(account)));
}

/** Null when the bytes are none of ours: a cache may hold rubbish, and rubbish is a miss. */
export function decodeStatusRow(bytes: Buffer): StatusRow | null {
  if (bytes.equals(STATUS_TOMBSTONE)) return { kind: 'deleted' };
  const status = decoded(bytes, statusFromJson);
  return status === null ? null : { kind: 'status', status };
}

export function decodeAccountRow(bytes: Buffer): Account | null {
  return decoded(bytes, accountFromJson);
}

function decoded<T>(bytes: Buffer, decode: (value: unknown) => T): T | null {
  try {
    return decode(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    if (error instanceof CodecError || error instanceof SyntaxError) return null;
    throw error;
  }
}
