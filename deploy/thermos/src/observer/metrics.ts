import { createMetrics, type Metrics } from '@murmur/service';
import type { Tasks } from './tasks.js';

/** Measured whenever somebody asks for `/metrics`. */
export function observerMetrics(tasks: () => Tasks): Metrics {
  const metrics = createMetrics();
  const processes = (): { task: string; name: string; of: ReturnType<Tasks['usage']>[number] }[] =>
    tasks()
      .all()
      .filter(({ isActive }) => isActive)
      .flatMap(({ view }) =>
        tasks()
          .usage(view.taskId)
          .map((of) => ({ task: view.taskId, name: of.name, of })),
      );
  const each = (
    name: string,
    help: string,
    value: (of: ReturnType<Tasks['usage']>[number]) => number,
  ): void => {
    const gauge = metrics.gauge(name, help, ['task', 'process'], () => {
      gauge.reset();
      for (const { task, name: process, of } of processes()) gauge.set({ task, process }, value(of));
    });
  };
  each(
    'murmur_thermos_process_cpu_seconds',
    'user and system time of a process and its children',
    (of) => of.cpuSeconds,
  );
  each(
    'murmur_thermos_process_rss_bytes',
    'resident memory of a process and its children',
    (of) => of.rssBytes,
  );
  each('murmur_thermos_process_threads', 'threads of a process and its children', (of) => of.threads);
  each('murmur_thermos_process_children', 'processes of a process, itself included', (of) => of.processes);
  const states = metrics.gauge('murmur_thermos_tasks', 'tasks with a checkpoint, by state', ['state'], () => {
    states.reset();
    for (const { view } of tasks().all()) states.inc({ state: view.state });
  });
  return metrics;
}
