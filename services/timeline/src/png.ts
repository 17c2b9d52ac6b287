/** The pictures of an account that has none. There is no media here, but clients want an image at these URLs. */
import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const RGB8 = [8, 2, 0, 0, 0];

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** A PNG of one colour. Source of the format: W3C PNG specification, sections 5 and 11. */
export function plainPng(width: number, height: number, rgb: readonly [number, number, number]): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set(RGB8, 8);
  // Each line begins with its filter type, 0 = none.
  const line = Buffer.from([0, ...new Array<typeof rgb>(width).fill(rgb).flat()]);
  const pixels = deflateSync(Buffer.concat(new Array<Buffer>(height).fill(line)));
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

export const MISSING_AVATAR = plainPng(96, 96, [0x8a, 0x93, 0xa6]);
export const MISSING_HEADER = plainPng(150, 50, [0xd5, 0xda, 0xe3]);
