import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  encodeChanges,
  encodeHeader,
  readCheckpoint,
  type Checkpoint,
  type CheckpointHeader,
} from './checkpoint-core.js';
import type { Graph } from './graph-core.js';
import { parseStartRecord } from './proc-core.js';
import { isAlive, isCode, readIfThere } from './run-folder.js';
import { RunnerError } from './types.js';

/** The record stream's name in the folder of a checkpoint. */
export const CHECKPOINT_FILE = 'events.jsonl';
/** Holds who writes the checkpoint. */
const HOLDER_FILE = 'runner';

/** This boot's id: with it, a pid and its start time name a process for ever. */
export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** The checkpoint of one task, held by one runner at a time. Records reach the kernel at once, so they outlive the runner. */
export class CheckpointFile {
  readonly folder: string;
  /** What an earlier runner wrote; null: this is the first. */
  readonly found: Checkpoint | null;
  #fd: number | null;
  #bytes: number;

  /** Throws `RunnerError`: a living runner holds it, or it cannot be read. */
  constructor(root: string, header: CheckpointHeader, boot: string, now: number) {
    this.folder = join(root, header.taskId);
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    this.#hold(boot);
    const path = join(this.folder, CHECKPOINT_FILE);
    try {
      this.found = readCheckpoint(readIfThere(path));
      this.#fd = openSync(path, 'a', 0o600);
      this.#bytes = this.found?.wholeBytes ?? 0;
      ftruncateSync(this.#fd, this.#bytes);
      if (this.found === null) this.#write(this.#fd, encodeHeader(header, now));
    } catch (error) {
      this.#letGo();
      throw error;
    }
  }

  append(before: Graph, after: Graph, now: number): void {
    const records = encodeChanges(before, after, now);
    if (records !== '' && this.#fd !== null) this.#write(this.#fd, records);
  }

  /** Another runner may hold it now. Idempotent. */
  close(): void {
    if (this.#fd === null) return;
    closeSync(this.#fd);
    this.#fd = null;
    this.#letGo();
  }

  #hold(boot: string): void {
    const path = join(this.folder, HOLDER_FILE);
    const holder = parseStartRecord(readIfThere(path));
    if (holder !== null && holder.boot === boot && isAlive(holder)) {
      throw new RunnerError(`checkpoint ${this.folder}: the runner with pid ${holder.pid} holds it`);
    }
    this.#letGo();
    const own = `${boot} ${readFileSync('/proc/self/stat', 'utf8')}`;
    try {
      writeFileSync(path, own, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
      throw new RunnerError(`checkpoint ${this.folder}: another runner has just taken it`);
    }
  }

  #letGo(): void {
    rmSync(join(this.folder, HOLDER_FILE), { force: true });
  }

  /** All or nothing: what could be written of it before a disk was full is taken away again. */
  #write(fd: number, text: string): void {
    const bytes = Buffer.from(text);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
      this.#bytes += bytes.length;
    } catch (error) {
      ftruncateSync(fd, this.#bytes);
      throw error;
    }
  }
}
