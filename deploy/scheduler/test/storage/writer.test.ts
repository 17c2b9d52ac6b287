import type { LogFile } from '../../src/storage/files.js';
import { ENTRY_BYTES_MAX, StorageError, type LogStorage } from '../../src/storage/port.js';
import { GROUP_BYTES_MAX, LogWriter, PENDING_BYTES_MAX, SEGMENT_BYTES } from '../../src/storage/writer.js';
import { MemoryFiles } from './memory-files.js';
import { appendAll, contentOf, FOLDER, numbered, storageOn } from './support.js';

/** Tells of each fsync of a file when it begins. */
class WatchedFiles extends MemoryFiles {
  onSync: (() => void) | null = null;

  override async open(path: string, how: 'read' | 'write' | 'create'): Promise<LogFile> {
    const file = await super.open(path, how);
    const sync = async (): Promise<void> => {
      this.onSync?.();
      await file.sync();
    };
    return { ...file, sync };
  }
}

async function ready(files: MemoryFiles, segmentBytes = SEGMENT_BYTES): Promise<LogStorage> {
  const storage = storageOn(files, segmentBytes);
  await contentOf(storage);
  return storage;
}

const errorOf = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

describe('the writer', () => {
  it('makes all that was appended in one turn durable with one write and one fsync', async () => {
    const files = new MemoryFiles();
    const storage = await ready(files);
    await appendAll(storage, ['the first makes the segment']);
    const [{ changes }, { fsyncs }] = [files, storage.stats()];
    await appendAll(storage, numbered(1, 100));
    expect([files.changes - changes, storage.stats().fsyncs - fsyncs]).toEqual([2, 1]);
    await storage.close();
  });

  it('makes what was appended during an fsync durable with the next one', async () => {
    const files = new WatchedFiles();
    const storage = await ready(files);
    await appendAll(storage, ['entry 1']);
    const { fsyncs } = storage.stats();
    const later: Promise<number[]>[] = [];
    files.onSync = () => {
      files.onSync = null;
      later.push(appendAll(storage, numbered(3, 50)));
    };
    await appendAll(storage, ['entry 2']);
    expect(await later[0]).toHaveLength(48);
    expect(storage.stats()).toMatchObject({ position: 50, fsyncs: fsyncs + 2 });
    await storage.close();
    expect((await contentOf(storageOn(files))).entries).toEqual(numbered(1, 50));
  });

  it('writes no more at once than its bound, and at least one entry', async () => {
    const storage = await ready(new MemoryFiles());
    const half = Buffer.alloc(GROUP_BYTES_MAX / 2);
    const large = Buffer.alloc(GROUP_BYTES_MAX + 1);
    await Promise.all([half, half, half, large, half].map((entry) => storage.append(entry)));
    expect(storage.stats()).toMatchObject({ position: 5, fsyncs: 5 });
    await storage.close();
  });

  it('begins another segment once one is full', async () => {
    const files = new MemoryFiles();
    const storage = await ready(files, 200);
    for (const entry of numbered(1, 12)) await appendAll(storage, [entry]);
    await storage.close();
    const names = await files.list(`${FOLDER}/log-000001`);
    expect(names).toEqual([1, 7].map((first) => `segment-${String(first).padStart(16, '0')}`));
  });

  it('fails every append after a write that failed, those that wait too, with the first error', async () => {
    const files = new MemoryFiles();
    const storage = await ready(files);
    await appendAll(storage, ['entry 1']);
    files.stopAt = files.changes + 1;
    const waiting = numbered(2, 4).map((entry) => errorOf(storage.append(Buffer.from(entry))));
    const errors = await Promise.all(waiting);
    expect(errors).toEqual([errors[0], errors[0], errors[0]]);
    expect(errors[0]).toBeInstanceOf(StorageError);
    files.stopAt = 0;
    expect(await errorOf(storage.append(Buffer.from('x')))).toBe(errors[0]);
    expect(await errorOf(storage.compact(1, []))).toBe(errors[0]);
    await storage.close();
    expect((await contentOf(storageOn(files.crashed('lost')))).entries).toEqual(['entry 1']);
  });

  it('takes the disk for dead when too much waits for it', async () => {
    const writer = new LogWriter(new MemoryFiles(), FOLDER, { position: 0, firsts: [], segment: null });
    const large = Buffer.alloc(ENTRY_BYTES_MAX);
    const count = PENDING_BYTES_MAX / ENTRY_BYTES_MAX;
    const errors = await Promise.all(Array.from({ length: count }, () => errorOf(writer.append(large))));
    expect(errors).toEqual(
      new Array(count).fill(new StorageError(`${FOLDER}: the disk is ${count} entries behind`)),
    );
    await writer.close();
  });
});
