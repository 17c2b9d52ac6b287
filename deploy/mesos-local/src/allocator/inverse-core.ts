import { refuseMs } from './filters-core.js';
import type { AllocatorState, InverseOffer, InverseOfferAnswer, InverseOfferStatus } from './types.js';

/** Asks every active framework that holds something of an agent under maintenance, once per answer. To be sent as they come. */
export function inverseOffers(state: AllocatorState, now: number): readonly InverseOffer[] {
  const offers: InverseOffer[] = [];
  for (const agent of state.agents.values()) {
    if (agent.unavailability === null) continue;
    for (const frameworkId of agent.used.keys()) {
      const framework = state.frameworks.get(frameworkId);
      if (framework?.spec.active !== true || agent.inverseOutstanding.has(frameworkId)) continue;
      if ((framework.inverseFilters.get(agent.agentId) ?? 0) > now) continue;
      framework.inverseFilters.delete(agent.agentId);
      agent.inverseOutstanding.add(frameworkId);
      offers.push({ frameworkId, agentId: agent.agentId, unavailability: agent.unavailability });
    }
  }
  return offers;
}

export interface InverseAnswer {
  readonly frameworkId: string;
  readonly agentId: string;
  /** null: the inverse offer was rescinded without an answer. */
  readonly answer: InverseOfferAnswer | null;
  readonly filters: { readonly refuse_seconds?: number } | null;
}

/** An inverse offer was answered or rescinded; it is repeated when its filter ends, as long as there is something to leave. */
export function answerInverseOffer(state: AllocatorState, given: InverseAnswer, now: number): void {
  const agent = state.agents.get(given.agentId);
  if (agent === undefined) return;
  agent.inverseOutstanding.delete(given.frameworkId);
  if (given.answer !== null) {
    const { frameworkId, answer } = given;
    agent.inverseStatuses.set(frameworkId, { frameworkId, answer, atMs: now });
  }
  const framework = state.frameworks.get(given.frameworkId);
  if (framework === undefined || given.filters === null) return;
  const ms = refuseMs(given.filters.refuse_seconds, state.options);
  if (ms > 0) framework.inverseFilters.set(given.agentId, now + ms);
}

/** Answers by agent, for the maintenance status. */
export function inverseOfferStatuses(
  state: AllocatorState,
): ReadonlyMap<string, readonly InverseOfferStatus[]> {
  const statuses = new Map<string, readonly InverseOfferStatus[]>();
  for (const agent of state.agents.values()) {
    if (agent.inverseStatuses.size > 0) statuses.set(agent.agentId, [...agent.inverseStatuses.values()]);
  }
  return statuses;
}
