import type { TaskInfo } from '@murmur/engine';

/** A MesosTaskInstance as a scheduler sends it: one process, no waiting between runs. */
export function instanceOf(cmdline: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    role: 'root',
    environment: 'test',
    name: 'hello',
    instance: 3,
    task: {
      name: 'hello',
      processes: [{ name: 'main', cmdline, min_duration: 0, max_failures: 1 }],
      resources: { cpu: 0.1, ram: 16 * 1024 * 1024, disk: 16 * 1024 * 1024 },
      finalization_wait: 5,
    },
    lifecycle: {},
    ...more,
  };
}

/** Health checks that do not take a test's time. */
export const QUICK_CHECK = {
  initial_interval_secs: 30,
  interval_secs: 0.1,
  timeout_secs: 5,
  max_consecutive_failures: 0,
  min_consecutive_successes: 1,
};

export function taskInfo(id: string, instance: unknown, ports: readonly number[] = []): TaskInfo {
  const data = typeof instance === 'string' ? instance : JSON.stringify(instance);
  return {
    name: id,
    task_id: { value: id },
    agent_id: { value: 'a1' },
    resources: [
      { name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } },
      {
        name: 'ports',
        type: 'RANGES',
        ranges: { range: ports.map((port) => ({ begin: port, end: port })) },
      },
    ],
    data: Buffer.from(data).toString('base64'),
  };
}
