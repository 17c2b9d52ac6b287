/** Rigs that end with their test, and how much room their disk has. */
import { MemoryDisk } from './memory-disk.js';
import { Rig, SMALL } from './rig.js';

/** So much is rewritten in one go: no pack in the background. */
export const AT_ONCE = 1024 * 1024;
export const IN_MEMORY = {
  ...SMALL,
  maxMemorySize: 100_000,
  defaultJournalSize: 100_000,
  maxJournalSize: 1e9,
};
const rigs: Rig[] = [];

/** A rig on an empty disk. */
export function makeRig(config = SMALL, atOnceBytes = AT_ONCE): Rig {
  const rig = new Rig(new MemoryDisk(), config, undefined, atOnceBytes);
  rigs.push(rig);
  return rig;
}

/** For after each test. */
export function eraseRigs(): void {
  for (const { journal } of rigs.splice(0)) journal.erase();
}

export const used = (disk: MemoryDisk): number =>
  [...disk.files.values()].reduce((sum, { data }) => sum + data.length, 0);

/** Room for so many bytes more. */
export function leave(disk: MemoryDisk, bytes: number): void {
  disk.capacity = used(disk) + bytes;
}

export const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `item ${from + i}`);
