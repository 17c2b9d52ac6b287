import { parseDurationMs } from '@murmur/engine';
import { HttpError, emptyAnswer, jsonAnswer } from '../http/answer.js';
import type { Route } from '../http/server.js';
import { legacyContainer, listContainers } from './containers.js';
import { VERSION_INFO, renderState } from './legacy-core.js';
import { operatorRoute } from './operator-api.js';
import { flagsOf, metricsOf, type EndpointTools } from './reports.js';

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
    masterHostname: leader === null ? '' : new URL(leader).hostname,
    flags: flagsOf(options),
  });
}
