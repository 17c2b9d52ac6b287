import { randomUUID } from 'node:crypto';
import { createDetector, type MasterDetector, type TaskState } from '@murmur/engine';
import { silentLog, type Log } from '@murmur/service';
import { nextTimer } from '../agent/decide-core.js';
import { helloOf } from '../agent/hello-core.js';
import { MasterClient } from '../agent/master-client.js';
import type { AgentEvent } from '../agent/effects-core.js';
import type { AgentState } from '../agent/model-core.js';
import { simulate, simulatedState } from './agent-core.js';
import { statusOf } from './container-core.js';

export interface SimulationOptions {
  /** `host:port`, or `zk://host:port/path`. */
  readonly master: string;
  readonly count: number;
  /** Empty = none is shown. */
  readonly clusterKey: string;
  /** Of every agent, in the form of `--resources`; '' = five unlike sizes. */
  readonly resources: string;
  readonly zkSessionTimeoutMs: number;
  readonly log: Log;
}

export interface RunningSimulation {
  /** How many a master has taken. */
  subscribed(): number;
  /** For tests. */
  readonly states: readonly AgentState[];
  /** Ids of the tasks that run, on all agents; one that ran twice would be in it twice. */
  running(): readonly string[];
  /** Ends a task that runs as if its process had; false when it does not run. */
  end(taskId: string, state: 'TASK_FINISHED' | 'TASK_FAILED'): boolean;
  stop(): Promise<void>;
}

/** Agents begin to subscribe in batches, since a thousand connections in one moment overflow a server's backlog. */
const START_BATCH = 100;
const START_INTERVAL_MS = 20;
/** How often resends and other timers of all agents are looked at, ms. */
const TICK_MS = 1_000;
/** In their pid and info; nobody listens there. */
const AGENT_PORT = 5051;
/** The log's message once every agent was taken, with `ms` since the start. */
export const ALL_SUBSCRIBED = 'simulation: all subscribed';

/**
 * Starts `count` agents in this process that speak to the master as real ones do (hello, updates until acknowledged, pongs,
 * kills) and run nothing: each task that they are given runs at once, in imagination. For measuring and testing masters.
 */
export function startSimulatedAgents(options: SimulationOptions): RunningSimulation {
  const { log } = options;
  // A thousand agents would each tell of their subscription.
  const quiet: Log = { ...silentLog(), warn: log.warn.bind(log), error: log.error.bind(log) };
  const taken = new Set<number>();
  const startedMs = Date.now();
  const onSubscribed = (index: number): void => {
    if (taken.has(index)) return;
    taken.add(index);
    if (taken.size < options.count) return;
    log.info({ agents: options.count, ms: Date.now() - startedMs }, ALL_SUBSCRIBED);
  };
  const leaders = createDetector(options.master, log, options.zkSessionTimeoutMs);
  const agents = Array.from({ length: options.count }, (_, index) =>
    startAgent(index, options, { leaders, quiet, onSubscribed }),
  );
  let begun = 0;
  const begin = (): void => {
    for (const { client } of agents.slice(begun, begun + START_BATCH)) client.start();
    begun += START_BATCH;
    if (begun >= agents.length) clearInterval(starting);
  };
  const starting = setInterval(begin, START_INTERVAL_MS);
  begin();
  const ticking = setInterval(() => {
    const now = Date.now();
    for (const { state, dispatch } of agents) {
      if ((nextTimer(state) ?? Infinity) <= now) dispatch({ kind: 'tick' });
    }
  }, TICK_MS);
  log.info({ agents: options.count, master: options.master }, 'simulation: started');
  return {
    states: agents.map(({ state }) => state),
    running: () => agents.flatMap(({ state }) => runningOn(state).map(([taskId]) => taskId)),
    end: (taskId, ended) => agents.some((agent) => endOn(agent, taskId, ended)),
    subscribed: () => agents.filter(({ client }) => client.connected() !== null).length,
    stop: async () => {
      clearInterval(starting);
      clearInterval(ticking);
      await Promise.all(agents.map(({ client }) => client.close()));
      await leaders.close();
    },
  };
}

/** Ids of the tasks that were started and have not ended, with their containers. */
function runningOn({ runs }: AgentState): readonly (readonly [string, string])[] {
  return [...runs.values()].flatMap(({ containerId, tasks }) =>
    [...tasks.values()].flatMap((task) =>
      task.phase === 'launched' ? [[task.info.task_id.value, containerId] as const] : [],
    ),
  );
}

function endOn({ state, dispatch }: SimulatedAgent, taskId: string, ended: TaskState): boolean {
  const [, containerId] = runningOn(state).find(([id]) => id === taskId) ?? [];
  if (containerId === undefined) return false;
  const status = statusOf(taskId, ended, { now: Date.now(), uuid: randomUUID });
  dispatch({ kind: 'update', containerId, status });
  return true;
}

interface SimulatedAgent {
  readonly state: AgentState;
  readonly client: MasterClient;
  readonly dispatch: (event: AgentEvent) => void;
}

function startAgent(
  index: number,
  { clusterKey, resources, log }: SimulationOptions,
  shared: {
    readonly leaders: MasterDetector;
    readonly quiet: Log;
    readonly onSubscribed: (index: number) => void;
  },
): SimulatedAgent {
  const state = simulatedState({ index, resources, port: AGENT_PORT });
  const pid = `slave(${String(index + 1)})@127.0.0.1:${String(AGENT_PORT)}`;
  const dispatch = (event: AgentEvent): void => {
    const { messages, shutdown } = simulate(state, event, { now: Date.now(), uuid: randomUUID });
    for (const message of messages) client.send(message);
    if (shutdown === null) return;
    log.warn({ agent: state.info.id?.value, reason: shutdown }, 'simulation: the master wants an agent gone');
    void client.close();
  };
  const client = new MasterClient({
    leaders: shared.leaders,
    clusterKey,
    hello: () => helloOf(state, pid),
    onMessage: (message) => {
      if (message.type === 'SUBSCRIBED') shared.onSubscribed(index);
      dispatch({ kind: 'master', message });
    },
    onLost: () => {
      dispatch({ kind: 'master-lost' });
    },
    log: shared.quiet,
    random: Math.random,
  });
  return { state, client, dispatch };
}
