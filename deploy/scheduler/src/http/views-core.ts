import { instanceText } from '@murmur/job-config';
import type { AgentShape, JobSummary, OfferShape, PendingGroup, TaskShape } from '@murmur/scheduler-api';
import type { ExecutorOverhead, HeldOffer, Waiting, WaitingGroup } from '../backend.js';
import { SPEED, type AgentRecord, type Sizes } from '../model/agent.js';
import { isActive, type Task, type TaskState } from '../model/task.js';
import { tierNameOf } from '../state/config-core.js';
import type { StateView } from '../state/port.js';
import { pendingText } from './why-core.js';

/** How the scheduler's state looks from outside. */

export interface ViewContext {
  readonly cluster: string;
  readonly state: StateView;
  readonly overhead: ExecutorOverhead;
  /** ms since 1970. */
  readonly now: number;
  /** The group that a pending task waits in. */
  readonly waitingOf: (taskId: string) => Waiting | null;
}

type JobKeyShape = TaskShape['job'];
type SizesShape = TaskShape['resources'];
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export const NO_SIZES: Sizes = { cpus: 0, memMb: 0, diskMb: 0, gpus: 0 };

export function keyView(cluster: string, job: string): JobKeyShape {
  const [role = '', environment = '', name = ''] = job.split('/');
  return { cluster, role, environment, name };
}

export function taskView(task: Task, context: ViewContext): TaskShape {
  const { state, placement, events } = task;
  const last = events.at(-1);
  return {
    id: task.id,
    job: keyView(context.cluster, task.job),
    instance: task.instance,
    state,
    active: isActive(task),
    since: last?.at ?? 0,
    message: last?.message ?? null,
    configId: task.configId,
    agentId: placement?.agentId ?? null,
    host: placement?.host ?? null,
    ports: { ...placement?.ports },
    resources: demandOf(task, context),
    events: events.map((event) => ({ ...event })),
    ancestorId: task.ancestorId,
    failureCount: task.failureCount,
    throttledUntil: task.throttledUntil,
    pendingReason: state === 'PENDING' ? pendingText(context.waitingOf(task.id), context.now) : null,
  };
}

/** null: nothing is known of the job. */
export function jobSummaryView(job: string, context: ViewContext): JobSummary | null {
  const tasks = context.state.tasksOfJob(job);
  const [first] = tasks;
  if (first === undefined) return null;
  const active = tasks.filter(isActive);
  const config = context.state.config((active[0] ?? first).configId);
  return {
    job: keyView(context.cluster, job),
    kind: config?.service === true ? 'service' : 'adhoc',
    tier: config === undefined ? '' : tierNameOf(config.job),
    active: active.length,
    running: active.filter(({ state }) => state === 'RUNNING').length,
    states: countStates(tasks),
    resources: sumSizes(active.map((task) => demandOf(task, context))),
    lastChangeAt: tasks.reduce((at, { events }) => Math.max(at, events.at(-1)?.at ?? 0), 0),
  };
}

function countStates(tasks: Iterable<Task>): Partial<Record<TaskState, number>> {
  const counts: Partial<Record<TaskState, number>> = {};
  for (const { state } of tasks) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** The offered part is of the offers that are held now. */
export function agentView(
  agent: AgentRecord,
  offer: HeldOffer | undefined,
  context: ViewContext,
): AgentShape {
  const tasks = context.state.tasksOnAgent(agent.id);
  const { cpus, memMb, diskMb } = context.overhead;
  return {
    id: agent.id,
    host: agent.host,
    url: agent.url,
    attributes: attributesView(Object.entries(agent.attributes)),
    speed: speedOf(agent),
    mode: agent.mode,
    lostAt: agent.lostAt,
    firstSeenAt: agent.firstSeenAt,
    capacity: { ...agent.capacity },
    used: sumSizes(tasks.flatMap((task) => [demandOf(task, context), { cpus, memMb, diskMb, gpus: 0 }])),
    offered: offer === undefined ? null : offeredSizes(offer),
    tasks: tasks.map((task) => ({
      id: task.id,
      job: keyView(context.cluster, task.job),
      instance: task.instance,
      state: task.state,
      resources: demandOf(task, context),
    })),
  };
}

/** The highest class of its attribute; null when it has none. */
export function speedOf({ attributes }: Pick<AgentRecord, 'attributes'>): number | null {
  const classes = (attributes[SPEED] ?? []).map(Number).filter((speed) => Number.isFinite(speed));
  return classes.length === 0 ? null : Math.max(...classes);
}

export function offerView(held: HeldOffer): OfferShape {
  const [first] = held.offers;
  const ports = held.offers.flatMap(({ resources }) => resources.ports);
  return {
    agentId: held.agentId,
    host: first?.hostname ?? '',
    offerIds: held.offers.map(({ id }) => id),
    resources: offeredSizes(held),
    ports: ports.map((range) => `${range.first}-${range.last}`).join(','),
    attributes: attributesView(first?.attributes ?? []),
    heldSince: held.heldSince,
  };
}

export function pendingView(group: WaitingGroup, context: ViewContext): PendingGroup {
  const { refusal } = group;
  const nearest = refusal?.nearest ?? null;
  const instances = group.taskIds.flatMap((id) => context.state.task(id)?.instance ?? []);
  return {
    job: keyView(context.cluster, group.job),
    configId: group.configId,
    taskIds: [...group.taskIds],
    instances: instanceText(instances),
    pendingSince: group.pendingSince,
    reason: refusal === null ? null : pendingText(group, context.now),
    nearest: nearest === null ? null : { ...nearest, vetoes: nearest.vetoes.map((veto) => ({ ...veto })) },
    counts: { ...refusal?.counts },
    penaltyMs: group.penaltyMs,
    nextAttemptAt: group.nextAttemptAt,
  };
}

export function demandOf(
  { configId }: Pick<Task, 'configId'>,
  { state }: Pick<ViewContext, 'state'>,
): SizesShape {
  const { cpus, memMb, diskMb, gpus } = state.config(configId)?.demand ?? NO_SIZES;
  return { cpus, memMb, diskMb, gpus };
}

/** Sums of fractions are rounded to thousandths: 0.1 and 0.2 are 0.3. */
export function sumSizes(sizes: Iterable<Sizes>): SizesShape {
  const sum: Mutable<Sizes> = { ...NO_SIZES };
  for (const { cpus, memMb, diskMb, gpus } of sizes) {
    sum.cpus += cpus;
    sum.memMb += memMb;
    sum.diskMb += diskMb;
    sum.gpus += gpus;
  }
  return { ...sum, cpus: Math.round(sum.cpus * 1000) / 1000, gpus: Math.round(sum.gpus * 1000) / 1000 };
}

function offeredSizes({ offers }: HeldOffer): SizesShape {
  return sumSizes(offers.map(({ resources }) => resources));
}

function attributesView(entries: Iterable<readonly [string, readonly string[]]>): Record<string, string[]> {
  return Object.fromEntries([...entries].map(([name, values]) => [name, [...values]]));
}
