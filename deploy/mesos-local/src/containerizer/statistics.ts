import type { ResourceStatistics } from '@murmur/engine';
import type { Container } from './container.js';
import type { Isolator } from './isolator.js';
import { processesOf, processStat, residentBytes } from './processes.js';

const MS_PER_SECOND = 1000;

/**
 * What a container uses, under Mesos's names. Without cgroups the numbers are those of the processes that are there now:
 * what ended processes have used is lost. `now` is Unix ms.
 */
export function statisticsOf(
  container: Container | null,
  isolator: Isolator,
  now: number,
): ResourceStatistics {
  const timestamp = now / MS_PER_SECOND;
  if (container === null || container.phase !== 'running') return { timestamp };
  const { limits, diskUsedBytes } = container;
  return {
    timestamp,
    ...ofProcesses(container, isolator),
    ...(limits.cpuLimit === null || limits.cpuLimit === Infinity ? {} : { cpus_limit: limits.cpuLimit }),
    cpus_soft_limit: limits.cpus,
    ...(limits.hasMem && limits.memHardBytes !== Infinity ? { mem_limit_bytes: limits.memHardBytes } : {}),
    ...isolator.statistics(container.record.containerId),
    ...(limits.diskBytes === null ? {} : { disk_limit_bytes: limits.diskBytes }),
    ...(diskUsedBytes === null ? {} : { disk_used_bytes: diskUsedBytes }),
  };
}

function ofProcesses(container: Container, isolator: Isolator): Omit<ResourceStatistics, 'timestamp'> {
  const listed = isolator.pids(container.record.containerId);
  const stats =
    listed.length > 0
      ? listed.map(processStat).filter((stat) => stat !== null)
      : processesOf(container.traces, false);
  const total = (of: (stat: (typeof stats)[number]) => number): number =>
    stats.reduce((all, stat) => all + of(stat), 0);
  const resident = total((stat) => residentBytes(stat.pid));
  return {
    processes: stats.length,
    threads: total((stat) => stat.threads),
    cpus_user_time_secs: total((stat) => stat.userSecs),
    cpus_system_time_secs: total((stat) => stat.systemSecs),
    mem_rss_bytes: resident,
    mem_total_bytes: resident,
  };
}
