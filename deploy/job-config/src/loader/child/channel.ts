import { readSync, writeSync } from 'node:fs';
import { MESSAGE_CHARS_MAX } from '../limits-core.js';
import type { FromChild, ToChild } from '../protocol-core.js';

/** The pipe that the loader made for its child. */
const PIPE = 3;
const CHUNK_BYTES = 65_536;

// Taken before they are taken away (`hobble.ts`).
const read = readSync;
const write = writeSync;

let rest = Buffer.alloc(0);
const chunk = Buffer.alloc(CHUNK_BYTES);

export function send(message: FromChild): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let at = 0; at < bytes.length;) at += write(PIPE, bytes, at);
}

/** Waits for the next message; undefined once the loader is gone. Nothing else happens in this process meanwhile. */
export function receive(): ToChild | undefined {
  const parts = [rest];
  let length = rest.length;
  for (let end = rest.indexOf(10); ;) {
    if (end >= 0) {
      const whole = Buffer.concat(parts);
      const at = length - (parts.at(-1)?.length ?? 0) + end;
      rest = whole.subarray(at + 1);
      return JSON.parse(whole.toString('utf8', 0, at)) as ToChild;
    }
    const count = read(PIPE, chunk);
    if (count === 0 || length > MESSAGE_CHARS_MAX) return undefined;
    parts.push(Buffer.from(chunk.subarray(0, count)));
    length += count;
    end = parts.at(-1)?.indexOf(10) ?? -1;
  }
}
