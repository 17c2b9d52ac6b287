import type { Termination } from './types.js';
import { MIB } from './limits-core.js';

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;
const STEP = 1024;

type Limitation = NonNullable<Termination['limitation']>;

/** Bytes as Mesos prints them: in the largest unit that loses nothing (`96MB`, `98305KB`, `0B`). */
export function printBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value !== 0 && value % STEP === 0 && unit < UNITS.length - 1) {
    value /= STEP;
    unit += 1;
  }
  return `${value}${UNITS[unit] ?? 'B'}`;
}

/** The end of a container by the kernel's OOM killer; `statistics` is the text of the cgroup's memory.stat. */
export function memoryLimitation(
  limitBytes: number | null,
  maximumBytes: number | null,
  statistics: string | null,
): Limitation {
  // Without a limit of its own it was the machine that ran out of memory.
  const requested =
    limitBytes === null || limitBytes === Infinity ? '' : `Requested: ${printBytes(limitBytes)} `;
  const used = maximumBytes === null ? '' : `Maximum Used: ${printBytes(maximumBytes)}\n`;
  const rest = statistics === null ? '' : `\nMEMORY STATISTICS: \n${statistics}\n`;
  return {
    kind: 'memory',
    message: `Memory limit exceeded: ${requested}${used}${rest}`,
    resources: [{ name: 'mem', type: 'SCALAR', scalar: { value: (maximumBytes ?? 0) / MIB } }],
  };
}

/** The end of a container whose sandbox holds more than its disk resource. */
export function diskLimitation(usedBytes: number, quotaBytes: number): Limitation {
  return {
    kind: 'disk',
    message: `Disk usage (${printBytes(usedBytes)}) exceeds quota (${printBytes(quotaBytes)})`,
    resources: [{ name: 'disk', type: 'SCALAR', scalar: { value: quotaBytes / MIB } }],
  };
}
