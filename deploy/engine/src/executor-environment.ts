import { DURATION_PATTERN, parseDurationMs } from './duration-core.js';

/** What the agent tells an executor in its environment. Durations in ms. */
export interface ExecutorEnvironment {
  readonly frameworkId: string;
  readonly executorId: string;
  /** The agent's id; empty where the agent does not say. */
  readonly agentId: string;
  /** Of the agent, `http://ip:port`. */
  readonly origin: string;
  /** The sandbox as the agent sees it. */
  readonly directory: string;
  /** The sandbox as the executor sees it: another path when the container has an image. */
  readonly sandbox: string;
  /** Whether the executor outlives its agent. */
  readonly checkpoint: boolean;
  /** From losing the agent until giving up; with `checkpoint` only. */
  readonly recoveryTimeoutMs: number;
  /** A try to subscribe again comes after a random part of this. */
  readonly subscriptionBackoffMaxMs: number;
  /** From the SHUTDOWN event until the agent destroys the container. */
  readonly shutdownGraceMs: number;
  /** Sent as `Authorization: Bearer`; empty = none. */
  readonly token: string;
}

export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

const DEFAULTS = { recovery: '15mins', backoff: '2secs', grace: '5secs' } as const;

/** Reads the `MESOS_*` variables. Throws an EnvironmentError that names every variable that is missing or cannot be used. */
export function readExecutorEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): ExecutorEnvironment {
  const problems: string[] = [];
  const text = (name: string): string => {
    const value = env[name] ?? '';
    if (value === '') problems.push(`${name} is missing`);
    return value;
  };
  const duration = (name: string, fallback: string): number => {
    const value = env[name] ?? fallback;
    if (DURATION_PATTERN.test(value)) return parseDurationMs(value);
    problems.push(`${name} is "${value}", allowed is a duration such as 5secs or 15mins`);
    return 0;
  };
  const directory = text('MESOS_DIRECTORY');
  const environment: ExecutorEnvironment = {
    frameworkId: text('MESOS_FRAMEWORK_ID'),
    executorId: text('MESOS_EXECUTOR_ID'),
    agentId: env['MESOS_SLAVE_ID'] ?? '',
    origin: originOf(env, problems),
    directory,
    sandbox: env['MESOS_SANDBOX'] ?? directory,
    checkpoint: ['1', 'true'].includes(env['MESOS_CHECKPOINT'] ?? ''),
    recoveryTimeoutMs: duration('MESOS_RECOVERY_TIMEOUT', DEFAULTS.recovery),
    subscriptionBackoffMaxMs: duration('MESOS_SUBSCRIPTION_BACKOFF_MAX', DEFAULTS.backoff),
    shutdownGraceMs: duration('MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD', DEFAULTS.grace),
    token: env['MESOS_EXECUTOR_AUTHENTICATION_TOKEN'] ?? '',
  };
  if (problems.length > 0) throw new EnvironmentError(`not started by an agent: ${problems.join('; ')}`);
  return environment;
}

/** `MESOS_AGENT_ENDPOINT` is `ip:port`; older agents say only `MESOS_SLAVE_PID`, `slave(1)@ip:port`. */
function originOf(env: Readonly<Record<string, string | undefined>>, problems: string[]): string {
  const endpoint = env['MESOS_AGENT_ENDPOINT'] ?? (env['MESOS_SLAVE_PID'] ?? '').replace(/^.*@/, '');
  if (/^(\[[0-9a-fA-F:.]+\]|[^:/\s]+):\d{1,5}$/.test(endpoint)) return `http://${endpoint}`;
  problems.push(`MESOS_AGENT_ENDPOINT is "${endpoint}", allowed is ip:port`);
  return '';
}
