import { AgentCall, AgentResponse, encode, type AgentCallType } from '@murmur/engine';
import { HttpError, emptyAnswer, jsonTextAnswer, textAnswer, type HttpAnswer } from '../http/answer.js';
import { checkAccept, readCall } from '../http/call.js';
import type { Route } from '../http/server.js';
import { getExecutors, getFrameworks, getState, getTasks } from './api-core.js';
import { listContainers } from './containers.js';
import { flagsOf, metricsOf, type EndpointTools } from './reports.js';
import { VERSION_INFO } from './legacy-core.js';

/** Of a call, bytes. */
const CALL_BYTES_MAX = 64 * 1024;
const NS_PER_MS = 1e6;

/** `POST /api/v1`: what an operator asks an agent. Calls that this agent has nothing for are 501. */
export function operatorRoute(tools: EndpointTools): Route {
  return {
    path: '/api/v1',
    methods: ['POST'],
    answer: async ({ raw }) => {
      const call = await readCall(raw, AgentCall, CALL_BYTES_MAX);
      const wrong = validate(call);
      if (wrong !== null) throw new HttpError(400, `Failed to validate agent::Call: ${wrong}`);
      checkAccept(raw);
      return answer(tools, call);
    },
  };
}

function validate(call: AgentCall): string | null {
  if (call.type === undefined) return "Expecting 'type' to be present";
  if (call.type === 'LIST_FILES' && call.list_files === undefined)
    return "Expecting 'list_files' to be present";
  if (call.type === 'READ_FILE' && call.read_file === undefined) return "Expecting 'read_file' to be present";
  if (call.type === 'SET_LOGGING_LEVEL' && call.set_logging_level === undefined)
    return "Expecting 'set_logging_level' to be present";
  return null;
}

async function answer(tools: EndpointTools, call: AgentCall): Promise<HttpAnswer> {
  const response = (await fromMachine(tools, call)) ?? FROM_STATE[call.type ?? 'UNKNOWN']?.(tools) ?? null;
  if (response !== null) return jsonTextAnswer(encode(AgentResponse, response));
  if (call.type === 'SET_LOGGING_LEVEL') {
    const { level, duration } = call.set_logging_level ?? {};
    tools.logging.set(level ?? 0, (duration?.nanoseconds ?? 0) / NS_PER_MS);
    return emptyAnswer();
  }
  return textAnswer(501, `A call of type ${call.type ?? 'UNKNOWN'} is not implemented`);
}

type Ask = (tools: EndpointTools) => AgentResponse;

const FROM_STATE: Readonly<Partial<Record<AgentCallType, Ask>>> = {
  GET_HEALTH: () => ({ type: 'GET_HEALTH', get_health: { healthy: true } }),
  GET_FLAGS: ({ options }) => ({
    type: 'GET_FLAGS',
    get_flags: { flags: Object.entries(flagsOf(options)).map(([name, value]) => ({ name, value })) },
  }),
  GET_VERSION: () => ({ type: 'GET_VERSION', get_version: { version_info: VERSION_INFO } }),
  GET_METRICS: (tools) => ({
    type: 'GET_METRICS',
    get_metrics: { metrics: Object.entries(metricsOf(tools)).map(([name, value]) => ({ name, value })) },
  }),
  GET_LOGGING_LEVEL: ({ logging }) => ({
    type: 'GET_LOGGING_LEVEL',
    get_logging_level: { level: logging.level() },
  }),
  GET_STATE: ({ agent }) => ({ type: 'GET_STATE', get_state: getState(agent.state) }),
  GET_FRAMEWORKS: ({ agent }) => ({ type: 'GET_FRAMEWORKS', get_frameworks: getFrameworks(agent.state) }),
  GET_EXECUTORS: ({ agent }) => ({ type: 'GET_EXECUTORS', get_executors: getExecutors(agent.state) }),
  GET_TASKS: ({ agent }) => ({ type: 'GET_TASKS', get_tasks: getTasks(agent.state) }),
  GET_AGENT: ({ agent }) => ({ type: 'GET_AGENT', get_agent: { agent_info: agent.state.info } }),
};

/** Answers that have to be looked up. */
async function fromMachine(tools: EndpointTools, call: AgentCall): Promise<AgentResponse | null> {
  if (call.type === 'GET_CONTAINERS') {
    const containers = await listContainers(tools.agent, tools.containerizer);
    return { type: 'GET_CONTAINERS', get_containers: { containers } };
  }
  if (call.type === 'LIST_FILES' && call.list_files !== undefined) {
    return { type: 'LIST_FILES', list_files: { file_infos: await tools.files.list(call.list_files.path) } };
  }
  if (call.type === 'READ_FILE' && call.read_file !== undefined) {
    const { path, offset, length } = call.read_file;
    return { type: 'READ_FILE', read_file: await tools.files.read(path, offset, length ?? null) };
  }
  return null;
}
