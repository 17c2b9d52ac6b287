import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  applyChange,
  EMPTY_SNAPSHOT,
  printRegistry,
  readRegistry,
  tablesOf,
  type RegistryTables,
} from './registry-core.js';
import type { MasterRegistryPort, RegistryChange, RegistrySnapshot } from './types.js';

/** The name of the file below `--work-dir`. */
export const REGISTRY_FILE = 'registry.json';

/** What a master must know after a restart, in one file that is replaced whole. */
export interface Registry extends MasterRegistryPort {
  /** What was there at the start. */
  readonly recovered: RegistrySnapshot;
  /** For `/metrics/snapshot`. */
  stats(): {
    readonly queued: number;
    readonly bytes: number;
    readonly fetchMs: number;
    readonly storeMs: readonly number[];
  };
  /** Resolves once nothing is being written. */
  close(): Promise<void>;
}

/** Durations of the newest writes that are kept for the metrics. */
const STORE_TIMES_MAX = 1_000;

interface Waiting {
  readonly change: RegistryChange;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/**
 * Opens `<folder>/registry.json`, or begins an empty one. Throws when it is there and cannot be read: a master that forgot who
 * is gone would take them back. Changes are written one file at a time; those that come meanwhile go together into the next.
 * After a write that failed nothing is stored any more: every later change fails too, and the master must exit.
 */
export async function openRegistry(folder: string): Promise<Registry> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, REGISTRY_FILE);
  const began = performance.now();
  const recovered = await recover(file);
  return new FileRegistry(file, recovered, performance.now() - began);
}

async function recover(file: string): Promise<RegistrySnapshot> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return EMPTY_SNAPSHOT;
    throw error;
  }
  try {
    return readRegistry(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `the registry ${file} cannot be read: ${reason}. Put back a copy, or move it away to begin with an empty one`,
      { cause: error },
    );
  }
}

class FileRegistry implements Registry {
  readonly recovered: RegistrySnapshot;
  readonly #file: string;
  readonly #fetchMs: number;
  readonly #tables: RegistryTables;
  readonly #storeMs: number[] = [];
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;
  #failed: Error | null = null;
  #bytes = 0;

  constructor(file: string, recovered: RegistrySnapshot, fetchMs: number) {
    this.#file = file;
    this.recovered = recovered;
    this.#fetchMs = fetchMs;
    this.#tables = tablesOf(recovered);
  }

  store(change: RegistryChange): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ change, done, failed });
      this.#writing ??= this.#writeAll();
    });
  }

  stats(): ReturnType<Registry['stats']> {
    return {
      queued: this.#waiting.length,
      bytes: this.#bytes,
      fetchMs: this.#fetchMs,
      storeMs: this.#storeMs,
    };
  }

  async close(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    // Those of the same turn of the event loop go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        if (this.#failed !== null) throw this.#failed;
        for (const { change } of batch) applyChange(this.#tables, change);
        await this.#write(printRegistry(this.#tables));
        for (const { done } of batch) done();
      } catch (error) {
        this.#failed = error instanceof Error ? error : new Error(String(error));
        for (const { failed } of batch) failed(this.#failed);
      }
    }
    this.#writing = null;
  }

  async #write(text: string): Promise<void> {
    const began = performance.now();
    await replaceFile(this.#file, text);
    this.#bytes = Buffer.byteLength(text);
    this.#storeMs.push(performance.now() - began);
    if (this.#storeMs.length > STORE_TIMES_MAX) this.#storeMs.shift();
  }
}

/** Writes beside the file, syncs, renames over it and syncs the folder: whoever reads finds the old or the new one, whole. */
async function replaceFile(file: string, text: string): Promise<void> {
  const beside = `${file}.tmp`;
  try {
    const handle = await open(beside, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
