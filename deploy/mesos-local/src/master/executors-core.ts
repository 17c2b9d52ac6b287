import type { ExecutorInfo } from '@murmur/engine';
import { bundleOf } from '../resources/index.js';
import { recover } from './allocation-core.js';
import type { Agent, Framework } from './state.js';
import { deleteInner, getOrMake, type Turn } from './turn-core.js';

const map = (): Map<string, ExecutorInfo> => new Map();

/** Books an executor on agent and framework. Its resources must be taken already. */
export function addExecutor(framework: Framework, agent: Agent, executor: ExecutorInfo): void {
  const id = executor.executor_id.value;
  getOrMake(agent.executors, framework.id, map).set(id, executor);
  getOrMake(framework.executors, agent.id, map).set(id, executor);
}

/** Forgets an executor and gives its resources back; false if it was not known. */
export function removeExecutor(
  turn: Turn,
  frameworkId: string,
  agentId: string,
  executorId: string,
): boolean {
  const framework = turn.state.frameworks.get(frameworkId);
  const agent = turn.state.agents.get(agentId);
  const executor =
    agent?.executors.get(frameworkId)?.get(executorId) ?? framework?.executors.get(agentId)?.get(executorId);
  if (executor === undefined) return false;
  if (agent !== undefined) deleteInner(agent.executors, frameworkId, executorId);
  if (framework !== undefined) deleteInner(framework.executors, agentId, executorId);
  recover(turn, frameworkId, agentId, bundleOf(executor.resources));
  return true;
}
