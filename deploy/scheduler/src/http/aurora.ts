import type { Express, Request, RequestHandler, Response } from 'express';
import type { Backend } from '../backend.js';
import {
  maintenanceJson,
  MNAME_PORTS,
  mnameOrigin,
  offersJson,
  pendingJson,
  taskConfigsJson,
  tiersJson,
  varsText,
} from './aurora-core.js';
import { byHost } from './handle-agents.js';
import { instanceParam } from './input.js';
import type { ApiOptions } from './options.js';
import { agentsPage, indexPage } from './pages-core.js';
import { Refused } from './refused.js';
import { backendOf, callerOf, contextOf, type Tools } from './tools.js';
import { agentView, type ViewContext } from './views-core.js';

/** Aurora's own endpoints: those that any scheduler answers, and those of the leader. */
export function addAuroraPages(app: Express, tools: Tools, redirect: RequestHandler): void {
  addAnyonesPages(app, tools);
  const reading = (answer: (req: Request, res: Response, backend: Backend, context: ViewContext) => void) =>
    [
      redirect,
      async (req: Request, res: Response) => {
        await callerOf(tools, req, 'read');
        const backend = backendOf(tools.options);
        answer(req, res, backend, contextOf(tools.options, backend));
      },
    ] satisfies RequestHandler[];

  app.get(
    '/offers',
    ...reading(
      (_req, res, backend) => void res.json(offersJson(backend.offers(), backend.status().frameworkId)),
    ),
  );
  app.get(
    '/agents',
    ...reading((req, res, backend, context) => {
      const agents = agentViews(backend, context);
      res.vary('accept');
      if (req.accepts(['json', 'html']) === 'html')
        res.type('html').send(agentsPage(context.cluster, agents));
      else res.json({ agents });
    }),
  );
  app.get(
    '/pendingtasks',
    ...reading((_req, res, backend, { now }) => void res.json(pendingJson(backend.waiting(), now))),
  );
  app.get(
    '/state',
    ...reading((_req, res, backend, context) => {
      res.json({ taskConfigs: taskConfigsJson(context.state), agents: agentViews(backend, context) });
    }),
  );
  app.get('/quotas', ...reading((_req, res) => void res.json({})));
  app.get('/tiers', ...reading((_req, res) => void res.json(tiersJson())));
  app.get(
    '/maintenance',
    ...reading((_req, res, _backend, { state }) => void res.json(maintenanceJson(state))),
  );
  app.get('/mname/:role/:environment/:name/:instance{/*path}', ...reading(mname));
}

/** What needs no leader and tells nothing of jobs. */
function addAnyonesPages(app: Express, { options }: Tools): void {
  const startedAt = options.now();
  app.get('/', (_req, res) => void res.type('html').send(indexPage(options.cluster, options.version)));
  app.get('/slaves', (_req, res) => res.redirect(301, '/agents'));
  app.get('/leaderhealth', (_req, res) => {
    const { status, text } = leaderHealth(options);
    res.status(status).type('text/plain').send(text);
  });
  app.get('/vars', (_req, res) => void res.type('text/plain').send(varsText(varsOf(options, startedAt))));
  app.get('/vars.json', (_req, res) => void res.json(varsOf(options, startedAt)));
}

function leaderHealth({ leadership }: ApiOptions): { readonly status: number; readonly text: string } {
  const { leads, leaderUrl } = leadership();
  if (leads) return { status: 200, text: 'this scheduler leads\n' };
  if (leaderUrl !== null) return { status: 503, text: `${leaderUrl} leads\n` };
  return { status: 502, text: 'no leader is known\n' };
}

/** The uptime goes by its old name too, which Aurora's dashboards ask for. */
function varsOf({ now, vars }: ApiOptions, startedAt: number): Readonly<Record<string, number | string>> {
  const uptime = Math.floor((now() - startedAt) / 1000);
  return { uptime_secs: uptime, jvm_uptime_secs: uptime, ...vars?.() };
}

function agentViews(backend: Backend, context: ViewContext) {
  const offers = new Map(backend.offers().map((offer) => [offer.agentId, offer] as const));
  return [...context.state.agents()]
    .sort(byHost)
    .map((agent) => agentView(agent, offers.get(agent.id), context));
}

function mname(req: Request, res: Response, _backend: Backend, { state }: ViewContext): void {
  const { role = '', environment = '', name = '', instance = '' } = req.params as Record<string, string>;
  const job = `${role}/${environment}/${name}`;
  const origin = mnameOrigin(state.activeInstance(job, instanceParam(instance)));
  if (origin === null)
    throw new Refused(
      'not-found',
      `${job}/${instance} has no agent, or no port named ${MNAME_PORTS.join(', ')}`,
    );
  // What comes after the instance goes along as it came, with the query.
  const rest = /^\/mname(?:\/[^/?]*){4}(.*)$/s.exec(req.originalUrl)?.[1] ?? '';
  res.redirect(307, origin + (rest.startsWith('/') ? rest : `/${rest}`));
}
