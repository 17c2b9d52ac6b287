import type { AgentRecord } from '../model/agent.js';
import { TASK_STATES, type TaskState } from '../model/task.js';
import type { Handlers } from './call.js';
import { page, whole } from './page.js';
import { Refused } from './refused.js';
import { agentView, offerView } from './views-core.js';

export const agentHandlers: Handlers<'cluster' | 'agents' | 'agent' | 'offers'> = {
  cluster: ({ backend, context }) => {
    const agents = [...context.state.agents()].filter(({ lostAt }) => lostAt === null);
    const tasks = Object.fromEntries(
      TASK_STATES.map((state) => [state, context.state.countInState(state)]).filter(
        ([, count]) => count !== 0,
      ),
    ) as Partial<Record<TaskState, number>>;
    return { ...backend.status(), tasks, agents: agents.length };
  },

  agents: ({ query, backend, context }) => {
    const offers = new Map(backend.offers().map((offer) => [offer.agentId, offer] as const));
    const agents = [...context.state.agents()].sort(byHost);
    return page(agents, query, (agent) => agentView(agent, offers.get(agent.id), context));
  },

  agent: ({ params, backend, context }) => {
    const agent = context.state.agent(params.id);
    if (agent === undefined) throw new Refused('not-found', `there is no agent ${params.id}`);
    const offer = backend.offers().find(({ agentId }) => agentId === agent.id);
    return agentView(agent, offer, context);
  },

  offers: ({ backend }) => whole(backend.offers().map(offerView)),
};

export function byHost(a: AgentRecord, b: AgentRecord): number {
  if (a.host !== b.host) return a.host < b.host ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
