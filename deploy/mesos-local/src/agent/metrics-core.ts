/** The metrics of a Mesos agent that tools read from `/metrics/snapshot`: a flat object of numbers. */
import type { TaskState } from '@murmur/engine';
import { bundleOf, quantities } from '../resources/index.js';
import { usedBundle } from './legacy-core.js';
import type { AgentState } from './model-core.js';
import { RUN_PHASES } from './run-table-core.js';

/** What the state does not know. */
export interface MetricFacts {
  readonly nowMs: number;
  readonly startedMs: number;
  readonly recoveryMs: number;
  readonly registered: boolean;
  /** Messages to the master that found the queue full. */
  readonly refusedMessages: number;
  readonly system: {
    readonly cpus: number;
    readonly load: readonly number[];
    readonly totalBytes: number;
    readonly freeBytes: number;
  };
}

type Metrics = Record<string, number>;

const LIVE_STATES = ['staging', 'starting', 'running', 'killing'] as const;
const ENDED_STATES = ['finished', 'failed', 'killed', 'lost', 'gone'] as const;

/** All metrics, sorted by name. */
export function renderAgentMetrics(state: AgentState, facts: MetricFacts): Metrics {
  const { counters } = state;
  const all: Metrics = {
    ...runMetrics(state),
    ...taskMetrics(state),
    ...resourceMetrics(state),
    'slave/registered': facts.registered ? 1 : 0,
    'slave/uptime_secs': (facts.nowMs - facts.startedMs) / 1000,
    'slave/recovery_time_secs': facts.recoveryMs / 1000,
    'slave/recovery_errors': counters.recoveryErrors,
    'slave/frameworks_active': state.frameworks.size,
    'slave/container_launch_errors': counters.launchErrors,
    'slave/valid_status_updates': counters.validUpdates,
    'slave/invalid_status_updates': counters.invalidUpdates,
    'slave/valid_framework_messages': counters.validMessages,
    'slave/invalid_framework_messages': counters.invalidMessages,
    'slave/executors_preempted': 0,
    'slave/dropped_messages': facts.refusedMessages,
    'system/cpus_total': facts.system.cpus,
    'system/load_1min': facts.system.load[0] ?? 0,
    'system/load_5min': facts.system.load[1] ?? 0,
    'system/load_15min': facts.system.load[2] ?? 0,
    'system/mem_total_bytes': facts.system.totalBytes,
    'system/mem_free_bytes': facts.system.freeBytes,
  };
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function runMetrics(state: AgentState): Metrics {
  const runs = [...state.runs.values()];
  const metrics: Metrics = {};
  for (const phase of RUN_PHASES) {
    metrics[`slave/executors_${phase.toLowerCase()}`] = runs.filter((run) => run.phase === phase).length;
  }
  return { ...metrics, 'slave/executors_terminated': state.counters.executorsTerminated };
}

function taskMetrics(state: AgentState): Metrics {
  const tasks = [...state.runs.values()].flatMap((run) => [...run.tasks.values()]);
  const named = (name: string): TaskState => `TASK_${name.toUpperCase()}` as TaskState;
  return {
    ...Object.fromEntries(
      LIVE_STATES.map((name) => [
        `slave/tasks_${name}`,
        tasks.filter((task) => task.state === named(name)).length,
      ]),
    ),
    ...Object.fromEntries(
      ENDED_STATES.map((name) => [`slave/tasks_${name}`, state.counters.tasks[named(name)] ?? 0]),
    ),
  };
}

function resourceMetrics(state: AgentState): Metrics {
  const total = quantities(bundleOf(state.resources));
  const used = quantities(usedBundle(state));
  const metrics: Metrics = {};
  for (const name of ['cpus', 'gpus', 'mem', 'disk']) {
    const [all, some] = [(total.get(name) ?? 0) / 1000, (used.get(name) ?? 0) / 1000];
    metrics[`slave/${name}_total`] = all;
    metrics[`slave/${name}_used`] = some;
    metrics[`slave/${name}_percent`] = all === 0 ? 0 : some / all;
    for (const kind of ['total', 'used', 'percent']) metrics[`slave/${name}_revocable_${kind}`] = 0;
  }
  return metrics;
}
