import type { ExecutorInfo, OfferOperation, Resource, TaskInfo } from '@murmur/engine';
import { bundleOf, toResources, validateResource } from '../resources/index.js';

/** What a framework may leave out of an operation, because its offer says it. */
export interface Omitted {
  readonly role: string;
  readonly frameworkId: string;
}

/**
 * The operation as if the framework had written everything: resources in the internal form and allocated to its role, the
 * framework of a LAUNCH's executors (a LAUNCH_GROUP's must say it), the type of a health check that can only be one.
 */
export function completed(operation: OfferOperation, omitted: Omitted): OfferOperation {
  const { launch, launch_group, reserve, unreserve } = operation;
  const fill = (resources: readonly Resource[] | undefined): readonly Resource[] =>
    (resources ?? []).map((resource) => fillResource(resource, omitted.role));
  const executor = (info: ExecutorInfo): ExecutorInfo => ({ ...info, resources: fill(info.resources) });
  const task = (info: TaskInfo): TaskInfo => ({
    ...info,
    resources: fill(info.resources),
    ...(info.executor === undefined ? {} : { executor: executor(info.executor) }),
  });
  const owned = (info: TaskInfo): TaskInfo => withHealthType(withFramework(task(info), omitted.frameworkId));
  return {
    ...operation,
    ...(launch === undefined ? {} : { launch: { task_infos: (launch.task_infos ?? []).map(owned) } }),
    ...(launch_group === undefined
      ? {}
      : {
          launch_group: {
            executor: executor(launch_group.executor),
            task_group: { tasks: (launch_group.task_group.tasks ?? []).map(task) },
          },
        }),
    ...(reserve === undefined ? {} : { reserve: { ...reserve, resources: fill(reserve.resources) } }),
    ...(unreserve === undefined ? {} : { unreserve: { resources: fill(unreserve.resources) } }),
  };
}

function withFramework(task: TaskInfo, frameworkId: string): TaskInfo {
  if (task.executor === undefined || task.executor.framework_id !== undefined) return task;
  return { ...task, executor: { ...task.executor, framework_id: { value: frameworkId } } };
}

function withHealthType(task: TaskInfo): TaskInfo {
  const check = task.health_check;
  if (check === undefined || check.type !== undefined) return task;
  if ((check.command === undefined) === (check.http === undefined)) return task;
  const type = check.command === undefined ? ('HTTP' as const) : ('COMMAND' as const);
  return { ...task, health_check: { ...check, type } };
}

/** A resource that is malformed is left as it is: validation says what is wrong with it. */
function fillResource(resource: Resource, role: string): Resource {
  const allocated =
    resource.allocation_info?.role === undefined ? { ...resource, allocation_info: { role } } : resource;
  if (validateResource(allocated) !== null) return allocated;
  return toResources(bundleOf([allocated]), 'post')[0] ?? allocated;
}
