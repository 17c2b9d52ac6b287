/** The metrics of a Mesos master that tools read from `/metrics/snapshot`: a flat object of numbers. */
import type { TaskState } from '@murmur/engine';
import { add, EMPTY, quantities, type Bundle } from '../../resources/index.js';
import type { Framework, MasterState } from '../state.js';
import { isTerminal } from '../../task-state-core.js';
import { COUNTERS, FRAMEWORK_COUNTERS, FRAMEWORK_TASK_STATES } from './metric-names-core.js';
import { tasksOf } from './summary-core.js';
import { usageOf, type Usage } from './usage-core.js';

/** What the state does not know. */
export interface MetricFacts {
  /** ms since 1970. */
  readonly now: number;
  readonly elected: boolean;
  readonly allocation: { readonly runs: number; readonly lastMs: number };
  readonly registry: {
    readonly queued: number;
    readonly bytes: number;
    readonly fetchMs: number;
    readonly storeMs: readonly number[];
  };
  readonly system: {
    readonly cpus: number;
    readonly load: readonly number[];
    readonly totalBytes: number;
    readonly freeBytes: number;
  };
  readonly operatorSubscribers: number;
}

type Metrics = Record<string, number>;
const THOUSAND = 1_000;
const MS_PER_SECOND = 1_000;

/** All metrics, sorted by name. */
export function renderMetrics(state: MasterState, facts: MetricFacts): Metrics {
  const usage = usageOf(state);
  const all: Metrics = {
    ...Object.fromEntries(COUNTERS.map((name) => [name, 0])),
    ...Object.fromEntries(state.counters),
    ...membership(state, facts),
    ...taskStates(state),
    ...resourceMetrics(state, usage),
    ...rest(state, facts),
  };
  for (const framework of [...state.frameworks.values(), ...state.completedFrameworks.values()])
    Object.assign(all, frameworkMetrics(framework));
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function membership(state: MasterState, facts: MetricFacts): Metrics {
  const agents = [...state.agents.values()];
  const frameworks = [...state.frameworks.values()];
  const count = (list: readonly { connected: boolean; active: boolean }[], name: string): Metrics => ({
    [`master/${name}_active`]: list.filter((each) => each.active).length,
    [`master/${name}_inactive`]: list.filter((each) => !each.active).length,
    [`master/${name}_connected`]: list.filter((each) => each.connected).length,
    [`master/${name}_disconnected`]: list.filter((each) => !each.connected).length,
  });
  return {
    ...count(agents, 'slaves'),
    ...count(frameworks, 'frameworks'),
    'master/slaves_unreachable': state.unreachableAgents.size,
    'master/outstanding_offers': state.offers.size,
    'master/elected': facts.elected ? 1 : 0,
    'master/uptime_secs': (facts.now - state.startedAt) / MS_PER_SECOND,
    'master/operator_event_stream_subscribers': facts.operatorSubscribers,
  };
}

/** Gauges of tasks that are not over; those that are over are counted as they end. */
function taskStates(state: MasterState): Metrics {
  const metrics: Metrics = {};
  for (const name of ['staging', 'starting', 'running', 'killing', 'unreachable'])
    metrics[`master/tasks_${name}`] = 0;
  for (const framework of state.frameworks.values()) {
    metrics['master/tasks_unreachable'] =
      (metrics['master/tasks_unreachable'] ?? 0) + framework.unreachableTasks.size;
    for (const task of framework.tasks.values()) {
      const name = `master/${taskName(task.state)}`;
      if (!isTerminal(task.state) && name in metrics) metrics[name] = (metrics[name] ?? 0) + 1;
    }
  }
  return metrics;
}

function taskName(state: TaskState): string {
  return state.toLowerCase().replace('task_', 'tasks_');
}

function resourceMetrics(state: MasterState, usage: Usage): Metrics {
  const metrics: Metrics = {};
  let total: Bundle = EMPTY;
  let used: Bundle = EMPTY;
  let taken: Bundle = EMPTY;
  for (const agent of state.agents.values()) {
    total = add(total, agent.total);
    used = add(used, usage.used.byAgent.of(agent.id));
    taken = add(taken, usage.offered.byAgent.of(agent.id));
  }
  const [totals, uses, offers] = [quantities(total), quantities(used), quantities(taken)];
  for (const name of ['cpus', 'gpus', 'mem', 'disk']) {
    const [all, some] = [(totals.get(name) ?? 0) / THOUSAND, (uses.get(name) ?? 0) / THOUSAND];
    metrics[`master/${name}_total`] = all;
    metrics[`master/${name}_used`] = some;
    metrics[`master/${name}_percent`] = all === 0 ? 0 : some / all;
    for (const kind of ['total', 'used', 'percent']) metrics[`master/${name}_revocable_${kind}`] = 0;
    if (name === 'gpus') continue;
    metrics[`allocator/mesos/resources/${name}/total`] = all;
    metrics[`allocator/mesos/resources/${name}/offered_or_allocated`] =
      some + (offers.get(name) ?? 0) / THOUSAND;
  }
  for (const role of new Set([
    ...usage.used.byRole.keys(),
    ...usage.offered.byRole.keys(),
    ...rolesOf(state),
  ])) {
    const held = quantities(add(usage.used.byRole.of(role), usage.offered.byRole.of(role)));
    const shares = [...held].map(([name, n]) => n / Math.max(1, totals.get(name) ?? 0));
    metrics[`allocator/mesos/roles/${role}/shares/dominant`] = Math.max(0, ...shares);
    for (const name of ['cpus', 'mem'])
      metrics[`allocator/mesos/quota/roles/${role}/resources/${name}/consumed`] =
        (quantities(usage.used.byRole.of(role)).get(name) ?? 0) / THOUSAND;
  }
  return metrics;
}

function rolesOf(state: MasterState): string[] {
  return [...state.frameworks.values()].flatMap((framework) => [...framework.roles]);
}

function rest(state: MasterState, facts: MetricFacts): Metrics {
  const { allocation, registry, system } = facts;
  const last = registry.storeMs.at(-1) ?? 0;
  return {
    'allocator/mesos/allocation_runs': allocation.runs,
    'allocator/mesos/allocation_run_ms': allocation.lastMs,
    'allocator/mesos/allocation_run_ms/count': allocation.runs,
    'registrar/queued_operations': registry.queued,
    'registrar/registry_size_bytes': registry.bytes,
    'registrar/state_fetch_ms': registry.fetchMs,
    'registrar/state_store_ms': last,
    'registrar/state_store_ms/count': registry.storeMs.length,
    ...percentiles('registrar/state_store_ms', registry.storeMs),
    'system/cpus_total': system.cpus,
    'system/load_1min': system.load[0] ?? 0,
    'system/load_5min': system.load[1] ?? 0,
    'system/load_15min': system.load[2] ?? 0,
    'system/mem_total_bytes': system.totalBytes,
    'system/mem_free_bytes': system.freeBytes,
    'master/recovered_slaves': state.recoveredAgents.size,
  };
}

function percentiles(name: string, values: readonly number[]): Metrics {
  if (values.length === 0) return {};
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const points = { min: 0, max: 1, p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999, p9999: 0.9999 };
  return Object.fromEntries(Object.entries(points).map(([point, share]) => [`${name}/${point}`, at(share)]));
}

/** Names may hold what would split a metric's name; Mesos escapes them as URLs do. */
function frameworkMetrics(framework: Framework): Metrics {
  const prefix = `master/frameworks/${encodeURIComponent(framework.info.name)}/${framework.id}`;
  const metrics: Metrics = { [`${prefix}/subscribed`]: framework.connected ? 1 : 0 };
  for (const name of FRAMEWORK_COUNTERS) metrics[`${prefix}/${name}`] = framework.counters.get(name) ?? 0;
  for (const role of framework.roles)
    metrics[`${prefix}/roles/${role}/suppressed`] = framework.suppressedRoles.has(role) ? 1 : 0;
  const states = new Map<string, number>();
  for (const task of tasksOf(framework)) states.set(task.state, (states.get(task.state) ?? 0) + 1);
  for (const state of FRAMEWORK_TASK_STATES) {
    const kind = isTerminal(state) ? 'terminal' : 'active';
    metrics[`${prefix}/tasks/${kind}/${state.toLowerCase()}`] = states.get(state) ?? 0;
  }
  return metrics;
}
