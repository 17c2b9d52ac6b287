import type { Disk } from '../../src/journal/disk.js';

/** A file, whatever its name. */
export interface Inode {
  data: Buffer;
}

/** A file system in memory. What is asked for later happens when `step` is called; each change can be the last. */
export class MemoryDisk implements Disk {
  readonly files: Map<string, Inode>;
  /** Changes made so far. */
  changes = 0;
  /** After so many changes nothing can be changed any more: the process is dead. */
  stopAfter = Number.POSITIVE_INFINITY;
  /** Bytes all files may take together. */
  capacity = Number.POSITIVE_INFINITY;
  /** Bytes that one write takes. */
  writeMax = Number.POSITIVE_INFINITY;
  /** Of files, and of the folder. */
  syncs = 0;
  folderSyncs = 0;
  syncFails = false;
  folderSyncFails = false;
  readFails = false;
  renameFails = false;
  readonly #open = new Map<number, Inode>();
  readonly #later: (() => void)[] = [];
  #lastFd = 0;

  constructor(files = new Map<string, Inode>()) {
    this.files = files;
  }

  get openFiles(): number {
    return this.#open.size;
  }
  get waiting(): number {
    return this.#later.length;
  }

  /** What a process finds that is started now. */
  copy(): MemoryDisk {
    const inodes = [...this.files].map(([path, { data }]) => [path, { data: Buffer.from(data) }] as const);
    return new MemoryDisk(new Map(inodes));
  }

  /** Does the next of what was asked for later. */
  async step(): Promise<void> {
    this.#later.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }

  async settle(): Promise<void> {
    while (this.#later.length > 0) await this.step();
    await new Promise((resolve) => setImmediate(resolve));
  }

  open(path: string, how: 'read' | 'append' | 'create'): number {
    let inode = this.files.get(path);
    if (inode === undefined) {
      if (how === 'read') throw errorOf('ENOENT');
      this.#change();
      inode = { data: Buffer.alloc(0) };
      this.files.set(path, inode);
    } else if (how === 'create') {
      this.#change();
      inode.data = Buffer.alloc(0);
    }
    this.#lastFd += 1;
    this.#open.set(this.#lastFd, inode);
    return this.#lastFd;
  }

  close(fd: number): void {
    if (!this.#open.delete(fd)) throw errorOf('EBADF');
  }

  size(fd: number): number {
    return this.#inode(fd).data.length;
  }

  read(fd: number, into: Buffer, at: number, length: number, position: number): number {
    if (this.readFails) throw errorOf('EIO');
    return this.#inode(fd).data.copy(into, at, position, position + length);
  }

  write(fd: number, from: Buffer, at: number, length: number, position: number): number {
    const inode = this.#inode(fd);
    this.#change();
    const used = [...this.files.values()].reduce((sum, { data }) => sum + data.length, 0);
    const grows = Math.max(0, position + length - inode.data.length);
    const fits = Math.min(length, this.writeMax, length - grows + Math.max(0, this.capacity - used));
    if (fits <= 0) throw errorOf('ENOSPC');
    const next = Buffer.alloc(Math.max(inode.data.length, position + fits));
    inode.data.copy(next);
    from.copy(next, position, at, at + fits);
    inode.data = next;
    return fits;
  }

  writePieces(fd: number, pieces: readonly Buffer[], position: number): number {
    const from = Buffer.concat(pieces);
    return this.write(fd, from, 0, from.length, position);
  }

  writeLater(fd: number, from: Buffer, at: number, length: number, position: number): Promise<number> {
    return this.#laterDo(() => this.write(fd, from, at, length, position));
  }

  truncate(fd: number, size: number): void {
    const inode = this.#inode(fd);
    this.#change();
    inode.data = Buffer.from(inode.data.subarray(0, size));
  }

  sync(fd: number): void {
    this.#inode(fd);
    this.syncs += 1;
    if (this.syncFails) throw errorOf('EIO');
  }

  syncLater(fd: number, done: (error: Error | null) => void): void {
    const inode = this.#open.get(fd);
    this.#later.push(() => {
      this.syncs += 1;
      done(inode === undefined || this.syncFails ? errorOf('EIO') : null);
    });
  }

  rename(from: string, to: string): void {
    const inode = this.files.get(from);
    if (inode === undefined) throw errorOf('ENOENT');
    if (this.renameFails) throw errorOf('EACCES');
    this.#change();
    this.files.delete(from);
    this.files.set(to, inode);
  }

  remove(path: string): void {
    if (!this.files.has(path)) return;
    this.#change();
    this.files.delete(path);
  }

  removeLater(path: string): Promise<void> {
    return this.#laterDo(() => {
      this.remove(path);
    });
  }

  syncFolder(): void {
    this.folderSyncs += 1;
    if (this.folderSyncFails) throw errorOf('EIO');
  }

  #laterDo<T>(action: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#later.push(() => {
        try {
          resolve(action());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }

  #inode(fd: number): Inode {
    const inode = this.#open.get(fd);
    if (inode === undefined) throw errorOf('EBADF');
    return inode;
  }

  #change(): void {
    if (this.changes >= this.stopAfter) throw errorOf('EIO');
    this.changes += 1;
  }
}

function errorOf(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}
