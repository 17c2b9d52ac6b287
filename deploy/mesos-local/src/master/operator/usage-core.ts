import type { ExecutorInfo } from '@murmur/engine';
import { add, bundleOf, EMPTY, type Bundle } from '../../resources/index.js';
import type { MasterState, TaskRecord } from '../state.js';
import { isTerminal } from '../../task-state-core.js';

/** Who uses and who was offered what, summed up once for one answer. Keys are ids and roles. */
export interface Usage {
  readonly used: { readonly byAgent: Sums; readonly byFramework: Sums; readonly byRole: Sums };
  readonly offered: { readonly byAgent: Sums; readonly byFramework: Sums; readonly byRole: Sums };
}

class Sums {
  readonly #sums = new Map<string, Bundle>();

  of(key: string): Bundle {
    return this.#sums.get(key) ?? EMPTY;
  }

  add(key: string, bundle: Bundle): void {
    this.#sums.set(key, add(this.of(key), bundle));
  }

  keys(): Iterable<string> {
    return this.#sums.keys();
  }
}

/** Sums up all tasks that are not over, all executors, and all offers. */
export function usageOf(state: MasterState): Usage {
  const used = { byAgent: new Sums(), byFramework: new Sums(), byRole: new Sums() };
  const offered = { byAgent: new Sums(), byFramework: new Sums(), byRole: new Sums() };
  for (const framework of state.frameworks.values()) {
    const take = (agentId: string, resources: TaskRecord['resources']): void => {
      const bundle = bundleOf(resources);
      used.byAgent.add(agentId, bundle);
      used.byFramework.add(framework.id, bundle);
      used.byRole.add(resources?.[0]?.allocation_info?.role ?? framework.roles[0] ?? '*', bundle);
    };
    for (const task of framework.tasks.values())
      if (!isTerminal(task.state)) take(task.agent_id.value, task.resources);
    for (const [agentId, executors] of framework.executors)
      for (const executor of executors.values()) take(agentId, executor.resources);
  }
  for (const record of state.offers.values()) {
    offered.byAgent.add(record.agentId, record.resources);
    offered.byFramework.add(record.frameworkId, record.resources);
    offered.byRole.add(record.role, record.resources);
  }
  return { used, offered };
}

/** All executors of a framework, with their agents. */
export function executorsOf(framework: {
  readonly executors: ReadonlyMap<string, ReadonlyMap<string, ExecutorInfo>>;
}): { readonly agentId: string; readonly executor: ExecutorInfo }[] {
  return [...framework.executors].flatMap(([agentId, executors]) =>
    [...executors.values()].map((executor) => ({ agentId, executor })),
  );
}
