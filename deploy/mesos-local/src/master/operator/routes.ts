import {
  parseDurationMs,
  decode,
  DecodeError,
  MachineID,
  MaintenanceSchedule,
  parseJson,
  WeightInfo,
} from '@murmur/engine';
import {
  emptyAnswer,
  HttpError,
  jsonAnswer,
  readBody,
  textAnswer,
  type HttpAnswer,
} from '../../http/answer.js';
import type { HttpRequest, Route } from '../../http/server.js';
import type { MasterState } from '../state.js';
import { answerApi } from './api.js';
import { actionAnswer, leadingOf, NOT_HERE, REALM, type OperatorContext } from './context.js';
import { metricFacts } from './facts.js';
import { plain } from '../../legacy/render-core.js';
import { renderMaintenanceStatus, renderSchedule } from './maintenance-core.js';
import { renderMetrics } from './metrics-core.js';
import { renderRoles, weightInfos } from './roles-core.js';
import {
  renderFrameworks,
  renderSlaves,
  renderState,
  renderStateSummary,
  renderTasks,
  type Facts,
} from './state-core.js';
import { MaintenanceClusterStatus } from '@murmur/engine';

/** All operator endpoints of a master. */
export function operatorRoutes(context: OperatorContext): Route[] {
  return [
    ...stateRoutes(context),
    ...processRoutes(context),
    ...weightRoutes(context),
    ...actionRoutes(context),
  ];
}

function stateRoutes(context: OperatorContext): Route[] {
  const show = (
    path: string,
    render: (state: MasterState, query: URLSearchParams, facts: Facts) => unknown,
  ): Route => ({
    path,
    methods: ['GET'],
    gated: true,
    realm: REALM.readonly,
    answer: ({ query }) => jsonAnswer(render(leadingOf(context).master.state, query, context.facts)),
  });
  return [
    show('/state', (state, _query, facts) => renderState(state, facts)),
    show('/state.json', (state, _query, facts) => renderState(state, facts)),
    show('/state-summary', (state, _query, facts) => renderStateSummary(state, facts)),
    show('/slaves', renderSlaves),
    show('/frameworks', renderFrameworks),
    show('/tasks', renderTasks),
    show('/roles', renderRoles),
    show('/maintenance/status', (state) => plain(MaintenanceClusterStatus, renderMaintenanceStatus(state))),
    {
      path: '/quota',
      methods: ['GET', 'POST', 'DELETE'],
      gated: true,
      realm: REALM.readwrite,
      answer: ({ method }) => (method === 'GET' ? jsonAnswer({}) : textAnswer(501, NOT_HERE.quota)),
    },
  ];
}

/** Those that a master answers whether it leads or not. */
function processRoutes(context: OperatorContext): Route[] {
  const { facts } = context;
  const noFile = ({ query }: HttpRequest): HttpAnswer =>
    query.get('path') === null ? textAnswer(400, "Expecting 'path=value' in query.\n") : textAnswer(404, '');
  return [
    { path: '/health', methods: ['GET'], answer: () => emptyAnswer() },
    { path: '/version', methods: ['GET'], answer: () => jsonAnswer(facts.version) },
    {
      path: '/flags',
      methods: ['GET'],
      realm: REALM.readonly,
      answer: () => jsonAnswer({ flags: facts.flags }),
    },
    {
      path: '/metrics/snapshot',
      methods: ['GET'],
      realm: REALM.readonly,
      answer: () => {
        const current = context.current();
        if (current === null) return jsonAnswer({ 'master/elected': 0 });
        const { master, registry, subscribers } = current;
        return jsonAnswer(renderMetrics(master.state, metricFacts(master, registry, subscribers.count())));
      },
    },
    {
      path: '/logging/toggle',
      methods: ['GET', 'POST'],
      realm: REALM.readwrite,
      answer: ({ query }) => toggle(context, query),
    },
    // The log goes to the standard output: no file is to be seen.
    ...['browse', 'read', 'download'].map((name) => ({
      path: `/files/${name}`,
      methods: ['GET'],
      realm: REALM.readonly,
      answer: noFile,
    })),
    { path: '/files/debug', methods: ['GET'], realm: REALM.readonly, answer: () => jsonAnswer({}) },
  ];
}

function toggle(context: OperatorContext, query: URLSearchParams): HttpAnswer {
  const level = query.get('level');
  const duration = query.get('duration');
  if (level === null && duration === null) return textAnswer(200, `${context.logging.level()}\n`);
  if (duration === null) return textAnswer(400, "Expecting 'duration=value' in query.\n");
  if (level === null) return textAnswer(400, "Expecting 'level=value' in query.\n");
  if (!/^\d{1,3}$/.test(level)) return textAnswer(400, `Invalid level '${level}'.\n`);
  let durationMs: number;
  try {
    durationMs = parseDurationMs(duration);
  } catch (error) {
    return textAnswer(400, `${error instanceof Error ? error.message : String(error)}.\n`);
  }
  context.logging.set(Number(level), durationMs);
  return emptyAnswer();
}

function weightRoutes(context: OperatorContext): Route[] {
  return [
    {
      path: '/weights',
      methods: ['GET', 'PUT'],
      gated: true,
      realm: REALM.readwrite,
      answer: async (request) => {
        const { master } = leadingOf(context);
        if (request.method === 'GET') return jsonAnswer(weightInfos(master.state));
        const list = await readJson(request, 'weights', (json) =>
          listOf(json, 'weights').map((each) => decode(WeightInfo, each)),
        );
        return actionAnswer(await master.updateWeights(list));
      },
    },
    {
      path: '/maintenance/schedule',
      methods: ['GET', 'POST'],
      gated: true,
      realm: REALM.readwrite,
      answer: async (request) => {
        const { master } = leadingOf(context);
        if (request.method === 'GET')
          return jsonAnswer(plain(MaintenanceSchedule, renderSchedule(master.state)));
        const schedule = await readJson(request, 'a schedule', (json) => decode(MaintenanceSchedule, json));
        return actionAnswer(await master.updateMaintenanceSchedule(schedule));
      },
    },
  ];
}

function actionRoutes(context: OperatorContext): Route[] {
  const post = (path: string, answer: (request: HttpRequest) => Promise<HttpAnswer>): Route => ({
    path,
    methods: ['POST'],
    gated: true,
    realm: REALM.readwrite,
    answer,
  });
  const machines = (request: HttpRequest): Promise<MachineID[]> =>
    readJson(request, 'machines', (json) => listOf(json, 'machines').map((each) => decode(MachineID, each)));
  const notHere = (): Promise<HttpAnswer> => Promise.resolve(textAnswer(501, NOT_HERE.operations));
  return [
    post('/api/v1', (request) => answerApi(context, request)),
    post('/teardown', async (request) => {
      const form = new URLSearchParams((await readBody(request.raw)).toString('utf8'));
      const id = form.get('frameworkId');
      if (id === null) throw new HttpError(400, "Missing 'frameworkId' query parameter in the request body");
      return actionAnswer(leadingOf(context).master.teardown(id));
    }),
    post('/machine/down', async (request) =>
      actionAnswer(await leadingOf(context).master.startMaintenance(await machines(request))),
    ),
    post('/machine/up', async (request) =>
      actionAnswer(await leadingOf(context).master.stopMaintenance(await machines(request))),
    ),
    ...['/reserve', '/unreserve', '/create-volumes', '/destroy-volumes'].map((path) => post(path, notHere)),
  ];
}

/** Throws HttpError 400 that says what was expected and what is wrong. */
async function readJson<T>(request: HttpRequest, what: string, read: (json: unknown) => T): Promise<T> {
  const text = (await readBody(request.raw)).toString('utf8');
  try {
    return read(parseJson(text));
  } catch (error) {
    if (error instanceof DecodeError)
      throw new HttpError(400, `Failed to parse ${what} JSON: ${error.message}`);
    throw error;
  }
}

function listOf(json: unknown, what: string): readonly unknown[] {
  if (Array.isArray(json)) return json;
  throw new DecodeError(`Expecting a JSON array of ${what}`);
}
