import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import type { Log } from '@murmur/service';
import type { Containerizer } from '../containerizer/types.js';
import { HttpError, emptyAnswer, jsonAnswer } from '../http/answer.js';
import type { Route } from '../http/server.js';
import { mesosName } from '../options/flags-core.js';
import { parseDurationMs } from '../options/duration-core.js';
import type { Agent } from './agent.js';
import { legacyContainer, listContainers } from './containers.js';
import type { AgentFileCalls } from './files.js';
import { VERSION_INFO, renderState } from './legacy-core.js';
import type { MasterClient } from './master-client.js';
import { renderAgentMetrics } from './metrics-core.js';
import { agentOptions, type AgentOptions } from './options.js';
import { operatorRoute } from './operator-api.js';

export interface EndpointTools {
  readonly agent: Agent;
  readonly containerizer: Containerizer;
  readonly client: MasterClient;
  readonly options: AgentOptions;
  readonly startedMs: number;
  readonly recoveryMs: () => number;
  readonly pid: string;
  readonly files: AgentFileCalls;
  readonly log: Log;
}

/** The operator's endpoints of an agent; `/slave(1)/...` are aliases that the server adds. */
export function agentRoutes(tools: EndpointTools): readonly Route[] {
  const { agent, containerizer } = tools;
  const get = (path: string, answer: Extract<Route, { methods: unknown }>['answer']): Route => ({
    path,
    methods: ['GET'],
    answer,
  });
  const containers = (full: boolean) => async () => {
    const all = await listContainers(agent, containerizer);
    return jsonAnswer(all.map((each) => legacyContainer(agent, each, full)));
  };
  return [
    get('/health', () => emptyAnswer()),
    get('/version', () => jsonAnswer(VERSION_INFO)),
    get('/flags', () => jsonAnswer({ flags: flagsOf(tools.options) })),
    get('/state', () => jsonAnswer(stateOf(tools))),
    get('/containers', containers(true)),
    get('/monitor/statistics', containers(false)),
    get('/monitor/statistics.json', containers(false)),
    get('/metrics/snapshot', ({ query }) => {
      checkTimeout(query.get('timeout'));
      return jsonAnswer(metricsOf(tools));
    }),
    operatorRoute(tools),
  ];
}

/** `?timeout=1secs` is accepted as Mesos does; nothing here takes that long. Throws HttpError 400 for nonsense. */
function checkTimeout(text: string | null): void {
  if (text === null) return;
  try {
    parseDurationMs(text);
  } catch (error) {
    throw new HttpError(400, error instanceof Error ? error.message : 'timeout is no duration');
  }
}

function stateOf({ agent, client, startedMs, pid, options }: EndpointTools): Record<string, unknown> {
  const leader = client.connected();
  return renderState(agent.state, {
    startedMs,
    pid,
    masterHostname: leader?.host ?? '',
    flags: flagsOf(options),
  });
}

/** Flags as text, by Mesos's spelling. */
export function flagsOf(options: AgentOptions): Record<string, string> {
  const names = Object.keys(agentOptions) as (keyof AgentOptions)[];
  return Object.fromEntries(names.map((name) => [mesosName(name), String(options[name])]));
}

export function metricsOf({ agent, client, startedMs, recoveryMs }: EndpointTools): Record<string, number> {
  return renderAgentMetrics(agent.state, {
    nowMs: Date.now(),
    startedMs,
    recoveryMs: recoveryMs(),
    registered: client.connected() !== null,
    refusedMessages: client.refused(),
    system: {
      cpus: availableParallelism(),
      load: loadavg(),
      totalBytes: totalmem(),
      freeBytes: freemem(),
    },
  });
}
