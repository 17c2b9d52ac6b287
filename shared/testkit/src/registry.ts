import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endProcessesIn } from './sweep.js';

type Closer = () => Promise<void>;

/** What this test file has opened, oldest first. Jest gives each test file its own copy of this module. */
const opened: Closer[] = [];

/** Registers something for `stopAll`; the returned function takes it out again. */
export function onStopAll(close: Closer): () => void {
  opened.push(close);
  return () => {
    const at = opened.indexOf(close);
    if (at >= 0) opened.splice(at, 1);
  };
}

/**
 * Ends everything that this test file started, newest first, and removes the temporary folders. Call it in `afterAll`.
 * One failure does not keep the others running; the first is thrown at the end.
 */
export async function stopAll(): Promise<void> {
  const failures: unknown[] = [];
  for (let close = opened.pop(); close !== undefined; close = opened.pop()) {
    await close().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

/** A fresh folder below the system's temporary folder. `stopAll` ends what still runs in it, and removes it. */
export async function tempFolder(label = 'test'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `murmur-${label}-`));
  onStopAll(async () => {
    await endProcessesIn(folder);
    await removeFolder(folder);
  });
  return folder;
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
}
