import { ResourceStatistics, encode, type AgentResponseGetContainersContainer } from '@murmur/engine';
import type { Containerizer } from '../containerizer/types.js';
import type { Agent } from './agent.js';
import type { Run } from './model-core.js';

/** Containers that run, each with what it uses at the moment. One that goes meanwhile is left out. */
export async function listContainers(
  agent: Agent,
  containerizer: Containerizer,
): Promise<readonly AgentResponseGetContainersContainer[]> {
  const runs = [...agent.state.runs.values()].filter(
    (run) => run.record !== null && run.phase !== 'TERMINATED',
  );
  const all = await Promise.all(runs.map((run) => containerOf(run, containerizer)));
  return all.filter((each) => each !== null);
}

async function containerOf(
  run: Run,
  containerizer: Containerizer,
): Promise<AgentResponseGetContainersContainer | null> {
  const statistics = await containerizer.statistics(run.containerId).catch(() => null);
  if (statistics === null) return null;
  return {
    framework_id: { value: run.frameworkId },
    executor_id: { value: run.executorId },
    executor_name: run.info.name ?? '',
    container_id: { value: run.containerId },
    container_status: {
      container_id: { value: run.containerId },
      ...(run.record === null ? {} : { executor_pid: run.record.pid }),
    },
    resource_statistics: statistics,
  };
}

/** As `/containers` (`full`) and `/monitor/statistics` show it. */
export function legacyContainer(
  agent: Agent,
  container: AgentResponseGetContainersContainer,
  full: boolean,
): Record<string, unknown> {
  const containerId = container.container_id.value;
  const { resource_statistics: statistics } = container;
  return {
    ...(full ? { container_id: containerId } : {}),
    executor_id: container.executor_id?.value ?? '',
    executor_name: container.executor_name ?? '',
    framework_id: container.framework_id?.value ?? '',
    source: agent.state.runs.get(containerId)?.info.source ?? '',
    ...(statistics === undefined
      ? {}
      : { statistics: JSON.parse(encode(ResourceStatistics, statistics)) as unknown }),
    ...(full ? { status: container.container_status ?? {} } : {}),
  };
}
