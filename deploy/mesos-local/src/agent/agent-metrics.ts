import type { Metrics } from '@murmur/service';
import type { AgentState } from './model-core.js';

/** Murmur's own metrics of an agent, beside those of Mesos on `/metrics/snapshot`. */
export function addAgentMetrics(metrics: Metrics, state: AgentState): void {
  const gauge = (name: string, help: string, value: () => number): void => {
    const made = metrics.gauge(name, help, [], () => {
      made.set(value());
    });
  };
  gauge('murmur_mesos_agent_registered', '1 while a master listens', () => (state.connected ? 1 : 0));
  gauge(
    'murmur_mesos_agent_containers',
    'Containers that are not ended',
    () => [...state.runs.values()].filter((run) => run.phase !== 'TERMINATED').length,
  );
  gauge('murmur_mesos_agent_updates_pending', 'Status updates that are not acknowledged', () =>
    [...state.streams.values()].reduce((sum, stream) => sum + stream.pending.length, 0),
  );
  gauge(
    'murmur_mesos_agent_launches_failed',
    'Containers that were not launched, since the start',
    () => state.counters.launchErrors,
  );
}
