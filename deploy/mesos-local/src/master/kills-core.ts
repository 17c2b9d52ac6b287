import type { Agent, PendingKill } from './state.js';
import { getOrMake, sendMessage, type Turn } from './turn-core.js';

/** Sends a kill, and remembers it until the task is gone: its agent may be away, or lose it with its stream. */
export function killOn(
  turn: Turn,
  frameworkId: string,
  agent: Agent,
  taskId: string,
  pending: PendingKill,
): void {
  getOrMake(agent.pendingKills, frameworkId, () => new Map<string, PendingKill>()).set(taskId, pending);
  sendMessage(turn, agent, {
    type: 'KILL',
    framework_id: { value: frameworkId },
    task_id: { value: taskId },
    ...(pending.policy === null ? {} : { kill_policy: pending.policy }),
  });
}
