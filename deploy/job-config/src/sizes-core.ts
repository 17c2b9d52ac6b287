/** Aurora's size constants, in bytes. */
export const BYTES = 1;
export const KB = 1024 * BYTES;
export const MB = 1024 * KB;
export const GB = 1024 * MB;
export const TB = 1024 * GB;

/** Whole megabytes, as RAM and disk go to Mesos: the rest below a megabyte is cut off. */
export function wholeMegabytes(bytes: number): number {
  return Math.floor(bytes / MB);
}
