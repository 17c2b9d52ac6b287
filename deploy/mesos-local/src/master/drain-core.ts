import type { DrainConfig } from '@murmur/engine';
import { markGone, setActive } from './agents-core.js';
import type { Agent } from './state.js';
import { killOn } from './kills-core.js';
import { log, type Turn } from './turn-core.js';

/** DRAIN_AGENT: no more offers, every task is killed, and when none is left the agent is drained (or marked gone). */
export function drain(turn: Turn, agent: Agent, config: DrainConfig): void {
  agent.drain = { state: 'DRAINING', config };
  agent.deactivated = true;
  setActive(turn, agent);
  killAll(turn, agent);
  log(turn, 'info', { agent: agent.id }, 'agent draining');
  drainStep(turn, agent);
}

/** Kills what is there; also when a draining agent comes back with tasks. */
export function killAll(turn: Turn, agent: Agent): void {
  const grace = agent.drain?.config.max_grace_period;
  for (const [frameworkId, tasks] of agent.tasks) {
    for (const task of tasks.values()) {
      const own = task.kill_policy?.grace_period;
      const shorter = grace !== undefined && (own === undefined || grace.nanoseconds < own.nanoseconds);
      const policy = shorter ? { grace_period: grace } : null;
      killOn(turn, frameworkId, agent, task.task_id.value, { policy });
    }
  }
}

/** A draining agent without tasks is drained. Called whenever one may have become so. */
export function drainStep(turn: Turn, agent: Agent): void {
  if (agent.drain?.state !== 'DRAINING' || agent.tasks.size > 0) return;
  const { config } = agent.drain;
  if (config.mark_gone === true) {
    turn.effects.push({ type: 'STORE', change: { type: 'AGENT_GONE', info: agent.info, at: turn.now } });
    markGone(turn, agent.id);
    return;
  }
  agent.drain = { state: 'DRAINED', config };
  turn.effects.push({
    type: 'STORE',
    change: { type: 'AGENT_DEACTIVATED', agentId: agent.id, drain: { config, drained: true } },
  });
  log(turn, 'info', { agent: agent.id }, 'agent drained');
}

export function deactivate(turn: Turn, agent: Agent): void {
  agent.deactivated = true;
  setActive(turn, agent);
}

/** Ends a drain or a deactivation: it may be offered again. */
export function reactivate(turn: Turn, agent: Agent): void {
  agent.deactivated = false;
  agent.drain = null;
  setActive(turn, agent);
}
