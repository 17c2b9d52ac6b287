import { isIP } from 'node:net';
import { createDetector, type AgentInfo } from '@murmur/engine';
import { createMetrics, StartError, type Log, type Metrics, type RunningService } from '@murmur/service';
import {
  createContainerizer,
  IsolationError,
  openIsolation,
  type Isolation,
} from '../containerizer/index.js';
import type { Containerizer } from '../containerizer/types.js';
import type { Fetcher } from '../fetcher/index.js';
import { createServer, type MesosServer } from '../http/server.js';
import { listenAt } from '../options/listen.js';
import { toggledLog, type ToggledLog } from '../options/logging.js';
import { takeWorkDir } from '../options/work-dir.js';
import { Agent } from './agent.js';
import { incompatible, type ReconfigurationPolicy } from './compatible-core.js';
import { cgroupsRootOf, resourcesOf } from './detect.js';
import { agentRoutes } from './endpoints.js';
import { executorRoute } from './executor-api.js';
import { executorTokens, type ExecutorTokens } from './executor-tokens.js';
import { addAgentMetrics } from './agent-metrics.js';
import { agentFiles, type AgentFiles } from './files.js';
import { createHealthChecks } from './health-checks.js';
import { helloOf } from './hello-core.js';
import { MasterClient } from './master-client.js';
import { openMeta, readStored, type Meta, type StoredAgent } from './meta.js';
import { newState, type AgentSettings, type AgentState } from './model-core.js';
import { agentValues, type AgentValues } from './option-values.js';
import type { AgentOptions } from './options.js';
import { cleanUp, recover } from './recover.js';
import { containerSpec } from './spec-core.js';
import { withSpeed } from './speed-core.js';
import { measureSpeed } from './speed.js';

export interface AgentStartTools {
  readonly log: Log;
  /** Called by `/quitquitquit`, and when the master wants the agent gone. */
  readonly quit?: () => void;
  readonly abort?: () => void;
}

export interface RunningAgent extends RunningService {
  /** Null until a master gave one. */
  agentId(): string | null;
  /** For tests. */
  readonly state: AgentState;
}

/** How often containers and logs are looked at, ms. */
const WATCH_INTERVAL_MS = 250;
const LOG_ROTATE_INTERVAL_MS = 2_000;

/**
 * Starts an agent. It recovers what an earlier process left in its work dir, listens, and registers at the master as soon as
 * there is one. `stop` lets executors and tasks live; the next agent of the same work dir finds them again. Rejects with
 * OptionError for a value that is not allowed, StartError when this machine does not have what is asked for.
 */
export async function startAgent(options: AgentOptions, tools: AgentStartTools): Promise<RunningAgent> {
  const values = agentValues(options);
  const workDir = takeWorkDir(options.workDir, 'agent');
  const logging = toggledLog(tools.log);
  const free = (): void => {
    logging.close();
    workDir.release();
  };
  try {
    const agent = await listenAndStart(
      options,
      values,
      { ...tools, log: logging.log },
      workDir.folder,
      logging,
    );
    return { ...agent, stop: () => agent.stop().finally(free) };
  } catch (error) {
    free();
    throw error;
  }
}

async function listenAndStart(
  options: AgentOptions,
  values: AgentValues,
  tools: AgentStartTools,
  workDir: string,
  logging: ToggledLog,
): Promise<RunningAgent> {
  const { log } = tools;
  const nothing = (): void => undefined;
  const registry = createMetrics();
  const server = createServer({
    name: 'slave(1)',
    log,
    metrics: registry,
    clusterKey: values.clusterKey,
    onQuit: tools.quit ?? nothing,
    onAbort: tools.abort ?? nothing,
  });
  const port = await listenAt(server, options.port, options.ip);
  try {
    const started = await start({ options, values, tools, logging, workDir, server, port, registry });
    return { port, ...started };
  } catch (error) {
    await server.close(0);
    throw error;
  }
}

interface Starting {
  readonly options: AgentOptions;
  readonly values: AgentValues;
  readonly tools: AgentStartTools;
  readonly logging: ToggledLog;
  readonly workDir: string;
  readonly server: MesosServer;
  readonly port: number;
  readonly registry: Metrics;
}

async function start(starting: Starting): Promise<Omit<RunningAgent, 'port'>> {
  const { options, values, tools, workDir, server, port } = starting;
  const { log } = tools;
  const { clusterKey, durations } = values;
  const meta = openMeta(workDir);
  const settings: AgentSettings = { ...durations, workDir, ip: options.ip };
  const { state, stored } = readState(starting, meta, settings);
  addAgentMetrics(starting.registry, state);
  const files = agentFiles({ options, durations, workDir, state, log });
  const containerizer = makeContainerizer(starting, files.fetcher);
  const tokens = options.authenticateHttpExecutors ? executorTokens(meta) : null;
  const pid = `slave(1)@${options.ip}:${port}`;
  const leaders = createDetector(options.master, log, durations.zkSessionTimeoutMs);
  const client = new MasterClient({
    leaders,
    clusterKey,
    hello: () => helloOf(state, pid),
    onMessage: (message) => {
      agent.dispatch({ kind: 'master', message });
    },
    onLost: () => {
      agent.dispatch({ kind: 'master-lost' });
    },
    log,
    random: Math.random,
  });
  const agent = makeAgent(starting, state, { meta, containerizer, client, tokens, pid, files });
  const startedMs = Date.now();
  let recoveredMs = startedMs;
  let phase: 'recovering' | 'ready' = 'recovering';
  server.add(
    executorRoute({ agent, tokens, phase: () => phase, log }),
    ...agentRoutes({
      agent,
      containerizer,
      client,
      options,
      startedMs,
      recoveryMs: () => recoveredMs - startedMs,
      pid,
      files: files.calls,
      logging: starting.logging,
      log,
    }),
    ...files.routes,
  );
  await recover(agent, containerizer, meta, stored, log);
  phase = 'ready';
  recoveredMs = Date.now();
  if (options.recover === 'cleanup') await cleanUp(agent, { containerizer, client, meta }, tools);
  else client.start();
  files.start();
  const stop = async (): Promise<void> => {
    await client.close();
    await leaders.close();
    agent.close();
    await server.close(options.graceMs);
    await files.close();
    await containerizer.detach();
  };
  let stopping: Promise<void> | null = null;
  return { state, agentId: () => state.info.id?.value ?? null, stop: () => (stopping ??= stop()) };
}

function makeContainerizer({ options, values, tools, workDir }: Starting, fetcher: Fetcher): Containerizer {
  const { log } = tools;
  const cgroupsRoot = cgroupsRootOf(options.cgroupsRoot, workDir);
  return createContainerizer({
    isolation: isolationOf(values.isolators, cgroupsRoot, log),
    cgroupsRoot,
    fetcher,
    enableCfs: options.cgroupsEnableCfs,
    enforceDiskQuota: options.enforceContainerDiskQuota,
    switchUser: options.switchUser,
    diskWatchIntervalMs: values.durations.containerDiskWatchIntervalMs,
    logRotateIntervalMs: LOG_ROTATE_INTERVAL_MS,
    watchIntervalMs: WATCH_INTERVAL_MS,
    log,
    now: Date.now,
  });
}

/** Throws StartError when the machine has no cgroups that this process can write. */
function isolationOf(names: readonly string[], cgroupsRoot: string, log: Log): Isolation {
  try {
    return openIsolation(names, cgroupsRoot, log);
  } catch (error) {
    if (error instanceof IsolationError) throw new StartError(`--${error.message}`, { cause: error });
    throw error;
  }
}

interface AgentParts {
  readonly meta: Meta;
  readonly containerizer: Containerizer;
  readonly client: MasterClient;
  readonly tokens: ExecutorTokens | null;
  readonly pid: string;
  readonly files: AgentFiles;
}

function makeAgent(
  { options, values, tools, port }: Starting,
  state: AgentState,
  { meta, containerizer, client, tokens, pid, files }: AgentParts,
): Agent {
  const { recoveryTimeoutMs } = values.durations;
  const agent: Agent = new Agent(state, {
    log: tools.log,
    containerizer,
    meta,
    now: Date.now,
    onSandbox: files.attach,
    specOf: (framework, run) =>
      containerSpec(state, framework, run, {
        endpoint: `${options.ip}:${port}`,
        pid,
        recoveryTimeoutMs,
        switchUser: options.switchUser,
        token: tokens?.of(run) ?? null,
        logSizeMax: options.maxLogSize,
        logFilesMax: options.maxLogFiles,
      }),
    toMaster: (message) => {
      client.send(message);
    },
    collect: files.collect,
    onShutdown: (reason) => {
      tools.log.error({ reason }, 'agent: the master wants this agent gone');
      void cleanUp(agent, { containerizer, client, meta }, tools);
    },
    healthChecks: (result) => createHealthChecks(tools.log, result),
  });
  return agent;
}

/** What the earlier process left, or a state that begins. Throws when this agent must not take the old one's place. */
function readState(
  { options, values, tools, workDir, port }: Starting,
  meta: Meta,
  settings: AgentSettings,
): { readonly state: AgentState; readonly stored: StoredAgent | null } {
  const stored = readStored(meta, tools.log);
  const known = stored?.info.id === undefined ? null : (stored.info.attributes ?? []);
  const info: AgentInfo = {
    hostname: options.hostname !== '' ? options.hostname : hostnameOf(options.ip),
    port,
    resources: resourcesOf(values.resources, options.defaultRole, workDir),
    attributes: withSpeed(values.attributes, known, options.speed ? measureSpeed : null),
  };
  const state = newState(info, settings);
  if (stored?.info.id === undefined) return { state, stored: null };
  if (options.recover === 'reconnect') {
    const policy = options.reconfigurationPolicy as ReconfigurationPolicy; // its choices allow no other
    const problem = incompatible(stored.info, info, policy);
    if (problem !== null) throw new StartError(`cannot go on as agent ${stored.info.id.value}: ${problem}`);
  }
  state.info = { ...info, id: stored.info.id };
  state.resources = stored.resources ?? state.resources;
  state.counters.recoveryErrors = stored.errors;
  return { state, stored };
}

function hostnameOf(ip: string): string {
  return isIP(ip) !== 0 && !ip.startsWith('127.') && ip !== '::1' ? ip : 'localhost';
}
