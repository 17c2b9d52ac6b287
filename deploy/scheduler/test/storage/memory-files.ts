import { basename, dirname } from 'node:path';
import type { Files, LogFile } from '../../src/storage/files.js';
import { StorageError } from '../../src/storage/port.js';
import { SECTOR_BYTES } from '../../src/storage/tail-core.js';

/** What a crash of the machine does with what was not synced. */
export type Crash = 'lost' | 'kept' | 'torn';

interface Inode {
  live: Buffer;
  durable: Buffer;
}
interface Folder {
  live: Map<string, Entry>;
  /** What it was at each step since its last sync, oldest first; the first is durable. */
  steps: Map<string, Entry>[];
}
type Entry = { readonly file: Inode } | { readonly folder: Folder };

const emptyFolder = (): Folder => ({ live: new Map(), steps: [new Map()] });

/** A file system in memory that forgets in a crash what was not synced, and stops after a number of changes. */
export class MemoryFiles implements Files {
  readonly #root: Folder;
  readonly #locks = new Set<string>();
  /** Changes made so far. */
  changes = 0;
  /** The change that fails, and all after it; 0: none. */
  stopAt = 0;
  /** Whether the change that fails takes place all the same. */
  lastTakesPlace = false;

  constructor(root = emptyFolder()) {
    this.#root = root;
  }

  /** What is there after a crash of the machine. `random` gives 0 to less than 1. */
  crashed(how: Crash, random: () => number = () => 0): MemoryFiles {
    return new MemoryFiles(crashedFolder(this.#root, how, random));
  }

  /** Only the process died: all is there, what was not synced still may be lost, nothing is locked. */
  processDied(): void {
    this.stopAt = 0;
    this.#locks.clear();
  }

  async makeFolder(path: string): Promise<void> {
    let at = this.#root;
    for (const name of partsOf(path)) {
      const entry = at.live.get(name);
      const folder = entry !== undefined && 'folder' in entry ? entry.folder : emptyFolder();
      if (entry === undefined) {
        this.#change(at, (names) => names.set(name, { folder }));
        at.steps = [new Map(at.live)];
      }
      at = folder;
    }
  }

  async list(path: string): Promise<readonly string[]> {
    return [...(this.#folder(path)?.live.keys() ?? [])];
  }

  async open(path: string, how: 'read' | 'write' | 'create'): Promise<LogFile> {
    const folder = this.#folder(dirname(path));
    const entry = folder?.live.get(basename(path));
    if (folder === undefined || (entry === undefined && how !== 'create')) {
      throw new StorageError(`${path}: cannot open: ENOENT`);
    }
    const file =
      entry !== undefined && 'file' in entry
        ? entry.file
        : { live: Buffer.alloc(0), durable: Buffer.alloc(0) };
    if (entry === undefined) this.#change(folder, (names) => names.set(basename(path), { file }));
    else if (how === 'create') this.#step(() => (file.live = Buffer.alloc(0)));
    return this.#open(file);
  }

  async rename(from: string, to: string): Promise<void> {
    const folder = this.#folder(dirname(from));
    const entry = folder?.live.get(basename(from));
    if (folder === undefined || entry === undefined) throw new StorageError(`${from}: cannot rename: ENOENT`);
    this.#change(folder, (names) => names.set(basename(to), entry).delete(basename(from)));
  }

  async remove(path: string): Promise<void> {
    const folder = this.#folder(dirname(path));
    if (folder?.live.has(basename(path)) !== true) return;
    this.#change(folder, (names) => names.delete(basename(path)));
  }

  async syncFolder(path: string): Promise<void> {
    const folder = this.#folder(path);
    if (folder === undefined) throw new StorageError(`${path}: cannot sync: ENOENT`);
    this.#step(() => (folder.steps = [new Map(folder.live)]));
  }

  lock(path: string): () => void {
    if (this.#locks.has(path))
      throw new StorageError(`${dirname(path)} is in use by another scheduler, pid 1`);
    this.#locks.add(path);
    return () => this.#locks.delete(path);
  }

  /** The content of a file, to be changed by a test. */
  content(path: string): Inode {
    const entry = this.#folder(dirname(path))?.live.get(basename(path));
    if (entry === undefined || !('file' in entry)) throw new Error(`no file ${path}`);
    return entry.file;
  }

  #open(file: Inode): LogFile {
    return {
      size: async () => file.live.length,
      read: async (into, position) => {
        const from = file.live.subarray(position, position + into.length);
        into.set(from);
        return from.length;
      },
      write: async (bytes, position) =>
        this.#step(() => {
          const next = Buffer.alloc(Math.max(file.live.length, position + bytes.length));
          next.set(file.live);
          next.set(bytes, position);
          file.live = next;
        }),
      truncate: async (size) => this.#step(() => (file.live = Buffer.from(file.live.subarray(0, size)))),
      sync: async () => this.#step(() => (file.durable = file.live)),
      close: async () => undefined,
    };
  }

  #folder(path: string): Folder | undefined {
    let at: Folder | undefined = this.#root;
    for (const name of partsOf(path)) {
      const entry: Entry | undefined = at?.live.get(name);
      at = entry !== undefined && 'folder' in entry ? entry.folder : undefined;
    }
    return at;
  }

  #change(folder: Folder, change: (names: Map<string, Entry>) => unknown): void {
    this.#step(() => {
      change(folder.live);
      folder.steps.push(new Map(folder.live));
    });
  }

  #step(change: () => unknown): void {
    this.changes += 1;
    if (this.stopAt === 0 || this.changes < this.stopAt) change();
    else {
      if (this.changes === this.stopAt && this.lastTakesPlace) change();
      throw new StorageError('the machine is off');
    }
  }
}

const partsOf = (path: string): readonly string[] =>
  path.split('/').filter((part) => part !== '' && part !== '.');

function crashedFolder(folder: Folder, how: Crash, random: () => number): Folder {
  const chosen =
    how === 'lost'
      ? 0
      : how === 'kept'
        ? folder.steps.length - 1
        : Math.floor(random() * folder.steps.length);
  const live = new Map<string, Entry>();
  for (const [name, entry] of folder.steps[chosen] ?? []) {
    if ('folder' in entry) live.set(name, { folder: crashedFolder(entry.folder, how, random) });
    else {
      const content = crashedContent(entry.file, how, random);
      live.set(name, { file: { live: content, durable: content } });
    }
  }
  return { live, steps: [new Map(live)] };
}

/** Torn: of what changed since the last sync each sector is new or old, the size any between; what is beyond the old size and not new is zeros. */
function crashedContent({ live, durable }: Inode, how: Crash, random: () => number): Buffer {
  if (how !== 'torn') return how === 'lost' ? durable : live;
  const [low, high] = [Math.min(live.length, durable.length), Math.max(live.length, durable.length)];
  const content = Buffer.alloc(low + Math.floor(random() * (high - low + 1)));
  content.set(durable.subarray(0, content.length));
  for (let at = 0; at < content.length; at += SECTOR_BYTES) {
    if (random() < 0.5) content.set(live.subarray(at, Math.min(at + SECTOR_BYTES, content.length)), at);
  }
  return content;
}
