import type { ResourceStatistics } from '@murmur/engine';
import type { Limits } from './limits-core.js';

/** What the kernel says of a container's memory after it ran out of it. */
export interface MemoryReport {
  readonly limitBytes: number | null;
  readonly maximumBytes: number | null;
  /** The text of memory.stat. */
  readonly statistics: string | null;
}

/** How containers are kept apart: cgroup v1, v2, or not at all. A container that is not there is no error. */
export interface Isolator {
  /** Makes the container's cgroups. */
  create(containerId: string): void;
  /** Writes limits. Memory's hard limit is only raised, but for `fresh` containers. */
  apply(containerId: string, limits: Limits, fresh: boolean): void;
  /** Where a process joins by writing 0. */
  joinFiles(containerId: string): readonly string[];
  pids(containerId: string): readonly number[];
  /** Sends SIGKILL to all at once; some may be left (just forked, not yet dead): call until `pids` is empty. */
  kill(containerId: string): void;
  /** Removes the empty cgroups; false while one of them is still busy. */
  remove(containerId: string): boolean;
  /** How many of its processes the OOM killer has ended. */
  oomKills(containerId: string): number;
  memory(containerId: string): MemoryReport;
  /** Every container id that has a cgroup. */
  list(): readonly string[];
  statistics(containerId: string): Partial<ResourceStatistics>;
}

/** Where there are no cgroups: everything is found by /proc (`processes.ts`), and nothing is limited. */
export function noIsolator(): Isolator {
  return {
    create: () => undefined,
    apply: () => undefined,
    joinFiles: () => [],
    pids: () => [],
    kill: () => undefined,
    remove: () => true,
    oomKills: () => 0,
    memory: () => ({ limitBytes: null, maximumBytes: null, statistics: null }),
    list: () => [],
    statistics: () => ({}),
  };
}
