import type { IncomingMessage } from 'node:http';
import { basicAuthenticator, type Authenticated, type Credential } from '../http/auth.js';
import type { MesosServer, Route } from '../http/server.js';
import { AGENT_MESSAGES_PATH, AGENT_PATH } from '../protocol.js';
import { redirectTo, type Election } from './election.js';
import { leadingOf, REALM, type OperatorContext } from './operator/context.js';
import { operatorRoutes } from './operator/routes.js';
import type { MasterFlags } from './options.js';
import { INDEX_PAGE } from './page.js';

/** Everything a master answers. */
export function addMasterRoutes(
  server: MesosServer,
  context: OperatorContext,
  election: () => Election | null,
): void {
  server.add(
    ...operatorRoutes(context),
    ...clusterRoutes(context),
    {
      path: '/redirect',
      methods: ['GET'],
      answer: () => redirectTo(election()?.leader() ?? null, ''),
    },
    { path: '/', methods: ['GET'], answer: () => ({ status: 200, body: { html: INDEX_PAGE } }) },
  );
}

function clusterRoutes(context: OperatorContext): Route[] {
  return [
    {
      path: '/api/v1/scheduler',
      gated: true,
      realm: REALM.frameworks,
      raw: (request, response) => {
        leadingOf(context).master.schedulerHandler(request, response);
      },
    },
    {
      path: AGENT_PATH,
      gated: true,
      raw: (request, response) => {
        leadingOf(context).master.agentHandler(request, response);
      },
    },
    {
      path: AGENT_MESSAGES_PATH,
      gated: true,
      raw: (request, response) => {
        leadingOf(context).master.agentMessagesHandler(request, response);
      },
    },
  ];
}

/** Who must authenticate, by realm and flags; in a realm that nobody guards everybody is welcome. */
export function authenticators(
  flags: MasterFlags,
  credentials: readonly Credential[],
): (realm: string, request: IncomingMessage) => Authenticated {
  const guarded = new Map(
    [
      [REALM.frameworks, flags.authenticateHttpFrameworks] as const,
      [REALM.readonly, flags.authenticateHttpReadonly] as const,
      [REALM.readwrite, flags.authenticateHttpReadwrite] as const,
    ]
      .filter(([, wanted]) => wanted)
      .map(([realm]) => [realm as string, basicAuthenticator(realm, credentials)] as const),
  );
  return (realm, request) => guarded.get(realm)?.(request) ?? { ok: true, principal: null };
}
