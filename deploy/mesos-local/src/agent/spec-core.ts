import { printDurationMs, type Environment } from '@murmur/engine';
import type { ContainerSpec } from '../containerizer/types.js';
import { argvOf } from './command-core.js';
import { millis, type AgentState, type Framework, type Run } from './model-core.js';
import { runPath, sandboxOf } from './paths-core.js';
import { runLimits, runResources } from './run-resources-core.js';

/** What of the agent itself a container is told or gets. */
export interface SpecContext {
  /** `ip:port` of the agent. */
  readonly endpoint: string;
  /** `slave(1)@ip:port`. */
  readonly pid: string;
  readonly recoveryTimeoutMs: number;
  readonly switchUser: boolean;
  /** Null where executors are not authenticated. */
  readonly token: string | null;
  readonly logSizeMax: number;
  readonly logFilesMax: number;
}

/** What PATH is where nobody sets one; nothing of the agent's own environment is inherited. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Upper bound of what an executor waits before it subscribes again, as Mesos tells it. */
const SUBSCRIPTION_BACKOFF_MAX_MS = 2_000;

/** The container of a run. */
export function containerSpec(
  state: AgentState,
  framework: Framework,
  run: Run,
  context: SpecContext,
): ContainerSpec {
  const command = run.info.command ?? {};
  return {
    containerId: run.containerId,
    sandbox: sandboxOf(state, run),
    metaFolder: `${state.settings.workDir}/meta/${runPath(state, run)}`,
    argv: argvOf(command),
    env: { ...executorEnvironment(state, framework, run, context), ...variablesOf(command.environment) },
    user: context.switchUser ? (command.user ?? framework.info.user) : null,
    uris: command.uris ?? [],
    resources: runResources(run),
    limits: runLimits(run),
    logSizeMax: context.logSizeMax,
    logFilesMax: context.logFilesMax,
  };
}

/** As Mesos sets it; a command task gets it too, since there the command inherits it from its executor. */
export function executorEnvironment(
  state: AgentState,
  framework: Framework,
  run: Run,
  context: SpecContext,
): Record<string, string> {
  const checkpoint = framework.info.checkpoint === true;
  const graceMs = millis(run.info.shutdown_grace_period) ?? state.settings.shutdownGraceMs;
  const sandbox = sandboxOf(state, run);
  return {
    PATH: DEFAULT_PATH,
    LIBPROCESS_IP: state.settings.ip,
    LIBPROCESS_PORT: '0',
    MESOS_AGENT_ENDPOINT: context.endpoint,
    MESOS_CHECKPOINT: checkpoint ? '1' : '0',
    MESOS_DIRECTORY: sandbox,
    MESOS_EXECUTOR_ID: run.executorId,
    MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: printDurationMs(graceMs),
    MESOS_FRAMEWORK_ID: run.frameworkId,
    MESOS_HTTP_COMMAND_EXECUTOR: '1',
    MESOS_SANDBOX: sandbox,
    MESOS_SLAVE_ID: state.info.id?.value ?? '',
    MESOS_SLAVE_PID: context.pid,
    ...(checkpoint
      ? {
          MESOS_RECOVERY_TIMEOUT: printDurationMs(context.recoveryTimeoutMs),
          MESOS_SUBSCRIPTION_BACKOFF_MAX: printDurationMs(SUBSCRIPTION_BACKOFF_MAX_MS),
        }
      : {}),
    ...(context.token === null ? {} : { MESOS_EXECUTOR_AUTHENTICATION_TOKEN: context.token }),
  };
}

/** Variables of a CommandInfo; a secret by value is a variable like any other (one by reference is refused earlier). */
export function variablesOf(environment: Environment | undefined): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const { name, value, secret } of environment?.variables ?? []) {
    const hidden = secret?.value?.data;
    variables[name] = hidden === undefined ? (value ?? '') : Buffer.from(hidden, 'base64').toString('utf8');
  }
  return variables;
}
