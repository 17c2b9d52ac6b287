import { jest } from '@jest/globals';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLog } from '@murmur/service';
import { stopAll, tempFolder } from '@murmur/testkit';
import { openFileStorage } from '../../src/storage/file.js';
import { FILE_HEAD_BYTES, FRAME_HEAD_BYTES } from '../../src/storage/frame-core.js';
import { BACKUPS_MAX } from '../../src/storage/names-core.js';
import type { LogStorage } from '../../src/storage/port.js';
import { storageCases } from './conformance.js';
import { appendAll, chunksOf, contentOf, numbered, type StoragePlace } from './support.js';

jest.setTimeout(300_000);
afterAll(stopAll);

const LOG = 'log-000001';
/** So that a few entries are several segments. */
const SEGMENT_BYTES = 4096;

async function filesOf(folder: string): Promise<string[]> {
  return (await readdir(join(folder, LOG))).sort();
}

async function newestSegment(folder: string): Promise<string | null> {
  const name = (await filesOf(folder)).findLast((each) => each.startsWith('segment-'));
  return name === undefined ? null : join(folder, LOG, name);
}

async function newPlace(): Promise<StoragePlace> {
  const folder = await tempFolder('storage');
  return {
    open: () => openFileStorage({ folder, log: silentLog(), segmentBytes: SEGMENT_BYTES }),
    tear: async (bytes) => {
      const segment = await newestSegment(folder);
      if (segment === null) return;
      const { length } = await readFile(segment);
      await truncate(segment, Math.max(FILE_HEAD_BYTES, length - bytes));
    },
  };
}

describe('file storage', () => {
  it.each(storageCases(newPlace))('%s', (_, run) => run());
});

describe('the files of the storage', () => {
  let folder: string;
  const open = (): LogStorage => openFileStorage({ folder, log: silentLog() });
  beforeEach(async () => {
    folder = await tempFolder('storage');
  });

  /** A log of these entries, each of a write of its own. */
  async function written(entries: readonly string[]): Promise<{ segment: string; bytes: Buffer }> {
    const storage = open();
    await contentOf(storage);
    for (const entry of entries) await appendAll(storage, [entry]);
    await storage.close();
    const segment = (await newestSegment(folder)) ?? '';
    return { segment, bytes: await readFile(segment) };
  }

  it('are one snapshot and one segment after a snapshot, whatever there was before', async () => {
    const storage = openFileStorage({ folder, log: silentLog(), segmentBytes: 256 });
    await contentOf(storage);
    for (const entry of numbered(1, 40)) await appendAll(storage, [entry]);
    expect((await filesOf(folder)).length).toBeGreaterThan(4);
    await storage.compact(40, chunksOf(numbered(1, 40)));
    expect(await filesOf(folder)).toEqual(['segment-0000000000000041', 'snapshot-0000000000000040']);
    await storage.close();
  });

  it('cut at any byte have the entries before it', async () => {
    const entries = numbered(1, 4);
    const { segment, bytes } = await written(entries);
    const frame = FRAME_HEAD_BYTES + 'entry 1'.length;
    expect(bytes).toHaveLength(FILE_HEAD_BYTES + entries.length * frame);
    for (let size = FILE_HEAD_BYTES; size <= bytes.length; size += 1) {
      await writeFile(segment, bytes.subarray(0, size));
      const whole = Math.floor((size - FILE_HEAD_BYTES) / frame);
      const storage = open();
      expect(await contentOf(storage)).toMatchObject({
        entries: entries.slice(0, whole),
        bytesCut: (size - FILE_HEAD_BYTES) % frame,
      });
      await storage.close();
      expect(await readFile(segment)).toHaveLength(FILE_HEAD_BYTES + whole * frame);
    }
  });

  it('with any byte damaged are refused with file and offset, and stay as they are', async () => {
    const { segment, bytes } = await written(numbered(1, 3));
    const frame = FRAME_HEAD_BYTES + 'entry 1'.length;
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      await writeFile(segment, damaged);
      await writeFile(`${segment}.tmp`, 'unfinished');
      const offset = FILE_HEAD_BYTES + frame * Math.floor((at - FILE_HEAD_BYTES) / frame);
      await expect(contentOf(open())).rejects.toThrow(
        at < FILE_HEAD_BYTES ? `${segment} ` : `${segment} is damaged at offset ${offset}: the `,
      );
      expect(await readFile(segment)).toEqual(damaged);
      expect(await filesOf(folder)).toHaveLength(2);
    }
  });

  it('that end in zeros have all entries; those with zeros in the middle are refused', async () => {
    const { segment, bytes } = await written(numbered(1, 3));
    await writeFile(segment, Buffer.concat([bytes, Buffer.alloc(5000)]));
    const storage = open();
    expect(await contentOf(storage)).toMatchObject({ entries: numbered(1, 3), bytesCut: 5000 });
    await storage.close();
    await writeFile(segment, Buffer.concat([bytes, Buffer.alloc(5000), bytes.subarray(FILE_HEAD_BYTES)]));
    // The entries after the zeros are older ones: they show nothing.
    const again = open();
    expect(await contentOf(again)).toMatchObject({ entries: numbered(1, 3) });
    await again.close();
    const hole = Buffer.from(bytes);
    hole.fill(0, FILE_HEAD_BYTES, FILE_HEAD_BYTES + FRAME_HEAD_BYTES + 'entry 1'.length);
    await writeFile(segment, hole);
    await expect(contentOf(open())).rejects.toThrow(`${segment} is damaged at offset ${FILE_HEAD_BYTES}`);
  });

  it('of which one in the middle is cut or missing are refused', async () => {
    const small = (): LogStorage => openFileStorage({ folder, log: silentLog(), segmentBytes: 100 });
    const storage = small();
    await contentOf(storage);
    for (const entry of numbered(1, 9)) await appendAll(storage, [entry]);
    await storage.close();
    const [first = '', second = '', third = ''] = (await filesOf(folder)).map((name) =>
      join(folder, LOG, name),
    );
    const bytes = await readFile(second);
    await truncate(second, bytes.length - 1);
    await expect(contentOf(small())).rejects.toThrow('and a newer segment follows');
    await truncate(second, FILE_HEAD_BYTES);
    await expect(contentOf(small())).rejects.toThrow(`${third} begins with entry`);
    await writeFile(second, bytes);
    await writeFile(first, bytes);
    await expect(contentOf(small())).rejects.toThrow(`${first} is a segment from`);
  });

  it('of a snapshot that is cut, damaged or longer than it should be are refused', async () => {
    const storage = open();
    await contentOf(storage);
    await appendAll(storage, numbered(1, 7));
    await storage.compact(7, chunksOf(numbered(1, 7)));
    await storage.close();
    const path = join(folder, LOG, 'snapshot-0000000000000007');
    const bytes = await readFile(path);
    for (let at = 0; at < bytes.length; at += 1) {
      await writeFile(path, bytes.subarray(0, at));
      await expect(contentOf(open())).rejects.toThrow(path);
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      await writeFile(path, damaged);
      await expect(contentOf(open())).rejects.toThrow(path);
    }
    await writeFile(path, Buffer.concat([bytes, Buffer.from('x')]));
    await expect(contentOf(open())).rejects.toThrow(`${path} is damaged at offset ${bytes.length}`);
  });

  it('of backups are the newest so many', async () => {
    const storage = open();
    await contentOf(storage);
    await appendAll(storage, numbered(1, 1));
    const start = Date.UTC(2026, 0, 1);
    for (let n = 0; n < BACKUPS_MAX + 3; n += 1)
      await storage.backup(1, chunksOf(['entry 1']), start + n * 1000);
    const names = (await storage.backups()).map(({ name }) => name);
    expect(names).toHaveLength(BACKUPS_MAX);
    expect(names[0]).toBe('backup-2026-01-01-00-00-03');
    await storage.close();
  });
});
