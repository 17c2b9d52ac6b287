import type { ExecutorInfo, OfferOperation, Resource, TaskInfo } from '@murmur/engine';
import { bundleOf, toResources, validateResource } from '../resources/index.js';

/** The operation with all its resources in the internal form and, where the framework left it out, allocated to `role`. */
export function allocated(operation: OfferOperation, role: string): OfferOperation {
  const { launch, launch_group, reserve, unreserve } = operation;
  const fill = (resources: readonly Resource[] | undefined): readonly Resource[] =>
    (resources ?? []).map((resource) => fillResource(resource, role));
  const executor = (info: ExecutorInfo): ExecutorInfo => ({ ...info, resources: fill(info.resources) });
  const task = (info: TaskInfo): TaskInfo => ({
    ...info,
    resources: fill(info.resources),
    ...(info.executor === undefined ? {} : { executor: executor(info.executor) }),
  });
  return {
    ...operation,
    ...(launch === undefined ? {} : { launch: { task_infos: (launch.task_infos ?? []).map(task) } }),
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

/** A resource that is malformed is left as it is: validation says what is wrong with it. */
function fillResource(resource: Resource, role: string): Resource {
  const allocated =
    resource.allocation_info?.role === undefined ? { ...resource, allocation_info: { role } } : resource;
  if (validateResource(allocated) !== null) return allocated;
  return toResources(bundleOf([allocated]), 'post')[0] ?? allocated;
}
