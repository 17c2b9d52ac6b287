import type { Id } from './ids.js';

export const PACKED_ID_BYTES = 8;

/** Ids as packed 8-byte big-endian integers. */
export function packIds(ids: readonly Id[]): Buffer {
  const out = Buffer.allocUnsafe(ids.length * PACKED_ID_BYTES);
  for (let i = 0; i < ids.length; i++) out.writeBigUInt64BE(ids[i] as Id, i * PACKED_ID_BYTES);
  return out;
}

/** The reverse of `packIds`; a rest of fewer than 8 bytes is ignored. */
export function unpackIds(bytes: Buffer): Id[] {
  const out: Id[] = [];
  for (let at = 0; at + PACKED_ID_BYTES <= bytes.length; at += PACKED_ID_BYTES)
    out.push(bytes.readBigUInt64BE(at));
  return out;
}
