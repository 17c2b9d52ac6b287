/** `/state` of an agent in the unversioned JSON: ids are plain text, agents are slaves, resources objects of sums. */
import { renderTask, resourceList, seconds, type Json } from '../legacy/render-core.js';
import {
  add,
  bundleOf,
  legacyAttributes,
  legacyResources,
  reservedByRole,
  sumOf,
  unreservedOf,
  type Bundle,
} from '../resources/index.js';
import { AGENT_CAPABILITIES, AGENT_VERSION, taskOf } from './hello-core.js';
import type { AgentState, Framework, Run, TaskPhase } from './model-core.js';
import { sandboxOf } from './paths-core.js';
import { liveTasksBundle, runBundle } from './run-resources-core.js';

/** What the state does not know. */
export interface AgentFacts {
  readonly startedMs: number;
  readonly pid: string;
  /** Empty while there is none. */
  readonly masterHostname: string;
  readonly flags: Readonly<Record<string, string>>;
}

export const VERSION_INFO = {
  version: AGENT_VERSION,
  build_date: '',
  build_time: 0,
  build_user: '',
} as const;

export function renderState(state: AgentState, facts: AgentFacts): Json {
  const total = bundleOf(state.resources);
  const used = usedBundle(state);
  const byRole = (bundle: Bundle, render: (part: Bundle) => unknown): Json =>
    Object.fromEntries([...reservedByRole(bundle)].map(([role, part]) => [role, render(part)]));
  return {
    ...VERSION_INFO,
    start_time: seconds(facts.startedMs),
    id: state.info.id?.value ?? '',
    pid: facts.pid,
    hostname: state.info.hostname,
    capabilities: AGENT_CAPABILITIES,
    resources: legacyResources(total),
    reserved_resources: byRole(total, legacyResources),
    unreserved_resources: legacyResources(unreservedOf(total)),
    reserved_resources_full: byRole(total, resourceList),
    unreserved_resources_full: resourceList(unreservedOf(total)),
    reserved_resources_allocated: byRole(used, legacyResources),
    unreserved_resources_allocated: legacyResources(unreservedOf(used)),
    resource_providers: [],
    attributes: legacyAttributes(state.info.attributes ?? []),
    master_hostname: facts.masterHostname,
    flags: facts.flags,
    frameworks: [...state.frameworks.values()].map((each) => renderFramework(state, each)),
    completed_frameworks: state.completedFrameworks.map((each) => renderFramework(state, each)),
  };
}

/** What executors and their live tasks have been given. */
export function usedBundle(state: AgentState): Bundle {
  return sumOf([...state.runs.values()].filter((run) => run.phase !== 'TERMINATED').map(runBundle));
}

function renderFramework(state: AgentState, framework: Framework): Json {
  const { info } = framework;
  const multiRole = info.capabilities?.some((capability) => capability.type === 'MULTI_ROLE') ?? false;
  const executors = runsOf(state, framework);
  return {
    id: framework.id,
    name: info.name,
    user: info.user,
    failover_timeout: info.failover_timeout ?? 0,
    checkpoint: info.checkpoint ?? false,
    hostname: info.hostname ?? '',
    ...(info.principal === undefined ? {} : { principal: info.principal }),
    ...(multiRole ? { roles: info.roles ?? [] } : { role: info.role ?? '*' }),
    executors: executors.map((run) => renderRun(state, run)),
    completed_executors: framework.completed.map((run) => renderRun(state, run)),
  };
}

/** Runs that are not completed; those of a completed framework are. */
function runsOf(state: AgentState, framework: Framework): readonly Run[] {
  if (state.frameworks.get(framework.id) !== framework) return [];
  return [...state.runs.values()].filter((run) => run.frameworkId === framework.id);
}

function renderRun(state: AgentState, run: Run): Json {
  const { info } = run;
  const tasks = (...phases: readonly TaskPhase[]): unknown[] =>
    [...run.tasks.values()]
      .filter((task) => phases.includes(task.phase))
      .map((task) => renderTask({ ...taskOf(state, run, task), statuses: task.statuses }));
  const role = info.resources?.[0]?.allocation_info?.role;
  return {
    id: run.executorId,
    name: info.name ?? '',
    source: info.source ?? '',
    container: run.containerId,
    directory: sandboxOf(state, run),
    resources: legacyResources(add(bundleOf(info.resources), liveTasksBundle(run))),
    ...(role === undefined ? {} : { role }),
    ...(info.labels === undefined ? {} : { labels: info.labels.labels ?? [] }),
    ...(info.type === undefined ? {} : { type: info.type }),
    tasks: tasks('launched'),
    queued_tasks: tasks('queued'),
    completed_tasks: tasks('completed', 'terminated'),
  };
}
