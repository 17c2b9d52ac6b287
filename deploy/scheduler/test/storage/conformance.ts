/** What any storage behind the port must do. A storage is described by how one is opened on a place, and how a place is torn. */
import { ENTRY_BYTES_MAX, StorageError, type LogStorage } from '../../src/storage/port.js';
import { holdsAgainstList } from './model.js';
import { appendAll, chunksOf, contentOf, numbered, type StoragePlace } from './support.js';

const BACKUP_AT = Date.UTC(2026, 10, 22, 4, 26, 6);

export type StorageCase = readonly [name: string, run: () => Promise<void>];

/** All that is asked of a storage, for `it.each`. Each case gets a place of its own, and closes what it opened. */
export function storageCases(newPlace: () => Promise<StoragePlace>): readonly StorageCase[] {
  const cases: StorageCase[] = [];
  let place: StoragePlace;
  const open: LogStorage[] = [];
  const opened = (): LogStorage => {
    const storage = place.open();
    open.push(storage);
    return storage;
  };
  /** Recovered, and empty or not. */
  const ready = async (): Promise<LogStorage> => {
    const storage = opened();
    await contentOf(storage);
    return storage;
  };
  const does = (name: string, run: () => Promise<void>): void => {
    const whole = async (): Promise<void> => {
      place = await newPlace();
      try {
        await run();
      } finally {
        for (const storage of open.splice(0)) await storage.close();
      }
    };
    cases.push([name, whole]);
  };

  does('is empty at first', async () => {
    const storage = opened();
    expect(await contentOf(storage)).toEqual({ entries: [], fromSnapshot: 0, position: 0, bytesCut: 0 });
    expect(storage.stats()).toEqual({ position: 0, entries: 0, bytes: 0, fsyncs: 0 });
    expect(await storage.backups()).toEqual([]);
  });

  does('has what was appended, in order, after it is opened again', async () => {
    const first = await ready();
    expect(await first.append(Buffer.from('entry 1'))).toBe(1);
    expect(await appendAll(first, numbered(2, 10))).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await first.close();
    const second = opened();
    expect(await contentOf(second)).toMatchObject({ entries: numbered(1, 10), position: 10, bytesCut: 0 });
    expect(await appendAll(second, numbered(11, 12))).toEqual([11, 12]);
    await second.close();
    expect((await contentOf(opened())).entries).toEqual(numbered(1, 12));
  });

  does('makes many entries durable with few fsyncs, in the order of the calls', async () => {
    const storage = await ready();
    const count = 500;
    expect(await appendAll(storage, numbered(1, count))).toEqual(
      Array.from({ length: count }, (_, i) => i + 1),
    );
    expect(storage.stats()).toMatchObject({ position: count, entries: count });
    expect(storage.stats().fsyncs).toBeLessThan(count / 10);
    await storage.close();
    expect((await contentOf(opened())).entries).toEqual(numbered(1, count));
  });

  does('takes entries from many at once, and answers each with its own position', async () => {
    const storage = await ready();
    const answers = new Map<string, number>();
    const writer = async (own: number): Promise<void> => {
      for (let n = 0; n < 20; n += 1) {
        const entry = `${own}:${n}`;
        answers.set(entry, await storage.append(Buffer.from(entry)));
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, own) => writer(own)));
    await storage.close();
    const { entries } = await contentOf(opened());
    expect(entries).toHaveLength(200);
    expect(entries.every((entry, i) => answers.get(entry) === i + 1)).toBe(true);
  });

  does(
    'has entries of any bytes and any length up to the bound, and refuses one beyond it and goes on',
    async () => {
      const storage = await ready();
      const large = Buffer.alloc(ENTRY_BYTES_MAX, 'large');
      const all = [Buffer.alloc(0), Buffer.alloc(5000), Buffer.from([0, 255, 10, 13]), large];
      for (const entry of all) await storage.append(entry);
      await expect(storage.append(Buffer.alloc(ENTRY_BYTES_MAX + 1))).rejects.toThrow(
        new StorageError(`an entry has ${ENTRY_BYTES_MAX + 1} bytes, allowed are ${ENTRY_BYTES_MAX}`),
      );
      expect(await storage.append(Buffer.from('last'))).toBe(5);
      await storage.close();
      const found: Buffer[] = [];
      await opened().recover({
        snapshot: () => undefined,
        entry: (_, bytes) => found.push(Buffer.from(bytes)),
      });
      expect(found.map((bytes, i) => bytes.equals(all[i] ?? Buffer.from('last')))).toEqual(
        new Array(5).fill(true),
      );
    },
  );

  does('puts a snapshot in the place of the entries that it stands for', async () => {
    const storage = await ready();
    await appendAll(storage, numbered(1, 10));
    await storage.compact(10, chunksOf(numbered(1, 10)));
    expect(storage.stats()).toMatchObject({ position: 10, entries: 0, bytes: 0 });
    await appendAll(storage, numbered(11, 15));
    expect(storage.stats()).toMatchObject({ position: 15, entries: 5 });
    const { bytes } = storage.stats();
    await storage.close();
    const again = opened();
    expect(await contentOf(again)).toMatchObject({
      entries: numbered(1, 15),
      fromSnapshot: 10,
      position: 15,
    });
    expect(again.stats()).toMatchObject({ position: 15, entries: 5, bytes });
    await again.compact(12, chunksOf(numbered(1, 12)));
    expect(again.stats()).toMatchObject({ entries: 3, bytes: Math.round((bytes * 3) / 5) });
    await again.compact(15, chunksOf(numbered(1, 15)));
    await again.close();
    expect(await contentOf(opened())).toMatchObject({
      entries: numbered(1, 15),
      fromSnapshot: 15,
      position: 15,
    });
  });

  does('takes appends while a snapshot is written', async () => {
    const storage = await ready();
    await appendAll(storage, numbered(1, 20));
    const appends: Promise<number[]>[] = [];
    function* chunks(): Generator<Uint8Array> {
      for (const chunk of chunksOf(numbered(1, 20))) {
        appends.push(appendAll(storage, numbered(21 + appends.length, 21 + appends.length)));
        yield chunk;
      }
    }
    await storage.compact(20, chunks());
    await Promise.all(appends);
    await storage.close();
    expect(await contentOf(opened())).toMatchObject({
      entries: numbered(1, 20 + appends.length),
      fromSnapshot: 20,
    });
  });

  does('takes a snapshot and a backup while many append without a pause', async () => {
    const storage = await ready();
    let isOver = false;
    let next = 1;
    const writer = async (): Promise<void> => {
      while (!isOver) {
        const entry = `entry ${next}`;
        next += 1;
        await storage.append(Buffer.from(entry));
      }
    };
    const writers = Promise.all(Array.from({ length: 10 }, writer));
    const position = next - 1;
    await storage.compact(position, chunksOf(numbered(1, position)));
    await storage.backup(position, chunksOf(numbered(1, position)), BACKUP_AT);
    isOver = true;
    await writers;
    await storage.close();
    expect(await contentOf(opened())).toMatchObject({
      entries: numbered(1, next - 1),
      fromSnapshot: position,
    });
  });

  does(
    'refuses a snapshot of what is not there, or older than the one it has, and keeps what it has',
    async () => {
      const storage = await ready();
      await appendAll(storage, numbered(1, 5));
      await storage.compact(4, chunksOf(numbered(1, 4)));
      for (const position of [6, 3, -1, 4.5, NaN]) {
        await expect(storage.compact(position, [])).rejects.toThrow(StorageError);
      }
      await expect(storage.compact(5, [Buffer.alloc(ENTRY_BYTES_MAX + 1)])).rejects.toThrow(StorageError);
      const broken = (function* (): Generator<Uint8Array> {
        yield Buffer.from('[]');
        throw new Error('the state broke');
      })();
      await expect(storage.compact(5, broken)).rejects.toThrow('the state broke');
      await appendAll(storage, numbered(6, 6));
      await storage.close();
      expect(await contentOf(opened())).toMatchObject({ entries: numbered(1, 6), fromSnapshot: 4 });
    },
  );

  does('writes backups aside, lists them oldest first, and keeps the log as it is', async () => {
    const storage = await ready();
    await appendAll(storage, numbered(1, 5));
    const first = await storage.backup(5, chunksOf(numbered(1, 5)), BACKUP_AT + 1234);
    expect(first).toMatchObject({ name: 'backup-2026-11-22-04-26-07', at: BACKUP_AT + 1000 });
    expect(first.bytes).toBeGreaterThan(0);
    const older = await storage.backup(3, chunksOf(numbered(1, 3)), BACKUP_AT);
    expect(await storage.backups()).toEqual([older, first]);
    await expect(storage.backup(6, [], BACKUP_AT)).rejects.toThrow(StorageError);
    await storage.close();
    const again = opened();
    expect(await contentOf(again)).toMatchObject({ entries: numbered(1, 5), fromSnapshot: 0 });
    expect(await again.backups()).toEqual([older, first]);
  });

  does('has one writer: a second one is refused while the first is open, and let in after', async () => {
    const first = await ready();
    await first.append(Buffer.from('entry 1'));
    const second = opened();
    await expect(contentOf(second)).rejects.toThrow(StorageError);
    await first.append(Buffer.from('entry 2'));
    await first.close();
    expect((await contentOf(opened())).entries).toEqual(numbered(1, 2));
  });

  does(
    'waits at its close for what was appended, and does nothing before recovery or after the close',
    async () => {
      const storage = opened();
      const all = [
        () => storage.append(Buffer.from('x')),
        () => storage.compact(0, []),
        () => storage.backup(0, [], BACKUP_AT),
        () => storage.backups(),
      ];
      for (const use of all) await expect(use()).rejects.toThrow(StorageError);
      await contentOf(storage);
      await expect(contentOf(storage)).rejects.toThrow(StorageError);
      const appends = appendAll(storage, numbered(1, 50));
      const snapshot = storage.compact(0, []);
      await storage.close();
      await expect(appends).resolves.toHaveLength(50);
      await expect(snapshot).resolves.toBeUndefined();
      for (const use of all) await expect(use()).rejects.toThrow(StorageError);
      await expect(contentOf(storage)).rejects.toThrow(StorageError);
      await storage.close();
      expect((await contentOf(opened())).entries).toEqual(numbered(1, 50));
    },
  );

  does('whose reader fails during recovery is as it was, and free for the next', async () => {
    const storage = await ready();
    await appendAll(storage, numbered(1, 3));
    await storage.close();
    const failing = {
      snapshot: () => undefined,
      entry: () => {
        throw new Error('not understood');
      },
    };
    await expect(opened().recover(failing)).rejects.toThrow('not understood');
    expect((await contentOf(opened())).entries).toEqual(numbered(1, 3));
  });

  does(
    'that was torn has whole entries up to where it was torn, says how much it cut, and goes on there',
    async () => {
      const storage = await ready();
      await appendAll(storage, numbered(1, 9));
      await storage.close();
      await place.tear(1);
      const torn = opened();
      const content = await contentOf(torn);
      expect(content).toMatchObject({ entries: numbered(1, 8), position: 8 });
      expect(content.bytesCut).toBeGreaterThan(0);
      expect(await appendAll(torn, ['entry 9', 'entry 10'])).toEqual([9, 10]);
      await torn.close();
      expect(await contentOf(opened())).toMatchObject({ entries: numbered(1, 10), bytesCut: 0 });
    },
  );

  does('holds against a list, whatever happens to both', () => holdsAgainstList(newPlace));
  return cases;
}
