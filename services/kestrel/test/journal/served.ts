/** A server and its folder of journals, as tests fill and read them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempFolder, type Wire } from '@murmur/testkit';
import type { Log } from '@murmur/service';
import type { TestKestrel } from '../server.js';

export const value = (queue: string, data: string): string =>
  `VALUE ${queue} 0 ${data.length}\r\n${data}\r\nEND\r\n`;

export async function put(wire: Wire, queue: string, ...items: string[]): Promise<void> {
  await wire.send(items.map((data) => `set ${queue} 0 0 ${data.length}\r\n${data}\r\n`).join(''));
  await wire.expect('STORED\r\n'.repeat(items.length));
}

/** All items of a queue, taken. */
export async function drain(kestrel: TestKestrel, queue: string): Promise<string[]> {
  const wire = await kestrel.connect();
  const items: string[] = [];
  for (;;) {
    await wire.send(`get ${queue}\r\n`);
    const head = await wire.readUntil();
    if (head === 'END') break;
    items.push((await wire.read(Number(head.split(' ').at(-1)))).toString('latin1'));
    await wire.expect('\r\nEND\r\n');
  }
  wire.close();
  return items;
}

/** One of the figures of a queue that `dump_stats` shows. */
export async function figure(wire: Wire, queue: string, name: string): Promise<number> {
  await wire.send(`dump_stats ${queue}\r\n`);
  return Number(new RegExp(`\\b${name}=(\\d+)`).exec(await wire.readUntil('END\r\n'))?.[1]);
}

/** The record of an item that came in 2023. */
export const addx = (data: string): Buffer => {
  const bytes = Buffer.alloc(21 + data.length);
  bytes[0] = 2;
  bytes.writeInt32LE(16 + data.length, 1);
  bytes.writeBigInt64LE(1_700_000_000_000n, 5);
  bytes.write(data, 21);
  return bytes;
};

/** A queue directory that holds these files. */
export async function folderWith(files: Readonly<Record<string, Buffer | string>>): Promise<string> {
  const folder = join(await tempFolder('kestrel'), 'queues');
  await mkdir(folder);
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return folder;
}

/** A log that keeps the warnings of journals alone: they say what was lost. */
export function collecting(warnings: object[]): Log {
  const nothing = (): void => undefined;
  const log: Log = {
    debug: nothing,
    info: nothing,
    error: nothing,
    warn: (fields) => {
      if ('lost' in fields) warnings.push(fields);
    },
    child: () => log,
  };
  return log;
}
