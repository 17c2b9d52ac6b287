/** The child of the kill test: goes on where the log ends, appends numbers for ever, says which are durable, and compacts and backs up meanwhile. */
import { writeSync } from 'node:fs';
import { openFileStorage } from '../../src/storage/file.js';

const [, , folder = ''] = process.argv;
const nothing = (): void => undefined;
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => log };
const storage = openFileStorage({ folder, log, segmentBytes: 8192 });
const WRITERS = 5;
const COMPACT_EVERY = 60;
const BACKUP_EVERY = 200;

const { position } = await storage.recover({ snapshot: nothing, entry: nothing });
let next = position;

function* chunks(until: number): Generator<Uint8Array> {
  for (let from = 1; from <= until; from += 100) {
    const numbers = Array.from({ length: Math.min(100, until - from + 1) }, (_, i) => from + i);
    yield Buffer.from(JSON.stringify(numbers.map(String)));
  }
}

async function write(): Promise<void> {
  for (;;) {
    next += 1;
    const number = next;
    const at = await storage.append(Buffer.from(String(number)));
    writeSync(1, `${number}\n`);
    if (at !== number) throw new Error(`entry ${number} has position ${at}`);
    if (at % COMPACT_EVERY === 0) void storage.compact(at, chunks(at));
    if (at % BACKUP_EVERY === 0) void storage.backup(at, chunks(at), at * 1000);
  }
}

await Promise.all(Array.from({ length: WRITERS }, write));
