import {
  formatError,
  parseMesosTaskInstance,
  requestedPorts,
  type HealthCheckConfig,
  type HttpHealthChecker,
  type HttpLifecycleConfig,
  type Logger,
  type MesosTaskInstance,
} from '@murmur/job-config';
import type { NewMember } from '@murmur/discovery';
import type { TaskInfo } from '@murmur/engine';
import type { RunnerLogger, RunnerTask } from '../runner/types.js';
import { bindingsOf, bindTemplates, resolveTemplates, TemplateError } from '../templates/templates-core.js';
import { assignPorts, PortsError, withAliases, type Ports } from './ports-core.js';

/** What the executor knows besides the task. */
export interface LaunchFacts {
  /** The agent's host name. */
  readonly hostname: string;
  readonly announcerRoot: string;
  /** Instead of the agent's host name; empty = that. */
  readonly announcerHostname: string;
  readonly announcerAllowCustomPath: boolean;
}

export type HealthProbe =
  | { readonly kind: 'http'; readonly port: number; readonly http: HttpHealthChecker }
  | { readonly kind: 'shell'; readonly command: string };

/** A task, understood: everything resolved, nothing done yet. */
export interface LaunchPlan {
  readonly taskId: string;
  /** The role, or the task's own user. */
  readonly user: string;
  readonly task: RunnerTask;
  readonly ports: Ports;
  readonly health: { readonly probe: HealthProbe; readonly config: HealthCheckConfig } | null;
  readonly announce: { readonly path: string; readonly member: NewMember } | null;
  readonly lifecycle: { readonly port: number; readonly http: HttpLifecycleConfig } | null;
}

/** A task that cannot be run; the message goes to whoever launched it. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError';
}

/** Reads `TaskInfo.data`, the JSON of a MesosTaskInstance in base64, and resolves it on this agent. Throws LaunchError. */
export function planLaunch(info: TaskInfo, facts: LaunchFacts): LaunchPlan {
  const parsed = parseInstance(info);
  const user = parsed.task.user ?? parsed.role;
  try {
    const ports = withAliases(assignPorts(requestedPorts(parsed), info), parsed.announce);
    const taskId = info.task_id.value;
    const context = { taskId, user, instance: parsed.instance, hostname: facts.hostname, ports };
    const instance = resolveTemplates(parsed, bindingsOf(context));
    return {
      taskId,
      user,
      task: runnerTask(instance),
      ports,
      health: healthOf(instance, ports),
      announce: announceOf(instance, ports, facts),
      lifecycle: lifecycleOf(instance, ports),
    };
  } catch (error) {
    if (error instanceof PortsError || error instanceof TemplateError) throw new LaunchError(error.message);
    throw error;
  }
}

function parseInstance(info: TaskInfo): MesosTaskInstance {
  if (info.data === undefined || info.data === '')
    throw new LaunchError('the task has no data: no task config');
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(info.data, 'base64').toString('utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LaunchError(`the task's data is no JSON: ${reason}`);
  }
  const parsed = parseMesosTaskInstance(bindTemplates(json, userBinding(json)), { unknown: 'ignore' });
  if (parsed.ok) return parsed.value;
  throw new LaunchError(`the task config cannot be used: ${parsed.errors.map(formatError).join('; ')}`);
}

/** `{{thermos.user}}` is bound by Aurora's client; a config that comes from elsewhere may still have it. */
function userBinding(json: unknown): ReadonlyMap<string, string> {
  const { task, role } = (json ?? {}) as { task?: { user?: unknown } | null; role?: unknown };
  const user = task?.user ?? role;
  return new Map(typeof user === 'string' ? [['thermos.user', user]] : []);
}

function runnerTask({ task }: MesosTaskInstance): RunnerTask {
  return {
    ...task,
    constraints: task.constraints.map(({ order = [] }) => ({ order })),
    processes: task.processes.map(({ logger, ...process }) => ({
      ...process,
      ...(logger === undefined ? {} : { logger: runnerLogger(logger) }),
    })),
  };
}

/** Aurora's RotatePolicy: 100 MB, 5 backups. */
export const ROTATE_DEFAULT = { log_size: 100 * 1024 * 1024, backups: 5 } as const;

function runnerLogger({ destination, mode, rotate }: Logger): RunnerLogger {
  return { destination, mode, rotate: rotate ?? ROTATE_DEFAULT };
}

/** A shell check wins; an HTTP check needs a port named `health`; neither: the task counts as healthy once it runs. */
function healthOf({ health_check_config: config }: MesosTaskInstance, ports: Ports): LaunchPlan['health'] {
  const { shell, http } = config.health_checker;
  if (shell !== undefined) return { probe: { kind: 'shell', command: shell.shell_command }, config };
  const port = ports.get('health');
  if (port === undefined) return null;
  const checker = http ?? { endpoint: '/health', expected_response: 'ok', expected_response_code: 0 };
  return { probe: { kind: 'http', port, http: checker }, config };
}

function announceOf(instance: MesosTaskInstance, ports: Ports, facts: LaunchFacts): LaunchPlan['announce'] {
  const { announce, role, environment, name } = instance;
  if (announce === undefined) return null;
  if (announce.zk_path !== undefined && !facts.announcerAllowCustomPath) {
    throw new LaunchError(
      `announce.zk_path: "${announce.zk_path}" is not allowed; this executor announces below ${facts.announcerRoot} only ` +
        '(--announcer-allow-custom-serverset-path)',
    );
  }
  const host = facts.announcerHostname === '' ? facts.hostname : facts.announcerHostname;
  const additional = [...ports].map(([alias, port]) => [alias, { host, port }] as const);
  return {
    path: announce.zk_path ?? `${facts.announcerRoot}/${role}/${environment}/${name}`,
    member: {
      // As Aurora: a primary port that the task does not have is announced as 0.
      serviceEndpoint: { host, port: ports.get(announce.primary_port) ?? 0 },
      additionalEndpoints: Object.fromEntries(additional),
      status: 'ALIVE',
      shard: instance.instance,
    },
  };
}

function lifecycleOf({ lifecycle }: MesosTaskInstance, ports: Ports): LaunchPlan['lifecycle'] {
  const http = lifecycle?.http;
  const port = http === undefined ? undefined : ports.get(http.port);
  return http === undefined || port === undefined ? null : { port, http };
}
