import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import type { CommandInfoURI } from '@murmur/engine';
import { silentLog } from '@murmur/service';
import { tempFolder } from '@murmur/testkit';
import { createFetcher, FetchError, type FetchLimits, type FetchRequest } from '../../src/fetcher/index.js';

/** A fetcher with a sandbox, and a folder `outside` beside it in which nothing may appear. */
export async function fetching(limits: Partial<FetchLimits> = {}) {
  const folder = await tempFolder('fetcher');
  const [sandbox, staging, outside] = ['sandbox', 'staging', 'outside'].map((name) => join(folder, name));
  for (const path of [sandbox!, staging!, outside!]) mkdirSync(path);
  const fetcher = createFetcher({
    stagingFolder: staging!,
    frameworksHome: folder,
    limits,
    log: silentLog(),
  });
  return {
    folder,
    sandbox: sandbox!,
    outside: outside!,
    fetch: (uris: readonly CommandInfoURI[], more: Partial<FetchRequest> = {}) =>
      fetcher.fetch({ sandbox: sandbox!, uris, user: null, signal: new AbortController().signal, ...more }),
    /** Everything below, as paths. */
    content: () => readdirSync(sandbox!, { recursive: true }).map(String).sort(),
    left: () => [...readdirSync(staging!), ...readdirSync(outside!)],
  };
}

export interface TarEntry {
  readonly name: string;
  /** 0 file, 1 hard link, 2 symbolic link, 3 device, 5 folder, 6 pipe. */
  readonly type?: string;
  readonly link?: string;
  readonly body?: string | Buffer;
  readonly mode?: number;
}

/** An archive as it should be. */
export const CONTENT: readonly TarEntry[] = [
  { name: './', type: '5', mode: 0o755 },
  { name: 'bin/', type: '5', mode: 0o755 },
  { name: 'bin/run', body: '#!/bin/sh\n', mode: 0o4755 },
  { name: 'deep/er/file', body: 'x'.repeat(5000) },
  { name: 'link', type: '2', link: 'bin/run' },
  { name: 'same', type: '1', link: 'bin/run' },
  { name: 'empty', body: '' },
];

/** The message with which a fetch fails. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(FetchError);
  return (error as FetchError).message;
}

const BLOCK = 512;

/** A ustar archive, made by hand: no tool would make these. */
export function tar(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(tarEntry), Buffer.alloc(2 * BLOCK)]);
}

function tarEntry({ name, type = '0', link = '', body = '', mode = 0o644 }: TarEntry): Buffer[] {
  const content = Buffer.from(body);
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100);
  header.write(`${mode.toString(8).padStart(7, '0')}\0`, 100);
  header.write('0000000\x000000000\x00', 108);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return [header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
}

export const gzip = (bytes: Buffer): Buffer => gzipSync(bytes);

/** Bytes through a program of the system, such as `xz -c`; null where it is not there. */
export function through(program: string, args: readonly string[], input: Buffer): Buffer | null {
  try {
    return execFileSync(program, args, { input, maxBuffer: 2 ** 26 });
  } catch {
    return null;
  }
}

export interface ZipEntry {
  readonly name: string;
  readonly body?: string | Buffer;
  /** st_mode */
  readonly mode?: number;
  /** What the archive says that the size is. */
  readonly claimedSize?: number;
  readonly encrypted?: boolean;
}

/** A zip archive, made by hand. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const { name, body = '', mode = 0o100_644, claimedSize, encrypted = false } of entries) {
    const content = Buffer.from(body);
    const packed = deflateRawSync(content);
    const file = Buffer.from(name);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(encrypted ? 1 : 0, 2);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(content), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(claimedSize ?? content.length, 18);
    fields.writeUInt16LE(file.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, file, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03'), fields, tail, file]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}

function crc32(bytes: Buffer): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}
