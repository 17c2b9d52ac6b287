/** What a machine has. */
export interface MachineSize {
  readonly cpus: number;
  readonly memMb: number;
  readonly diskMb: number;
}

const MEM_KEPT_MB = 1024;
const DISK_KEPT_MB = 5 * 1024;

/**
 * What an agent offers of a machine when it is not told, as Mesos does: all cores; memory but for 1 GB, half of it below 2 GB;
 * the disk of the work dir but for 5 GB, half of it below 10 GB; ports 31000 to 32000. In the form of `--resources`.
 */
export function detectedResources({ cpus, memMb, diskMb }: MachineSize): string {
  const mem = memMb > 2 * MEM_KEPT_MB ? memMb - MEM_KEPT_MB : Math.floor(memMb / 2);
  const disk = diskMb > 2 * DISK_KEPT_MB ? diskMb - DISK_KEPT_MB : Math.floor(diskMb / 2);
  return `cpus:${cpus};mem:${mem};disk:${disk};ports:[31000-32000]`;
}
