import { z } from './zod.js';
import * as shapes from './shapes.js';

/** Who may call it: everybody who may read, who has a right in the job's role, or an administrator. */
export type Right = 'read' | 'write' | 'admin';

export interface Route {
  readonly method: 'get' | 'post';
  /** With `:role`, ... as in Express. */
  readonly path: string;
  readonly summary: string;
  readonly right: Right;
  readonly query?: Readonly<Record<string, z.ZodType>>;
  readonly body?: z.ZodType;
  /** null: a stream or a document of its own. */
  readonly answer: z.ZodType | null;
}

const job = '/api/v1/jobs/:role/:environment/:name';
const integer = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const page = { offset: integer(0, 10_000_000).optional(), limit: integer(1, 1_000).optional() };
const glob = z.string().max(255).optional();
const list = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), total: z.number().int() });

/** Every route below `/api/v1`. Server, OpenAPI document, client and tests are held against this table. */
export const ROUTES = {
  cluster: {
    method: 'get',
    path: '/api/v1/cluster',
    right: 'read',
    answer: shapes.cluster,
    summary: 'The cluster, its leader and its life',
  },
  jobs: {
    method: 'get',
    path: '/api/v1/jobs',
    right: 'read',
    query: {
      role: glob,
      environment: glob,
      name: glob,
      active: z.enum(['true', 'false']).optional(),
      ...page,
    },
    answer: list(shapes.jobSummary),
    summary: 'Jobs; role, environment and name may be globs',
  },
  createJob: {
    method: 'post',
    path: '/api/v1/jobs',
    right: 'write',
    body: shapes.createBody,
    answer: shapes.outcome,
    summary: 'Creates a job',
  },
  job: {
    method: 'get',
    path: job,
    right: 'read',
    answer: shapes.job,
    summary: 'A job, its configs and its tasks',
  },
  kill: {
    method: 'post',
    path: `${job}/kill`,
    right: 'write',
    body: shapes.killBody,
    answer: shapes.outcome,
    summary: 'Kills instances',
  },
  restart: {
    method: 'post',
    path: `${job}/restart`,
    right: 'write',
    body: shapes.restartBody,
    answer: shapes.outcome,
    summary: 'Restarts instances, all at once',
  },
  add: {
    method: 'post',
    path: `${job}/add`,
    right: 'write',
    body: shapes.addBody,
    answer: shapes.outcome,
    summary: 'Adds instances like one that is there',
  },
  scale: {
    method: 'post',
    path: `${job}/scale`,
    right: 'write',
    body: shapes.scaleBody,
    answer: shapes.outcome,
    summary: 'Brings a job to a number of instances',
  },
  diff: {
    method: 'post',
    path: `${job}/diff`,
    right: 'read',
    body: shapes.diffBody,
    answer: shapes.diff,
    summary: 'What a config would change',
  },
  instance: {
    method: 'get',
    path: `${job}/instances/:instance`,
    right: 'read',
    answer: shapes.instance,
    summary: 'An instance and its history',
  },
  why: {
    method: 'get',
    path: `${job}/instances/:instance/why`,
    right: 'read',
    answer: shapes.why,
    summary: 'Why an instance is in its state, in one sentence',
  },
  tasks: {
    method: 'get',
    path: '/api/v1/tasks',
    right: 'read',
    query: {
      role: glob,
      environment: glob,
      name: glob,
      state: z.string().max(200).optional(),
      agent: z.string().max(255).optional(),
      active: z.enum(['true', 'false']).optional(),
      ...page,
    },
    answer: list(shapes.task),
    summary: 'Tasks; `state` is a list with commas',
  },
  task: { method: 'get', path: '/api/v1/tasks/:id', right: 'read', answer: shapes.task, summary: 'A task' },
  pending: {
    method: 'get',
    path: '/api/v1/pending',
    right: 'read',
    answer: list(shapes.pendingGroup),
    summary: 'What is pending, and why',
  },
  agents: {
    method: 'get',
    path: '/api/v1/agents',
    right: 'read',
    query: page,
    answer: list(shapes.agent),
    summary: 'Agents, their speed, use and tasks',
  },
  agent: {
    method: 'get',
    path: '/api/v1/agents/:id',
    right: 'read',
    answer: shapes.agent,
    summary: 'An agent',
  },
  offers: {
    method: 'get',
    path: '/api/v1/offers',
    right: 'read',
    answer: list(shapes.offer),
    summary: 'Offers that are held',
  },
  capacity: {
    method: 'post',
    path: '/api/v1/capacity',
    right: 'read',
    body: shapes.capacityBody,
    answer: shapes.capacity,
    summary: 'How many more instances fit, and what stops the next one',
  },
  jobCapacity: {
    method: 'get',
    path: `${job}/capacity`,
    right: 'read',
    query: { max: integer(1, 1_000_000).optional() },
    answer: shapes.capacity,
    summary: 'How many more instances of a job fit',
  },
  quota: {
    method: 'get',
    path: '/api/v1/quotas/:role',
    right: 'read',
    answer: shapes.quota,
    summary: "A role's quota and use",
  },
  audit: {
    method: 'get',
    path: '/api/v1/audit',
    right: 'read',
    query: { limit: page.limit, before: z.string().max(32).optional() },
    answer: list(shapes.auditEntry),
    summary: 'Who did what, newest first',
  },
  events: {
    method: 'get',
    path: '/api/v1/events',
    right: 'read',
    query: { role: glob, environment: glob, name: glob },
    answer: null,
    summary: 'Changes as Server-Sent Events; Last-Event-ID resumes',
  },
  snapshot: {
    method: 'post',
    path: '/api/v1/admin/snapshot',
    right: 'admin',
    answer: z.object({ position: z.number().int() }),
    summary: 'Writes a snapshot of the storage now',
  },
  backup: {
    method: 'post',
    path: '/api/v1/admin/backups',
    right: 'admin',
    answer: shapes.backup,
    summary: 'Writes a backup now',
  },
  backups: {
    method: 'get',
    path: '/api/v1/admin/backups',
    right: 'admin',
    answer: list(shapes.backup),
    summary: 'Backups',
  },
  reconcile: {
    method: 'post',
    path: '/api/v1/admin/reconcile',
    right: 'admin',
    body: z.strictObject({ kind: z.enum(['explicit', 'implicit']) }),
    answer: shapes.reconciliation,
    summary: 'Asks the engine for the state of tasks now',
  },
  openapi: {
    method: 'get',
    path: '/api/v1/openapi.json',
    right: 'read',
    answer: null,
    summary: 'This document',
  },
} as const satisfies Readonly<Record<string, Route>>;

export type RouteId = keyof typeof ROUTES;
