import * as fs from 'node:fs';

const { constants } = fs;

/** The file system, as much of it as journals need. Tests put others in its place. All but `remove` throw what Node.js throws. */
export interface Disk {
  /** `read`: must be there. `append`: read and written, made where it is missing. `create`: the same, emptied. */
  open(path: string, how: 'read' | 'append' | 'create'): number;
  close(fd: number): void;
  size(fd: number): number;
  /** Fewer bytes than asked for only at the end of the file. */
  read(fd: number, into: Buffer, at: number, length: number, position: number): number;
  /** May write fewer bytes than asked for. */
  write(fd: number, from: Buffer, at: number, length: number, position: number): number;
  /** Writes buffers one after the other; may write fewer bytes than they have. */
  writePieces(fd: number, pieces: readonly Buffer[], position: number): number;
  writeLater(fd: number, from: Buffer, at: number, length: number, position: number): Promise<number>;
  truncate(fd: number, size: number): void;
  /** Makes the bytes of a file durable. */
  sync(fd: number): void;
  syncLater(fd: number, done: (error: Error | null) => void): void;
  /** Over what is there, in one step. */
  rename(from: string, to: string): void;
  /** Nothing where it is missing. */
  remove(path: string): void;
  removeLater(path: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): void;
}

const FLAGS = {
  read: constants.O_RDONLY,
  append: constants.O_RDWR | constants.O_CREAT,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
} as const;

export const nodeDisk: Disk = {
  open: (path, how) => fs.openSync(path, FLAGS[how], 0o644),
  close: (fd) => {
    fs.closeSync(fd);
  },
  size: (fd) => fs.fstatSync(fd).size,
  read: readFully,
  write: (fd, from, at, length, position) => fs.writeSync(fd, from, at, length, position),
  writePieces: (fd, pieces, position) => fs.writevSync(fd, pieces, position),
  writeLater: (fd, from, at, length, position) =>
    new Promise((resolve, reject) => {
      fs.write(fd, from, at, length, position, (error, written) => {
        if (error === null) resolve(written);
        else reject(error);
      });
    }),
  truncate: (fd, size) => {
    fs.ftruncateSync(fd, size);
  },
  sync: (fd) => {
    fs.fdatasyncSync(fd);
  },
  syncLater: (fd, done) => {
    fs.fdatasync(fd, done);
  },
  rename: (from, to) => {
    fs.renameSync(from, to);
  },
  remove: (path) => {
    fs.rmSync(path, { force: true });
  },
  removeLater: (path) => fs.promises.rm(path, { force: true }),
  syncFolder: (path) => {
    const fd = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  },
};

function readFully(fd: number, into: Buffer, at: number, length: number, position: number): number {
  let done = 0;
  while (done < length) {
    const read = fs.readSync(fd, into, at + done, length - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}

/** Writes all of it, in as many steps as the disk takes. */
export function writeAll(disk: Disk, fd: number, from: Buffer, length: number, position: number): void {
  for (let at = 0; at < length;) at += disk.write(fd, from, at, length - at, position + at);
}

/** The same for buffers one after the other. */
export function writePieces(disk: Disk, fd: number, pieces: readonly Buffer[], position: number): void {
  for (let rest = pieces, at = position; rest.length > 0;) {
    const written = disk.writePieces(fd, rest, at);
    at += written;
    rest = without(rest, written);
  }
}

/** What is left of buffers without their first bytes. */
function without(pieces: readonly Buffer[], bytes: number): readonly Buffer[] {
  let skip = bytes;
  for (const [index, piece] of pieces.entries()) {
    if (skip < piece.length) return [piece.subarray(skip), ...pieces.slice(index + 1)];
    skip -= piece.length;
  }
  return [];
}

/** Makes the bytes of an open file durable, in the background. */
export function syncFile(disk: Disk, fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    disk.syncLater(fd, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** The same of a file that is not open. */
export async function syncPath(disk: Disk, path: string): Promise<void> {
  const fd = disk.open(path, 'read');
  try {
    await syncFile(disk, fd);
  } finally {
    disk.close(fd);
  }
}
