import { TASK_STATES } from './states.js';
import { z } from './zod.js';

/** The shapes of the REST API's bodies. Times are ms since 1970, sizes MiB; `null` where there is nothing. */

const at = z.number().int();
const count = z.number().int().min(0);
const text = z.string();

export const taskState = z.enum(TASK_STATES);

export const jobKey = z.object({ cluster: text, role: text, environment: text, name: text });

export const sizes = z.object({
  cpus: z.number(),
  memMb: z.number(),
  diskMb: z.number(),
  gpus: z.number(),
});

export const taskEvent = z.object({ at, state: taskState, message: text.nullable(), by: text.nullable() });

export const task = z.object({
  id: text,
  job: jobKey,
  instance: count,
  state: taskState,
  active: z.boolean(),
  /** Of the present state. */
  since: at,
  /** Message of the present state. */
  message: text.nullable(),
  configId: text,
  agentId: text.nullable(),
  host: text.nullable(),
  ports: z.record(text, z.number().int()),
  resources: sizes,
  events: z.array(taskEvent),
  ancestorId: text.nullable(),
  failureCount: count,
  throttledUntil: at.nullable(),
  /** Why it is pending, in one sentence; only while PENDING. */
  pendingReason: text.nullable(),
});
export type TaskShape = z.infer<typeof task>;

export const stateCounts = z.partialRecord(taskState, count);

export const jobSummary = z.object({
  job: jobKey,
  kind: z.enum(['service', 'adhoc']),
  tier: text,
  /** Active instances; `running` of them RUNNING. */
  active: count,
  running: count,
  states: stateCounts,
  resources: sizes,
  lastChangeAt: at,
});
export type JobSummary = z.infer<typeof jobSummary>;

/** Instances that run the same config. */
export const configGroup = z.object({
  configId: text,
  /** `0-2,5`. */
  instances: text,
  count,
  /** The job as submitted and interpolated. */
  job: z.record(text, z.unknown()),
});

export const job = jobSummary.extend({
  groups: z.array(configGroup),
  /** Active ones first, by instance; then ended ones, newest first, at most `JOB_TASKS_MAX`. */
  tasks: z.array(task),
});
export type JobShape = z.infer<typeof job>;

export const instance = z.object({
  job: jobKey,
  instance: count,
  active: task.nullable(),
  /** Ended runs, newest first. */
  history: z.array(task),
});
export type InstanceShape = z.infer<typeof instance>;

export const agentTask = z.object({
  id: text,
  job: jobKey,
  instance: count,
  state: taskState,
  resources: sizes,
});

export const agent = z.object({
  id: text,
  host: text,
  url: text.nullable(),
  attributes: z.record(text, z.array(text)),
  /** The highest class of its `speed` attribute, 100 = the reference machine; null when it has none. */
  speed: z.number().nullable(),
  mode: z.enum(['NONE', 'SCHEDULED', 'DRAINING', 'DRAINED']),
  /** Set while the engine says that it is gone. */
  lostAt: at.nullable(),
  firstSeenAt: at,
  capacity: sizes,
  /** What tasks of this scheduler and their executors hold. */
  used: sizes,
  /** What is offered now; null without an offer. */
  offered: sizes.nullable(),
  tasks: z.array(agentTask),
});
export type AgentShape = z.infer<typeof agent>;

export const offer = z.object({
  agentId: text,
  host: text,
  offerIds: z.array(text),
  resources: sizes,
  ports: text,
  attributes: z.record(text, z.array(text)),
  heldSince: at,
});
export type OfferShape = z.infer<typeof offer>;

export const veto = z.object({ kind: text, about: text, text, score: z.number() });

/** Equal tasks that wait. */
export const pendingGroup = z.object({
  job: jobKey,
  configId: text,
  taskIds: z.array(text),
  instances: text,
  pendingSince: at,
  /** Of its last attempt; null before the first. */
  reason: text.nullable(),
  nearest: z.object({ agentId: text, host: text, vetoes: z.array(veto) }).nullable(),
  /** Agents that refused, by kind of veto. */
  counts: z.record(text, count),
  penaltyMs: count,
  nextAttemptAt: at.nullable(),
});
export type PendingGroup = z.infer<typeof pendingGroup>;

export const capacity = z.object({
  job: jobKey.nullable(),
  /** Of one instance, its executor included. */
  needs: sizes,
  /** How many more instances fit, counted up to `max`. */
  count,
  max: count,
  /** What stops the next one; null when `count` reached `max`. */
  stoppedBy: text.nullable(),
  counts: z.record(text, count),
});
export type CapacityShape = z.infer<typeof capacity>;

export const why = z.object({ job: jobKey, instance: count, state: taskState.nullable(), sentence: text });
export type WhyShape = z.infer<typeof why>;

/** What came of a change. */
export const outcome = z.object({
  job: jobKey,
  /** One line for people. */
  text,
  /** Instances that it touched: `0-2`. */
  instances: text,
  count,
});
export type OutcomeShape = z.infer<typeof outcome>;

export const diffGroup = z.object({
  instances: text,
  count,
  from: z.unknown().nullable(),
  to: z.unknown().nullable(),
});
export const diff = z.object({
  job: jobKey,
  /** Equal everywhere. */
  same: z.boolean(),
  add: z.array(diffGroup),
  remove: z.array(diffGroup),
  update: z.array(diffGroup),
  unchanged: z.array(diffGroup),
});
export type DiffShape = z.infer<typeof diff>;

export const quota = z.object({
  role: text,
  /** null: no quota is set, and none is enforced. */
  quota: sizes.nullable(),
  /** Of active instances, by production and not. */
  production: sizes,
  nonProduction: sizes,
  /** In dedicated agents; not charged. */
  dedicated: sizes,
});
export type QuotaShape = z.infer<typeof quota>;

export const auditEntry = z.object({
  id: text,
  at,
  who: text,
  action: text,
  target: text,
  reason: text.nullable(),
  outcome: text,
});
export type AuditShape = z.infer<typeof auditEntry>;

export const cluster = z.object({
  name: text,
  version: text,
  lifecycle: z.enum([
    'IDLE',
    'PREPARING_STORAGE',
    'STORAGE_PREPARED',
    'LEADER_AWAITING_REGISTRATION',
    'ACTIVE',
    'DEAD',
  ]),
  leader: z.boolean(),
  /** `http://host:port` of the leader, as far as is known. */
  leaderUrl: text.nullable(),
  frameworkId: text.nullable(),
  connected: z.boolean(),
  startedAt: at,
  tasks: stateCounts,
  agents: count,
});
export type ClusterShape = z.infer<typeof cluster>;

export const backup = z.object({ name: text, at, bytes: count });
export const reconciliation = z.object({ kind: z.enum(['explicit', 'implicit']), asked: count });

/** What `GET /api/v1/events` sends as `data:`; `event:` is its kind. */
export const event = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('task'), task, previous: taskState.nullable() }),
  z.object({ kind: z.literal('task-removed'), id: text, job: jobKey, instance: count }),
  z.object({ kind: z.literal('agent'), agentId: text, host: text, lostAt: at.nullable() }),
  z.object({ kind: z.literal('audit'), entry: auditEntry }),
  /** Events before this one were missed: read the lists again. */
  z.object({ kind: z.literal('gap'), text }),
]);
export type EventShape = z.infer<typeof event>;

/** Bodies of requests. `reason` goes into the audit log. */
const reason = text.max(1000).optional();
/** `0-2,5`; left out: all. */
const instances = text.max(100_000).optional();

export const createBody = z.strictObject({ job: z.record(text, z.unknown()), reason });
export const diffBody = z.strictObject({ job: z.record(text, z.unknown()), instances });
export const killBody = z.strictObject({ instances, reason });
export const restartBody = z.strictObject({ instances, reason });
export const addBody = z.strictObject({ instance: count, count: z.number().int().min(1), reason });
export const scaleBody = z.strictObject({ instances: z.number().int().min(1), reason });
export const capacityBody = z.strictObject({
  /** A job to be; left out: `resources`. */
  job: z.record(text, z.unknown()).optional(),
  resources: sizes.partial().optional(),
  max: z.number().int().min(1).max(1_000_000).optional(),
});
