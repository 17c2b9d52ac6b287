import { join } from 'node:path';
import type { ResourceStatistics } from '@murmur/engine';
import {
  childCgroups,
  killPids,
  makeCgroup,
  pidsBelow,
  readControl,
  removeCgroup,
  removeEmptyRoot,
  tryWriteControl,
  writeControl,
} from './cgroup-files.js';
import type { Isolator, MemoryReport } from './isolator.js';
import { CFS_PERIOD_US, cfsQuota, cpuShares, nextHardLimit, type Limits } from './limits-core.js';
import { CLOCK_TICKS, parseFlatKeyed, parseNumber } from './stats-core.js';

/** Mount points of the hierarchies in use; absent = not used. Two may be the same folder (`cpu,cpuacct`). */
export interface Hierarchies {
  readonly cpu?: string;
  readonly cpuacct?: string;
  readonly memory?: string;
  readonly freezer?: string;
  readonly pids?: string;
}

const NANOSECONDS = 1e9;

/** cgroup v1: a container is `<hierarchy>/<root>/<containerId>` in each hierarchy. */
export function cgroupsV1(hierarchies: Hierarchies, root: string): Isolator {
  return new CgroupsV1(hierarchies, root);
}

class CgroupsV1 implements Isolator {
  readonly #hierarchies: Hierarchies;
  readonly #root: string;
  readonly #mounts: readonly string[];

  constructor(hierarchies: Hierarchies, root: string) {
    this.#hierarchies = hierarchies;
    this.#root = root;
    this.#mounts = [...new Set(Object.values(hierarchies) as string[])];
  }

  #folders(containerId: string): readonly string[] {
    return this.#mounts.map((mount) => join(mount, this.#root, containerId));
  }

  #of(controller: keyof Hierarchies, containerId: string): string | null {
    const mount = this.#hierarchies[controller];
    return mount === undefined ? null : join(mount, this.#root, containerId);
  }

  create(containerId: string): void {
    this.#folders(containerId).forEach(makeCgroup);
  }

  apply(containerId: string, limits: Limits, fresh: boolean): void {
    const cpu = this.#of('cpu', containerId);
    if (cpu !== null) {
      writeControl(cpu, 'cpu.shares', cpuShares(limits.cpus));
      const quota = cfsQuota(limits.cpuLimit ?? Infinity);
      // Kernels without CFS bandwidth control have no such file: then there is nothing to take back.
      if (limits.cpuLimit !== null || (parseNumber(readControl(cpu, 'cpu.cfs_quota_us')) ?? -1) !== quota) {
        writeControl(cpu, 'cpu.cfs_period_us', CFS_PERIOD_US);
        writeControl(cpu, 'cpu.cfs_quota_us', quota);
      }
    }
    const memory = this.#of('memory', containerId);
    if (memory === null || !limits.hasMem) return;
    writeControl(memory, 'memory.soft_limit_in_bytes', limits.memSoftBytes);
    const current = fresh ? null : parseNumber(readControl(memory, 'memory.limit_in_bytes'));
    const hard = nextHardLimit(current, limits.memHardBytes);
    if (hard !== null) writeControl(memory, 'memory.limit_in_bytes', hard === Infinity ? -1 : hard);
  }

  joinFiles(containerId: string): readonly string[] {
    return this.#folders(containerId).map((folder) => join(folder, 'cgroup.procs'));
  }

  pids(containerId: string): readonly number[] {
    return [...new Set(this.#folders(containerId).flatMap((folder) => pidsBelow(folder)))];
  }

  kill(containerId: string): void {
    const freezer = this.#of('freezer', containerId);
    // Frozen processes cannot fork away between the reading of their list and the signal.
    if (freezer !== null) tryWriteControl(freezer, 'freezer.state', 'FROZEN');
    killPids(this.pids(containerId), 'SIGKILL');
    if (freezer !== null) tryWriteControl(freezer, 'freezer.state', 'THAWED');
  }

  remove(containerId: string): boolean {
    const removed = this.#folders(containerId).map((folder) => removeCgroup(folder));
    for (const mount of this.#mounts) removeEmptyRoot(mount, this.#root);
    return removed.every(Boolean);
  }

  oomKills(containerId: string): number {
    const memory = this.#of('memory', containerId);
    const text = memory === null ? null : readControl(memory, 'memory.oom_control');
    return parseFlatKeyed(text ?? '').get('oom_kill') ?? 0;
  }

  memory(containerId: string): MemoryReport {
    const memory = this.#of('memory', containerId);
    if (memory === null) return { limitBytes: null, maximumBytes: null, statistics: null };
    return {
      limitBytes: parseNumber(readControl(memory, 'memory.limit_in_bytes')),
      maximumBytes: parseNumber(readControl(memory, 'memory.max_usage_in_bytes')),
      statistics: readControl(memory, 'memory.stat'),
    };
  }

  list(): readonly string[] {
    return [...new Set(this.#mounts.flatMap((mount) => childCgroups(join(mount, this.#root))))];
  }

  statistics(containerId: string): Partial<ResourceStatistics> {
    return { ...this.#cpu(containerId), ...this.#memory(containerId) };
  }

  #cpu(containerId: string): Partial<ResourceStatistics> {
    const cpuacct = this.#of('cpuacct', containerId);
    const cpu = this.#of('cpu', containerId);
    const used = parseFlatKeyed((cpuacct === null ? null : readControl(cpuacct, 'cpuacct.stat')) ?? '');
    const throttled = parseFlatKeyed((cpu === null ? null : readControl(cpu, 'cpu.stat')) ?? '');
    const [user, system] = [used.get('user'), used.get('system')];
    const periods = throttled.get('nr_periods');
    return {
      ...(user === undefined ? {} : { cpus_user_time_secs: user / CLOCK_TICKS }),
      ...(system === undefined ? {} : { cpus_system_time_secs: system / CLOCK_TICKS }),
      ...(periods === undefined
        ? {}
        : {
            cpus_nr_periods: periods,
            cpus_nr_throttled: throttled.get('nr_throttled') ?? 0,
            cpus_throttled_time_secs: (throttled.get('throttled_time') ?? 0) / NANOSECONDS,
          }),
    };
  }

  #memory(containerId: string): Partial<ResourceStatistics> {
    const memory = this.#of('memory', containerId);
    const text = memory === null ? null : readControl(memory, 'memory.stat');
    if (memory === null || text === null) return {};
    const stat = parseFlatKeyed(text);
    const total = (name: string): number => stat.get(`total_${name}`) ?? 0;
    const number = (file: string): number => finite(parseNumber(readControl(memory, file))) ?? 0;
    const limit = finite(parseNumber(readControl(memory, 'memory.limit_in_bytes')));
    const soft = finite(parseNumber(readControl(memory, 'memory.soft_limit_in_bytes')));
    return {
      mem_total_bytes: number('memory.usage_in_bytes'),
      mem_kmem_usage_bytes: number('memory.kmem.usage_in_bytes'),
      mem_kmem_tcp_usage_bytes: number('memory.kmem.tcp.usage_in_bytes'),
      ...(limit === null ? {} : { mem_limit_bytes: limit }),
      ...(soft === null ? {} : { mem_soft_limit_bytes: soft }),
      mem_file_bytes: total('cache'),
      mem_anon_bytes: total('rss'),
      mem_cache_bytes: total('cache'),
      mem_rss_bytes: total('rss'),
      mem_mapped_file_bytes: total('mapped_file'),
      mem_swap_bytes: total('swap'),
      mem_unevictable_bytes: total('unevictable'),
    };
  }
}

function finite(value: number | null): number | null {
  return value === Infinity ? null : value;
}
