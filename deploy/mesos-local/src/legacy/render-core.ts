/** What the unversioned endpoints of master and agent render alike: ids are plain text, resources are objects of sums. */
import { encode, Resource, type Message, type Task, type TaskStatus } from '@murmur/engine';
import { bundleOf, legacyResources, toResources, type Bundle } from '../resources/index.js';

export type Json = Record<string, unknown>;

const MS_PER_SECOND = 1_000;

/** Mesos's times are seconds with a fraction; 0 = never. */
export function seconds(ms: number | null): number {
  return ms === null ? 0 : ms / MS_PER_SECOND;
}

/** A message as the JSON value of its wire form. */
export function plain<T>(type: Message<T>, value: T): unknown {
  return JSON.parse(encode(type, value)) as unknown;
}

/** Resources as operators get them: with `reservations`, and `role` where that says all. */
export function resourceList(bundle: Bundle): unknown[] {
  return toResources(bundle, 'endpoint').map((resource) => plain(Resource, resource));
}

/** A task, with all its statuses. */
export type RenderedTask = Omit<Task, 'statuses'> & { readonly statuses: readonly TaskStatus[] };

export function renderTask(task: RenderedTask): Json {
  return {
    id: task.task_id.value,
    name: task.name,
    framework_id: task.framework_id.value,
    executor_id: task.executor_id?.value ?? '',
    slave_id: task.agent_id.value,
    state: task.state,
    resources: legacyResources(bundleOf(task.resources)),
    ...(task.limits === undefined ? {} : { limits: limits(task.limits) }),
    role: task.resources?.[0]?.allocation_info?.role ?? '*',
    statuses: task.statuses.map(renderStatus),
    ...(task.user === undefined ? {} : { user: task.user }),
    ...(task.labels === undefined ? {} : { labels: task.labels.labels ?? [] }),
    ...(task.discovery === undefined ? {} : { discovery: task.discovery }),
    ...(task.container === undefined ? {} : { container: task.container }),
    ...(task.health_check === undefined ? {} : { health_check: task.health_check }),
  };
}

/** An infinite limit has no number in JSON. */
function limits(given: NonNullable<RenderedTask['limits']>): Json {
  return Object.fromEntries(
    Object.entries(given).map(([name, { value }]) => [name, Number.isFinite(value) ? value : 'Infinity']),
  );
}

function renderStatus(status: TaskStatus): Json {
  const { container_id, network_infos } = status.container_status ?? {};
  return {
    state: status.state,
    timestamp: status.timestamp ?? 0,
    ...(status.labels === undefined ? {} : { labels: status.labels.labels ?? [] }),
    ...(status.container_status === undefined
      ? {}
      : {
          container_status: {
            ...(container_id === undefined ? {} : { container_id }),
            ...(network_infos === undefined ? {} : { network_infos }),
          },
        }),
    ...(status.healthy === undefined ? {} : { healthy: status.healthy }),
  };
}
