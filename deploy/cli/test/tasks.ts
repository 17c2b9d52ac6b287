import type { TaskShape } from '@murmur/scheduler-api';

/** A task as the API shows it, PENDING in instance 0 unless `fields` say otherwise. */
export function task(fields: Partial<TaskShape> = {}): TaskShape {
  const state = fields.state ?? 'PENDING';
  const ended = ['FINISHED', 'FAILED', 'KILLED', 'LOST'].includes(state);
  const instance = fields.instance ?? 0;
  return {
    id: `www-prod-web-${instance}-a`,
    job: { cluster: 'local', role: 'www', environment: 'prod', name: 'web' },
    instance,
    state,
    active: !ended,
    since: 1_000,
    message: null,
    configId: 'c',
    agentId: null,
    host: null,
    ports: {},
    resources: { cpus: 0.25, memMb: 128, diskMb: 64, gpus: 0 },
    events: [{ at: 1_000, state: 'PENDING', message: null, by: null }],
    ancestorId: null,
    failureCount: 0,
    throttledUntil: null,
    pendingReason: null,
    ...fields,
  };
}
