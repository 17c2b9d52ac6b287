import type {
  InverseOffer,
  SchedulerCallAcceptInverseOffers,
  SchedulerCallDeclineInverseOffers,
} from '@murmur/engine';
import { answerInverseOffer, inverseOffers } from '../allocator/index.js';
import { offerIdOf } from './ids-core.js';
import { agentUrl, machineKeyOf } from './offers-core.js';
import type { Agent, Framework, InverseOfferAnswer, InverseOfferRecord } from './state.js';
import { getOrMake, sendEvent, type Turn } from './turn-core.js';

/** Asks frameworks to leave agents that will be unavailable, as the allocator says whom. */
export function makeInverseOffers(turn: Turn): void {
  const byFramework = new Map<Framework, InverseOffer[]>();
  for (const { frameworkId, agentId } of inverseOffers(turn.allocator, turn.now)) {
    const framework = turn.state.frameworks.get(frameworkId);
    const agent = turn.state.agents.get(agentId);
    if (framework?.active !== true || agent?.connected !== true || agent.unavailability === null) {
      answerInverseOffer(turn.allocator, { frameworkId, agentId, answer: null, filters: null }, turn.now);
      continue;
    }
    const inverseOffer = addInverseOffer(turn, framework, agent, agent.unavailability);
    getOrMake(byFramework, framework, () => []).push(inverseOffer);
  }
  for (const [framework, inverse_offers] of byFramework) {
    sendEvent(turn, framework, { type: 'INVERSE_OFFERS', inverse_offers: { inverse_offers } });
  }
}

function addInverseOffer(
  turn: Turn,
  framework: Framework,
  agent: Agent,
  unavailability: NonNullable<Agent['unavailability']>,
): InverseOffer {
  const id = offerIdOf(turn.state.info.id, turn.state.nextOffer++);
  const url = agentUrl(agent);
  const inverseOffer: InverseOffer = {
    id: { value: id },
    ...(url === null ? {} : { url }),
    framework_id: { value: framework.id },
    agent_id: { value: agent.id },
    unavailability,
  };
  turn.state.inverseOffers.set(id, {
    inverseOffer,
    frameworkId: framework.id,
    agentId: agent.id,
    createdAt: turn.now,
  });
  framework.inverseOffers.add(id);
  agent.inverseOffers.add(id);
  return inverseOffer;
}

/** Forgets an inverse offer. */
function take(turn: Turn, id: string): InverseOfferRecord | null {
  const record = turn.state.inverseOffers.get(id);
  if (record === undefined) return null;
  turn.state.inverseOffers.delete(id);
  turn.state.frameworks.get(record.frameworkId)?.inverseOffers.delete(id);
  turn.state.agents.get(record.agentId)?.inverseOffers.delete(id);
  return record;
}

/** Takes an inverse offer back; its framework is told. */
export function rescindInverseOffer(turn: Turn, id: string): void {
  const record = take(turn, id);
  if (record === null) return;
  const { frameworkId, agentId } = record;
  answerInverseOffer(turn.allocator, { frameworkId, agentId, answer: null, filters: null }, turn.now);
  const framework = turn.state.frameworks.get(frameworkId);
  if (framework === undefined) return;
  const rescind_inverse_offer = { inverse_offer_id: { value: id } };
  sendEvent(turn, framework, { type: 'RESCIND_INVERSE_OFFER', rescind_inverse_offer });
}

/** Inverse offers that nobody answered in time are taken back, as offers are. */
export function expireInverseOffers(turn: Turn): void {
  const { offerTimeoutMs } = turn.config;
  if (offerTimeoutMs === null) return;
  for (const [id, record] of turn.state.inverseOffers) {
    // The map is in the order of creation.
    if (record.createdAt + offerTimeoutMs > turn.now) break;
    rescindInverseOffer(turn, id);
  }
}

export function rescindInverseOffersOf(turn: Turn, agent: Agent): void {
  for (const id of [...agent.inverseOffers]) rescindInverseOffer(turn, id);
}

/** The framework left: nobody is told. */
export function dropInverseOffersOf(turn: Turn, framework: Framework): void {
  for (const id of [...framework.inverseOffers]) {
    const record = take(turn, id);
    if (record === null) continue;
    const { frameworkId, agentId } = record;
    answerInverseOffer(turn.allocator, { frameworkId, agentId, answer: null, filters: null }, turn.now);
  }
}

/** ACCEPT_INVERSE_OFFERS and DECLINE_INVERSE_OFFERS: advice for the operator, shown in the maintenance status. */
export function answerInverseOffers(
  turn: Turn,
  framework: Framework,
  answer: 'ACCEPT' | 'DECLINE',
  call: SchedulerCallAcceptInverseOffers | SchedulerCallDeclineInverseOffers,
): void {
  for (const { value } of call.inverse_offer_ids ?? []) {
    if (turn.state.inverseOffers.get(value)?.frameworkId !== framework.id) continue;
    const record = take(turn, value);
    if (record === null) continue;
    const { agentId } = record;
    answerInverseOffer(
      turn.allocator,
      { frameworkId: framework.id, agentId, answer, filters: call.filters ?? {} },
      turn.now,
    );
    const agent = turn.state.agents.get(agentId);
    const machine =
      agent === undefined ? undefined : turn.state.maintenance.machines.get(machineKeyOf(agent));
    if (machine === undefined) continue;
    const answers = getOrMake(machine.answers, agentId, () => new Map<string, InverseOfferAnswer>());
    answers.set(framework.id, { status: answer, frameworkId: framework.id, at: turn.now });
  }
}
