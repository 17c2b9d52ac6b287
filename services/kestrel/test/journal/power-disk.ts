import { MemoryDisk, type Inode } from './memory-disk.js';

/** What a write, or a cut to a length, does to the bytes of a file. */
type Change = { readonly position: number; readonly bytes: Buffer } | { readonly length: number };

/** What a file has for sure, and what was done to it since. */
interface Bytes {
  durable: Buffer;
  changes: Change[];
  /** Changes that are durable and not in the list any more. */
  past: number;
}

/** A change of names: these no longer stand for the file, that one does. */
interface Naming {
  readonly from: string | null;
  readonly to: string | null;
  readonly inode: Inode;
}

/** Gives a number from 0 to below `below`. */
export type Pick = (below: number) => number;

/** What a power cut may do. */
export interface Loss {
  /**
   * Which of the name changes that were not made durable are kept. `first`: so many of the first ones. `any`: each or
   * not, but none that concerns a name of one that is lost before it.
   */
  readonly names: 'first' | 'any';
  /** The lost bytes at the end of a file may be there as zeros. */
  readonly zeros: boolean;
}

/**
 * A disk that can lose its power. It keeps for each file the bytes that an fsync has made durable and the changes since,
 * and for the folder its names in the same way. After a cut
 *
 * - a file has the first of its changes, the last of these perhaps to some byte only; an fsync that is under way promises
 *   nothing until it ends, and then what was written before it began;
 * - of the names changed since the last fsync of the folder some are as they were. With ext4 and XFS these are the
 *   last ones (`first` are kept): both write all changes of names to one journal, in order. POSIX orders nothing, and file systems that write
 *   a log per file (btrfs) may keep a later change without an earlier one of another name (`any`), but they do not lose
 *   a file by giving its name to another;
 * - neither depends on the other: a name may be there before the bytes (as with delayed allocation), and an fsync
 *   of a file says nothing of its name, though ext4 makes both durable;
 * - where asked for, the end of a file may be zeros: ext4 may make the new length of a file durable before the bytes of a
 *   block that it already had.
 */
export class PowerDisk extends MemoryDisk {
  /** Called after each change, with the disk as it is then. */
  onChange: (() => void) | null = null;
  #durableNames: Map<string, Inode>;
  #namings: Naming[] = [];
  readonly #bytes = new Map<Inode, Bytes>();
  readonly #files = new Map<number, Inode>();

  /** What is there is durable. */
  constructor(files = new Map<string, Inode>()) {
    super(files);
    this.#durableNames = new Map(files);
  }

  /** What is there after the power was cut now. */
  cut(pick: Pick, { names, zeros }: Loss): PowerDisk {
    const kept = new Map(this.#durableNames);
    for (const naming of names === 'first' ? firstOf(this.#namings, pick) : anyOf(this.#namings, pick))
      rename(kept, naming);
    const files = [...kept].map(
      ([path, inode]) => [path, { data: this.#cutBytes(inode, pick, zeros) }] as const,
    );
    return new PowerDisk(new Map(files));
  }

  /** The disk of a process that starts after the one before has died: nothing is lost, and nothing more is durable. */
  afterDeath(): PowerDisk {
    const copies = new Map<Inode, Inode>();
    const copyOf = (inode: Inode): Inode => {
      const copy = copies.get(inode) ?? { data: inode.data };
      copies.set(inode, copy);
      return copy;
    };
    const copied = (names: ReadonlyMap<string, Inode>): Map<string, Inode> =>
      new Map([...names].map(([path, inode]) => [path, copyOf(inode)]));
    const next = new PowerDisk(copied(this.files));
    next.#durableNames = copied(this.#durableNames);
    next.#namings = this.#namings.map((naming) => ({ ...naming, inode: copyOf(naming.inode) }));
    for (const [inode, bytes] of this.#bytes)
      next.#bytes.set(copyOf(inode), { ...bytes, changes: [...bytes.changes] });
    return next;
  }

  override open(path: string, how: 'read' | 'append' | 'create'): number {
    const before = this.files.get(path);
    const fd = super.open(path, how);
    const inode = this.files.get(path);
    if (inode === undefined) return fd;
    this.#files.set(fd, inode);
    if (before === undefined) {
      this.#bytes.set(inode, { durable: Buffer.alloc(0), changes: [], past: 0 });
      this.#name({ from: null, to: path, inode });
    } else if (how === 'create') this.#change(inode, { length: 0 });
    return fd;
  }

  override write(fd: number, from: Buffer, at: number, length: number, position: number): number {
    const written = super.write(fd, from, at, length, position);
    this.#change(this.#inode(fd), { position, bytes: Buffer.from(from.subarray(at, at + written)) });
    return written;
  }

  override truncate(fd: number, size: number): void {
    super.truncate(fd, size);
    this.#change(this.#inode(fd), { length: size });
  }

  override sync(fd: number): void {
    super.sync(fd);
    const inode = this.#inode(fd);
    this.#settle(inode, this.#doneTo(inode));
  }

  override syncLater(fd: number, done: (error: Error | null) => void): void {
    const inode = this.#inode(fd);
    const to = this.#doneTo(inode);
    super.syncLater(fd, (error) => {
      if (error === null) this.#settle(inode, to);
      done(error);
    });
  }

  override rename(from: string, to: string): void {
    const inode = this.files.get(from);
    super.rename(from, to);
    if (inode !== undefined) this.#name({ from, to, inode });
  }

  override remove(path: string): void {
    const inode = this.files.get(path);
    super.remove(path);
    if (inode !== undefined) this.#name({ from: path, to: null, inode });
  }

  override syncFolder(): void {
    super.syncFolder();
    for (const naming of this.#namings.splice(0)) rename(this.#durableNames, naming);
  }

  #name(naming: Naming): void {
    this.#namings.push(naming);
    this.onChange?.();
  }

  #change(inode: Inode, change: Change): void {
    this.#bytesOf(inode).changes.push(change);
    this.onChange?.();
  }

  #doneTo(inode: Inode): number {
    const { past, changes } = this.#bytesOf(inode);
    return past + changes.length;
  }

  #settle(inode: Inode, to: number): void {
    const bytes = this.#bytesOf(inode);
    const done = bytes.changes.splice(0, Math.max(0, to - bytes.past));
    bytes.past += done.length;
    bytes.durable = done.reduce(changed, bytes.durable);
  }

  #cutBytes(inode: Inode, pick: Pick, zeros: boolean): Buffer {
    const { durable, changes } = this.#bytesOf(inode);
    const kept = partOf(changes.length, pick);
    const whole = changes.slice(0, kept).reduce(changed, durable);
    const torn = changes[kept];
    if (torn === undefined || 'length' in torn) return whole;
    const data = changed(whole, { ...torn, bytes: torn.bytes.subarray(0, pick(torn.bytes.length + 1)) });
    const lost = Math.max(0, torn.position + torn.bytes.length - data.length);
    return zeros ? Buffer.concat([data, Buffer.alloc(pick(lost + 1))]) : data;
  }

  #inode(fd: number): Inode {
    const inode = this.#files.get(fd);
    if (inode === undefined) throw new Error(`${fd} is not open`);
    return inode;
  }

  #bytesOf(inode: Inode): Bytes {
    const known = this.#bytes.get(inode);
    if (known !== undefined) return known;
    const bytes: Bytes = { durable: inode.data, changes: [], past: 0 };
    this.#bytes.set(inode, bytes);
    return bytes;
  }
}

function changed(data: Buffer, change: Change): Buffer {
  if ('length' in change) return data.subarray(0, change.length);
  const { position, bytes } = change;
  const next = Buffer.alloc(Math.max(data.length, position + bytes.length));
  data.copy(next);
  bytes.copy(next, position);
  return next;
}

function rename(names: Map<string, Inode>, { from, to, inode }: Naming): void {
  if (from !== null && names.get(from) === inode) names.delete(from);
  if (to !== null) names.set(to, inode);
}

/** None, all, or some of so many, each as often. */
function partOf(count: number, pick: Pick): number {
  return [0, count, pick(count + 1)][pick(3)] ?? 0;
}

function firstOf(namings: readonly Naming[], pick: Pick): readonly Naming[] {
  return namings.slice(0, partOf(namings.length, pick));
}

function anyOf(namings: readonly Naming[], pick: Pick): readonly Naming[] {
  const lost = new Set<string>();
  return namings.filter(({ from, to }) => {
    const names = [from, to].filter((name) => name !== null);
    if (pick(2) === 0 && !names.some((name) => lost.has(name))) return true;
    for (const name of names) lost.add(name);
    return false;
  });
}
