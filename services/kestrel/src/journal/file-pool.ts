import type { Disk } from './disk.js';

/** Journal files a server holds open at a time; others are opened when they are written to. */
export const JOURNALS_OPEN_MAX = 1024;

/** The file a journal is written to, open or not. */
export class PooledFile {
  readonly path: string;
  fd = -1;
  /** While above 0 the file stays open: something is under way on it, or it has bytes to be made durable. */
  pins = 0;
  /** Nobody writes to it any more; it is closed when its last pin goes. */
  retired = false;

  constructor(path: string) {
    this.path = path;
  }
}

/** Keeps the files open that were used last. */
export class FilePool {
  readonly #disk: Disk;
  readonly #max: number;
  /** The least recently used first. */
  readonly #open = new Set<PooledFile>();
  #last: PooledFile | null = null;

  constructor(disk: Disk, max = JOURNALS_OPEN_MAX) {
    this.#disk = disk;
    this.#max = max;
  }

  get size(): number {
    return this.#open.size;
  }

  /** The descriptor of the file, which is opened, and made where it is missing. Throws where that fails. */
  use(file: PooledFile): number {
    if (file === this.#last && file.fd >= 0) return file.fd;
    if (file.fd < 0) {
      this.#makeRoom();
      file.fd = this.#disk.open(file.path, 'append');
    } else this.#open.delete(file);
    this.#open.add(file);
    this.#last = file;
    return file.fd;
  }

  /** Takes over a file that somebody else has opened. */
  adopt(file: PooledFile, fd: number): void {
    this.#makeRoom();
    file.fd = fd;
    this.#open.add(file);
  }

  pin(file: PooledFile): void {
    file.pins += 1;
  }

  unpin(file: PooledFile): void {
    file.pins -= 1;
    if (file.retired && file.pins === 0) this.#close(file);
  }

  /** The file is not used any more. */
  retire(file: PooledFile): void {
    file.retired = true;
    if (file.pins === 0) this.#close(file);
  }

  /** Files that are pinned stay; there may be more of these than there is room for. */
  #makeRoom(): void {
    if (this.#open.size < this.#max) return;
    for (const file of this.#open) {
      if (file.pins > 0) continue;
      this.#close(file);
      return;
    }
  }

  #close(file: PooledFile): void {
    if (file.fd < 0) return;
    this.#open.delete(file);
    if (this.#last === file) this.#last = null;
    const { fd } = file;
    file.fd = -1;
    this.#disk.close(fd);
  }
}
