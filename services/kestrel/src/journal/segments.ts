/** One file of a journal. */
export interface Segment {
  /** What its name has behind the queue's: nothing for the current file, `.<ms>` for an archive. */
  suffix: string;
  /** Of an archive, ms since 1970; greater than that of those before it. Null: it is the current file. */
  time: number | null;
  /** Bytes of whole records. */
  size: number;
}

/** A place in a journal. */
export interface Position {
  readonly segment: Segment;
  readonly offset: number;
}

/** The files of one queue's journal: archives in order of time, then the current one, which alone is written to. */
export class Segments {
  /** Where the queue's files are: the folder and the queue's name. */
  readonly path: string;
  current: Segment = { suffix: '', time: null, size: 0 };
  #archives: Segment[];

  constructor(path: string, archives: readonly Segment[] = []) {
    this.path = path;
    this.#archives = [...archives];
  }

  get archives(): readonly Segment[] {
    return this.#archives;
  }
  /** Bytes of all files. */
  get totalSize(): number {
    let size = this.current.size;
    for (const archive of this.#archives) size += archive.size;
    return size;
  }

  pathOf(segment: Segment): string {
    return this.path + segment.suffix;
  }
  /** Where a rewrite is written, until it is whole. */
  temporary(time: number): string {
    return `${this.path}~~${time}`;
  }

  /** The one after it; null: it is the current file. After one that a pack has replaced comes what the pack leaves. */
  after(segment: Segment): Segment | null {
    if (segment === this.current) return null;
    return this.#archives.find((archive) => this.isAfter(archive, segment)) ?? this.current;
  }

  /** True where `segment` lies behind `other`. */
  isAfter(segment: Segment, other: Segment): boolean {
    return (segment.time ?? Number.POSITIVE_INFINITY) > (other.time ?? Number.POSITIVE_INFINITY);
  }

  /** A time for the next archive: later than all there are, whatever the clock says. */
  nextTime(now: number): number {
    return Math.max(now, (this.#archives.at(-1)?.time ?? 0) + 1);
  }

  /** The current file has become an archive; a new one, empty, takes its place. */
  rotated(time: number): Segment {
    const archive = this.current;
    archive.time = time;
    archive.suffix = `.${time}`;
    this.#archives.push(archive);
    this.current = { suffix: '', time: null, size: 0 };
    return archive;
  }

  /** One file stands for this archive and all before it. */
  packed(last: Segment, pack: Segment): void {
    const from = this.#archives.indexOf(last) + 1;
    this.#archives = [pack, ...this.#archives.slice(from)];
  }

  /** There are no archives any more, and the current file is a new one. */
  replaced(size: number): void {
    this.#archives = [];
    this.current = { suffix: '', time: null, size };
  }
}
