import { crc32c } from './crc32c-core.js';
import { ENTRY_BYTES_MAX } from './port.js';

/**
 * The two kinds of file of the log, format FORMAT_VERSION. Numbers are little-endian.
 *
 *     file    = head frame*
 *     head    = "murmur-scheduler" version:u16 kind:u8 0:u8 salt:u32 position:u64 crc:u32
 *     frame   = length:u32 position:u64 back:u32 payloadCrc:u32 headCrc:u32 payload
 *
 * Each CRC is a CRC-32C; those of a frame begin with the file's salt, so that old blocks of another file are no frames.
 */
export const FORMAT_VERSION = 1;
const MAGIC = Buffer.from('murmur-scheduler', 'latin1');

export const FILE_HEAD_BYTES = 36;
export const FRAME_HEAD_BYTES = 24;

/** `segment`: entries, `position` is the first one's. `snapshot`: chunks, `position` is the last entry's that they stand for. */
export type FileKind = 'segment' | 'snapshot';
const KINDS: readonly FileKind[] = ['segment', 'snapshot'];

export interface FileHead {
  readonly kind: FileKind;
  readonly position: number;
  /** Chosen by chance for each file. */
  readonly salt: number;
}

export interface Frame {
  readonly position: number;
  /** How many frames before it were written by the same write. */
  readonly back: number;
  /** A view of the bytes that were given. */
  readonly payload: Uint8Array;
}

export interface WholeFrame extends Frame {
  readonly payloadCrc: number;
}

/**
 * `more`: the frame goes on past the end of the bytes. `bad`: these bytes are no frame; `bytes` is how many it would have, its head's
 * where the head itself is not to be trusted.
 */
export type Decoded =
  | { readonly kind: 'frame'; readonly frame: WholeFrame; readonly bytes: number }
  | { readonly kind: 'more'; readonly bytes: number }
  | { readonly kind: 'bad'; readonly part: 'head' | 'payload'; readonly bytes: number };

export function encodeFileHead(head: FileHead): Buffer {
  const out = Buffer.alloc(FILE_HEAD_BYTES);
  out.set(MAGIC);
  out.writeUInt16LE(FORMAT_VERSION, 16);
  out.writeUInt8(KINDS.indexOf(head.kind) + 1, 18);
  out.writeUInt32LE(head.salt, 20);
  writeU64(out, head.position, 24);
  out.writeUInt32LE(crc32c(out.subarray(0, 32)), 32);
  return out;
}

/** The head, or what is wrong with it, in words that follow the file's name. */
export function decodeFileHead(bytes: Uint8Array): FileHead | string {
  const from = bufferOf(bytes);
  if (from.length < FILE_HEAD_BYTES) return `has ${from.length} bytes, its head alone has ${FILE_HEAD_BYTES}`;
  if (!from.subarray(0, MAGIC.length).equals(MAGIC)) return 'is no file of a scheduler log';
  const version = from.readUInt16LE(16);
  if (version !== FORMAT_VERSION)
    return `has format version ${version}, this program reads ${FORMAT_VERSION}`;
  if (from.readUInt32LE(32) !== crc32c(from.subarray(0, 32))) return 'has a damaged head';
  const kind = KINDS[from.readUInt8(18) - 1];
  if (kind === undefined) return `is of kind ${from.readUInt8(18)}, this program knows 1 to ${KINDS.length}`;
  return { kind, position: readU64(from, 24), salt: from.readUInt32LE(20) };
}

/** Writes the frame at `at` of `into`; gives where it ends. `into` has room for FRAME_HEAD_BYTES and the payload. */
export function encodeFrame(frame: Frame, salt: number, into: Buffer, at: number): number {
  const head = at + FRAME_HEAD_BYTES;
  into.writeUInt32LE(frame.payload.length, at);
  writeU64(into, frame.position, at + 4);
  into.writeUInt32LE(frame.back, at + 12);
  into.writeUInt32LE(crc32c(frame.payload, salt), at + 16);
  into.writeUInt32LE(crc32c(into.subarray(at, head - 4), salt), head - 4);
  into.set(frame.payload, head);
  return head + frame.payload.length;
}

/** One write: entries of consecutive positions from `first` on, each saying how far back the write began. */
export function encodeGroup(entries: readonly Uint8Array[], first: number, salt: number): Buffer {
  const bytes = entries.reduce((sum, entry) => sum + FRAME_HEAD_BYTES + entry.length, 0);
  const out = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const [back, payload] of entries.entries()) {
    at = encodeFrame({ position: first + back, back, payload }, salt, out, at);
  }
  return out;
}

/** The frame at the beginning of the bytes. */
export function decodeFrame(bytes: Uint8Array, salt: number): Decoded {
  const head = decodeFrameHead(bytes, salt);
  if (head === 'more') return { kind: 'more', bytes: FRAME_HEAD_BYTES };
  if (head === 'bad') return { kind: 'bad', part: 'head', bytes: FRAME_HEAD_BYTES };
  const end = FRAME_HEAD_BYTES + head.length;
  if (bytes.length < end) return { kind: 'more', bytes: end };
  const payload = bytes.subarray(FRAME_HEAD_BYTES, end);
  if (crc32c(payload, salt) !== head.payloadCrc) return { kind: 'bad', part: 'payload', bytes: end };
  const { position, back, payloadCrc } = head;
  return { kind: 'frame', frame: { position, back, payload, payloadCrc }, bytes: end };
}

export interface FrameHead {
  readonly length: number;
  readonly position: number;
  readonly back: number;
  readonly payloadCrc: number;
}

export function decodeFrameHead(bytes: Uint8Array, salt: number): FrameHead | 'more' | 'bad' {
  if (bytes.length < FRAME_HEAD_BYTES) return 'more';
  const from = bufferOf(bytes);
  const length = from.readUInt32LE(0);
  if (length > ENTRY_BYTES_MAX) return 'bad';
  const crc = crc32c(bytes.subarray(0, FRAME_HEAD_BYTES - 4), salt);
  if (from.readUInt32LE(FRAME_HEAD_BYTES - 4) !== crc) return 'bad';
  return {
    length,
    position: readU64(from, 4),
    back: from.readUInt32LE(12),
    payloadCrc: from.readUInt32LE(16),
  };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** 64 bits from a number that fits 53, without a BigInt. */
export function writeU64(into: Buffer, value: number, at: number): void {
  const high = Math.floor(value / 2 ** 32);
  into.writeUInt32LE(value - high * 2 ** 32, at);
  into.writeUInt32LE(high, at + 4);
}

export function readU64(from: Buffer, at: number): number {
  return from.readUInt32LE(at + 4) * 2 ** 32 + from.readUInt32LE(at);
}
