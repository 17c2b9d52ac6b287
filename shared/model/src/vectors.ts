/**
 * Binary forms of the vectors in the vector cache. Pure: no I/O, no clock.
 *
 * A *timeline vector* (`home:<account>`, `posts:<account>`) is a run of 16-byte entries: 8 bytes
 * status id, 8 bytes author id, big-endian, in order of arrival, repeats possible. Fan-out appends to
 * it blindly. Its first entry may be a *header* instead: a first half below 2^48 (no status id is
 * that small: see `ids.ts`) says that everything with an id from `floor` on is in the vector, and
 * when it wants its second look at MySQL. A vector without a header is *partial*: it has been claimed,
 * or begun by an append, and somebody still has to merge MySQL into it.
 *
 * An *id vector* (`followers:<account>`, `following:<account>`) is the same with 8-byte ids; its header
 * is one id 0 and means complete.
 */
import type { Id } from './ids.js';
import { PACKED_ID_BYTES, packIds, unpackIds } from './packed.js';

export const ENTRY_BYTES = 16;
/** Entries a materialised timeline keeps; older ones are read from MySQL. */
export const VECTOR_ENTRIES_MAX = 800;
const HEADER_BELOW = 1n << 48n;

export interface Entry {
  readonly id: Id;
  readonly authorId: Id;
}

export interface VectorHeader {
  /** Unix ms from which a reader merges MySQL once more; 0 = settled. */
  readonly settleAtMs: number;
  /** Every entry that belongs here with an id >= floor is here; 0 = from the beginning of time. */
  readonly floor: Id;
}

export interface TimelineVector {
  readonly header: VectorHeader | null;
  /** Newest first, each status once. */
  readonly entries: readonly Entry[];
  /** Entries as stored, repeats counted: how much there is to trim. */
  readonly storedEntries: number;
}

export function encodeEntry(id: Id, authorId: Id): Buffer {
  const out = Buffer.allocUnsafe(ENTRY_BYTES);
  out.writeBigUInt64BE(id, 0);
  out.writeBigUInt64BE(authorId, 8);
  return out;
}

/** Entries go in oldest first, so that later appends keep the order of arrival. */
export function encodeTimelineVector(header: VectorHeader | null, newestFirst: readonly Entry[]): Buffer {
  const headerEntries = header === null ? 0 : 1;
  const out = Buffer.allocUnsafe((newestFirst.length + headerEntries) * ENTRY_BYTES);
  if (header !== null) {
    out.writeBigUInt64BE(BigInt(header.settleAtMs), 0);
    out.writeBigUInt64BE(header.floor, 8);
  }
  let at = headerEntries * ENTRY_BYTES;
  for (let i = newestFirst.length - 1; i >= 0; i--, at += ENTRY_BYTES) {
    const entry = newestFirst[i] as Entry;
    out.writeBigUInt64BE(entry.id, at);
    out.writeBigUInt64BE(entry.authorId, at + 8);
  }
  return out;
}

/** A torn last entry (never written by us) is ignored. */
export function decodeTimelineVector(bytes: Buffer): TimelineVector {
  const whole = bytes.length - (bytes.length % ENTRY_BYTES);
  let header: VectorHeader | null = null;
  let at = 0;
  if (whole > 0 && bytes.readBigUInt64BE(0) < HEADER_BELOW) {
    header = { settleAtMs: Number(bytes.readBigUInt64BE(0)), floor: bytes.readBigUInt64BE(8) };
    at = ENTRY_BYTES;
  }
  const storedEntries = (whole - at) / ENTRY_BYTES;
  const stored: Entry[] = [];
  for (; at < whole; at += ENTRY_BYTES)
    stored.push({ id: bytes.readBigUInt64BE(at), authorId: bytes.readBigUInt64BE(at + 8) });
  return { header, entries: mergeEntries(stored), storedEntries };
}

/** The union of lists of entries, newest first, each status once. */
export function mergeEntries(...lists: readonly (readonly Entry[])[]): Entry[] {
  const sorted = lists.flat().sort((a, b) => (a.id < b.id ? 1 : a.id > b.id ? -1 : 0));
  return sorted.filter((entry, i) => i === 0 || entry.id !== sorted[i - 1]?.id);
}

/** At most `max` newest entries; the header's floor rises to the oldest kept if something was cut. */
export function trimTimeline(
  header: VectorHeader,
  newestFirst: readonly Entry[],
  max = VECTOR_ENTRIES_MAX,
): { readonly header: VectorHeader; readonly entries: readonly Entry[] } {
  if (newestFirst.length <= max) return { header, entries: newestFirst };
  const entries = newestFirst.slice(0, max);
  const floor = entries.at(-1)?.id ?? header.floor;
  return { header: { ...header, floor: floor > header.floor ? floor : header.floor }, entries };
}

export interface IdVector {
  readonly complete: boolean;
  /** In order of arrival, each once. */
  readonly ids: readonly Id[];
}

export function encodeIdVector(ids: readonly Id[]): Buffer {
  return Buffer.concat([Buffer.alloc(PACKED_ID_BYTES), packIds(ids)]);
}

export function decodeIdVector(bytes: Buffer): IdVector {
  const ids = unpackIds(bytes);
  const complete = ids[0] === 0n;
  return { complete, ids: [...new Set(complete ? ids.slice(1) : ids)] };
}
