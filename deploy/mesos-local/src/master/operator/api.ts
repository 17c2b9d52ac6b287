import {
  encode,
  MaintenanceClusterStatus,
  MaintenanceSchedule,
  MasterCall,
  MasterInfo,
  MasterResponseGetRoles,
  WeightInfo,
  type MasterCallType,
} from '@murmur/engine';
import { emptyAnswer, HttpError, jsonTextAnswer, textAnswer, type HttpAnswer } from '../../http/answer.js';
import { checkAccept, readCall } from '../../http/call.js';
import { asciiJson } from '../../http/route-core.js';
import type { HttpRequest } from '../../http/server.js';
import { NOT_IMPLEMENTED, validateMasterCall } from './api-core.js';
import { actionAnswer, leadingOf, type Leading, type OperatorContext } from './context.js';
import { metricFacts } from './facts.js';
import { seconds } from '../../legacy/render-core.js';
import { renderMaintenanceStatus, renderSchedule } from './maintenance-core.js';
import { renderMetrics } from './metrics-core.js';
import { getRoles, weightInfos } from './roles-core.js';
import { getAgents, getExecutors, getFrameworks, getState, getTasks, object } from './v1-core.js';

const NS_PER_MS = 1_000_000;
const NS_PER_S = 1_000_000_000;
/** What a message without content looks like. */
const EMPTY_JSON = '{}';

/** `POST /api/v1`: the operator API. Codes and texts as in Mesos; what is not done here is 501. */
export async function answerApi(context: OperatorContext, request: HttpRequest): Promise<HttpAnswer> {
  const call = await readCall(request.raw, MasterCall);
  const problem = validateMasterCall(call);
  if (problem !== null) throw new HttpError(400, `Failed to validate master::Call: ${problem}`);
  checkAccept(request.raw);
  const type = call.type ?? 'UNKNOWN';
  if (type === 'UNKNOWN' || NOT_IMPLEMENTED.has(type))
    return textAnswer(501, `${type} is not supported by this master`);
  const leading = leadingOf(context);
  if (type === 'SUBSCRIBE')
    return {
      status: 200,
      stream: (response) => {
        leading.subscribers.open(response);
      },
    };
  const read = READERS[type];
  if (read === undefined) return (ACTIONS[type] ?? notFound)(context, leading, call);
  return jsonTextAnswer(
    object({ type: JSON.stringify(type), [type.toLowerCase()]: read(leading, context, call) }),
  );
}

type Reader = (leading: Leading, context: OperatorContext, call: MasterCall) => string;
type Action = (
  context: OperatorContext,
  leading: Leading,
  call: MasterCall,
) => HttpAnswer | Promise<HttpAnswer>;

/** The sub-messages of GET_* answers, as text. */
const READERS: Partial<Record<MasterCallType, Reader>> = {
  GET_HEALTH: () => '{"healthy":true}',
  GET_FLAGS: (_leading, { facts }) => pairs('flags', Object.entries(facts.flags)),
  GET_VERSION: (_leading, { facts }) => object({ version_info: asciiJson(facts.version) }),
  GET_METRICS: (leading) => pairs('metrics', Object.entries(metricsOf(leading))),
  GET_LOGGING_LEVEL: (_leading, { logging }) => asciiJson({ level: logging.level() }),
  GET_STATE: ({ master }) => getState(master.state),
  GET_AGENTS: ({ master }) => getAgents(master.state),
  GET_FRAMEWORKS: ({ master }) => getFrameworks(master.state),
  GET_EXECUTORS: ({ master }) => getExecutors(master.state),
  GET_OPERATIONS: () => EMPTY_JSON,
  GET_TASKS: ({ master }) => getTasks(master.state),
  GET_ROLES: ({ master }) => encode(MasterResponseGetRoles, getRoles(master.state)),
  GET_WEIGHTS: ({ master }) => {
    const infos = weightInfos(master.state).map((each) => encode(WeightInfo, each));
    return object({ weight_infos: `[${infos.join(',')}]` });
  },
  GET_MASTER: ({ master: { state } }) =>
    object({
      master_info: encode(MasterInfo, state.info),
      start_time: asciiJson(seconds(state.startedAt)),
      elected_time: asciiJson(seconds(state.electedAt)),
    }),
  GET_MAINTENANCE_STATUS: ({ master }) =>
    object({ status: encode(MaintenanceClusterStatus, renderMaintenanceStatus(master.state)) }),
  GET_MAINTENANCE_SCHEDULE: ({ master }) =>
    object({ schedule: encode(MaintenanceSchedule, renderSchedule(master.state)) }),
  GET_QUOTA: () => object({ status: EMPTY_JSON }),
};

function metricsOf({ master, registry, subscribers }: Leading): Record<string, number> {
  return renderMetrics(master.state, metricFacts(master, registry, subscribers.count()));
}

function pairs(name: string, entries: readonly (readonly [string, string | number])[]): string {
  return object({ [name]: asciiJson(entries.map(([key, value]) => ({ name: key, value }))) });
}

/** LIST_FILES, READ_FILE: the log goes to the standard output, so there is no file to show. */
const notFound: Action = () => emptyAnswer(404);

/** What changes something. `validateMasterCall` has seen to it that the sub-message is there. */
const ACTIONS: Partial<Record<MasterCallType, Action>> = {
  SET_LOGGING_LEVEL: ({ logging }, _leading, { set_logging_level }) => {
    logging.set(set_logging_level?.level ?? 0, (set_logging_level?.duration.nanoseconds ?? 0) / NS_PER_MS);
    return emptyAnswer();
  },
  TEARDOWN: (_context, { master }, { teardown }) =>
    actionAnswer(master.teardown(teardown?.framework_id.value ?? '')),
  MARK_AGENT_GONE: async (_context, { master }, { mark_agent_gone }) =>
    actionAnswer(await master.markAgentGone(mark_agent_gone?.agent_id.value ?? '')),
  DRAIN_AGENT: async (_context, { master }, { drain_agent }) => {
    const grace = drain_agent?.max_grace_period;
    const config = {
      mark_gone: drain_agent?.mark_gone ?? false,
      ...(grace === undefined
        ? {}
        : { max_grace_period: { nanoseconds: (grace.seconds ?? 0) * NS_PER_S + (grace.nanos ?? 0) } }),
    };
    return actionAnswer(await master.drainAgent(drain_agent?.agent_id.value ?? '', config));
  },
  DEACTIVATE_AGENT: async (_context, { master }, { deactivate_agent }) =>
    actionAnswer(await master.deactivateAgent(deactivate_agent?.agent_id.value ?? '')),
  REACTIVATE_AGENT: async (_context, { master }, { reactivate_agent }) =>
    actionAnswer(await master.reactivateAgent(reactivate_agent?.agent_id.value ?? '')),
  UPDATE_WEIGHTS: async (_context, { master }, { update_weights }) =>
    actionAnswer(await master.updateWeights(update_weights?.weight_infos ?? [])),
  UPDATE_MAINTENANCE_SCHEDULE: async (_context, { master }, { update_maintenance_schedule }) =>
    actionAnswer(await master.updateMaintenanceSchedule(update_maintenance_schedule?.schedule ?? {})),
  START_MAINTENANCE: async (_context, { master }, { start_maintenance }) =>
    actionAnswer(await master.startMaintenance(start_maintenance?.machines ?? [])),
  STOP_MAINTENANCE: async (_context, { master }, { stop_maintenance }) =>
    actionAnswer(await master.stopMaintenance(stop_maintenance?.machines ?? [])),
};
