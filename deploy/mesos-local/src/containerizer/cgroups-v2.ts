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
import { CFS_PERIOD_US, cfsQuota, cpuWeight, nextHardLimit, type Limits } from './limits-core.js';
import { parseFlatKeyed, parseNumber } from './stats-core.js';

const MICROSECONDS = 1e6;

/** The mount point of cgroup2 and the controllers to be used of it. */
export interface Unified {
  readonly mount: string;
  readonly controllers: readonly ('cpu' | 'memory' | 'pids')[];
}

/** cgroup v2: a container is `<mount>/<root>/<containerId>`, its processes are in the cgroup `leaf` below that. */
export function cgroupsV2(unified: Unified, root: string): Isolator {
  return new CgroupsV2(unified, root);
}

class CgroupsV2 implements Isolator {
  readonly #unified: Unified;
  readonly #root: string;

  constructor(unified: Unified, root: string) {
    this.#unified = unified;
    this.#root = root;
  }

  #folder(containerId: string): string {
    return join(this.#unified.mount, this.#root, containerId);
  }

  create(containerId: string): void {
    let folder = this.#unified.mount;
    // A cgroup has the controllers that the one above hands down; one with processes of its own must not hand down any.
    for (const name of [...this.#root.split('/'), containerId]) {
      this.#handDown(folder);
      folder = join(folder, name);
      makeCgroup(folder);
    }
    makeCgroup(join(folder, 'leaf'));
  }

  #handDown(folder: string): void {
    const wanted = this.#unified.controllers;
    const has = (readControl(folder, 'cgroup.subtree_control') ?? '').trim().split(' ');
    const missing = wanted.filter((controller) => !has.includes(controller));
    if (missing.length === 0) return;
    writeControl(folder, 'cgroup.subtree_control', missing.map((name) => `+${name}`).join(' '));
  }

  #uses(controller: 'cpu' | 'memory' | 'pids'): boolean {
    return this.#unified.controllers.includes(controller);
  }

  apply(containerId: string, limits: Limits, fresh: boolean): void {
    const folder = this.#folder(containerId);
    if (this.#uses('cpu')) {
      writeControl(folder, 'cpu.weight', cpuWeight(limits.cpus));
      const quota = cfsQuota(limits.cpuLimit ?? Infinity);
      writeControl(folder, 'cpu.max', `${quota < 0 ? 'max' : quota} ${CFS_PERIOD_US}`);
    }
    if (!this.#uses('memory') || !limits.hasMem) return;
    writeControl(folder, 'memory.low', limits.memSoftBytes);
    const current = fresh ? null : parseNumber(readControl(folder, 'memory.max'));
    const hard = nextHardLimit(current, limits.memHardBytes);
    if (hard !== null) writeControl(folder, 'memory.max', hard === Infinity ? 'max' : hard);
  }

  joinFiles(containerId: string): readonly string[] {
    return [join(this.#folder(containerId), 'leaf', 'cgroup.procs')];
  }

  pids(containerId: string): readonly number[] {
    return pidsBelow(this.#folder(containerId));
  }

  kill(containerId: string): void {
    const folder = this.#folder(containerId);
    // Kernels before 5.14 have no cgroup.kill.
    if (tryWriteControl(folder, 'cgroup.kill', 1)) return;
    tryWriteControl(folder, 'cgroup.freeze', 1);
    killPids(this.pids(containerId), 'SIGKILL');
    tryWriteControl(folder, 'cgroup.freeze', 0);
  }

  remove(containerId: string): boolean {
    const removed = removeCgroup(this.#folder(containerId));
    removeEmptyRoot(this.#unified.mount, this.#root);
    return removed;
  }

  oomKills(containerId: string): number {
    if (!this.#uses('memory')) return 0;
    const text = readControl(this.#folder(containerId), 'memory.events');
    return parseFlatKeyed(text ?? '').get('oom_kill') ?? 0;
  }

  memory(containerId: string): MemoryReport {
    const folder = this.#folder(containerId);
    // memory.peak came with Linux 5.19.
    const maximum = readControl(folder, 'memory.peak') ?? readControl(folder, 'memory.current');
    return {
      limitBytes: parseNumber(readControl(folder, 'memory.max')),
      maximumBytes: parseNumber(maximum),
      statistics: readControl(folder, 'memory.stat'),
    };
  }

  list(): readonly string[] {
    return childCgroups(join(this.#unified.mount, this.#root));
  }

  statistics(containerId: string): Partial<ResourceStatistics> {
    const folder = this.#folder(containerId);
    return { ...(this.#uses('cpu') ? cpuOf(folder) : {}), ...(this.#uses('memory') ? memoryOf(folder) : {}) };
  }
}

function cpuOf(folder: string): Partial<ResourceStatistics> {
  const stat = parseFlatKeyed(readControl(folder, 'cpu.stat') ?? '');
  const seconds = (name: string): number => (stat.get(name) ?? 0) / MICROSECONDS;
  return {
    cpus_user_time_secs: seconds('user_usec'),
    cpus_system_time_secs: seconds('system_usec'),
    ...(stat.has('nr_periods')
      ? {
          cpus_nr_periods: stat.get('nr_periods') ?? 0,
          cpus_nr_throttled: stat.get('nr_throttled') ?? 0,
          cpus_throttled_time_secs: seconds('throttled_usec'),
        }
      : {}),
  };
}

function memoryOf(folder: string): Partial<ResourceStatistics> {
  const stat = parseFlatKeyed(readControl(folder, 'memory.stat') ?? '');
  const of = (name: string): number => stat.get(name) ?? 0;
  const number = (file: string): number | null => {
    const value = parseNumber(readControl(folder, file));
    return value === Infinity ? null : value;
  };
  const [limit, soft] = [number('memory.max'), number('memory.low')];
  return {
    mem_total_bytes: number('memory.current') ?? 0,
    ...(limit === null ? {} : { mem_limit_bytes: limit }),
    ...(soft === null ? {} : { mem_soft_limit_bytes: soft }),
    mem_kmem_usage_bytes: of('kernel'),
    mem_kmem_tcp_usage_bytes: of('sock'),
    mem_file_bytes: of('file'),
    mem_anon_bytes: of('anon'),
    mem_cache_bytes: of('file'),
    mem_rss_bytes: of('anon'),
    mem_mapped_file_bytes: of('file_mapped'),
    mem_swap_bytes: number('memory.swap.current') ?? 0,
    mem_unevictable_bytes: of('unevictable'),
  };
}
