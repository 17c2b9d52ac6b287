import type { Filters, Offer, Resource, SchedulerCallDecline, URL as MesosUrl } from '@murmur/engine';
import { recoverResources, reviveOffers, suppressOffers, type Allocation } from '../allocator/index.js';
import { toResources, validateRole } from '../resources/index.js';
import { recover } from './allocation-core.js';
import { offerIdOf, parsePid } from './ids-core.js';
import { machineKey, type Agent, type Framework, type OfferRecord } from './state.js';
import { count, log, sendEvent, type Turn } from './turn-core.js';

/** Turns allocations into offers: one event for each framework. What nobody can take goes back. */
export function makeOffers(turn: Turn, given: readonly Allocation[]): void {
  const byFramework = new Map<Framework, Offer[]>();
  for (const one of given) {
    const framework = turn.state.frameworks.get(one.frameworkId);
    const agent = turn.state.agents.get(one.agentId);
    if (framework?.active !== true || agent?.active !== true) {
      recover(turn, one.frameworkId, one.agentId, one.resources);
      continue;
    }
    const offer = addOffer(turn, framework, agent, one);
    const list = byFramework.get(framework);
    if (list === undefined) byFramework.set(framework, [offer]);
    else list.push(offer);
  }
  for (const [framework, offers] of byFramework) {
    count(framework.counters, 'offers/sent', offers.length);
    sendEvent(turn, framework, { type: 'OFFERS', offers: { offers } });
  }
}

/** Answers the offer as the framework sees it. */
function addOffer(turn: Turn, framework: Framework, agent: Agent, given: Allocation): Offer {
  const { state } = turn;
  const id = offerIdOf(state.info.id, state.nextOffer++);
  const url = agentUrl(agent);
  const executors = [...(agent.executors.get(framework.id)?.keys() ?? [])];
  const common = {
    id: { value: id },
    framework_id: { value: framework.id },
    agent_id: { value: agent.id },
    hostname: agent.info.hostname,
    ...(url === null ? {} : { url }),
    ...(agent.info.domain === undefined ? {} : { domain: agent.info.domain }),
    ...(agent.info.attributes === undefined ? {} : { attributes: agent.info.attributes }),
    ...(executors.length === 0 ? {} : { executor_ids: executors.map((value) => ({ value })) }),
    ...(agent.unavailability === null ? {} : { unavailability: agent.unavailability }),
  };
  const allocation = { allocation_info: { role: given.role } };
  const record: OfferRecord = {
    offer: { ...common, ...allocation, resources: toResources(given.resources, 'post') },
    frameworkId: framework.id,
    agentId: agent.id,
    role: given.role,
    resources: given.resources,
    createdAt: turn.now,
  };
  state.offers.set(id, record);
  framework.offers.add(id);
  agent.offers.add(id);
  const format = framework.capabilities.has('RESERVATION_REFINEMENT') ? 'post' : 'pre';
  const multi = framework.capabilities.has('MULTI_ROLE');
  const resources = toResources(given.resources, format);
  return {
    ...common,
    ...(multi ? allocation : {}),
    resources: multi ? resources : resources.map(withoutRole),
  };
}

/** Frameworks without MULTI_ROLE know nothing of allocation. */
function withoutRole(resource: Resource): Resource {
  const copy: { -readonly [K in keyof Resource]: Resource[K] } = { ...resource };
  delete copy.allocation_info;
  return copy;
}

/** Where tools reach the agent, from its pid. */
export function agentUrl(agent: Agent): MesosUrl | null {
  const pid = parsePid(agent.pid);
  if (pid === null) return null;
  return {
    scheme: 'http',
    address: { hostname: agent.info.hostname, ip: pid.ip, port: pid.port },
    path: `/${pid.id}`,
  };
}

/** Forgets an offer that was used: its resources are not given back. */
export function takeOffer(turn: Turn, id: string): OfferRecord | null {
  const record = turn.state.offers.get(id);
  if (record === undefined) return null;
  turn.state.offers.delete(id);
  turn.state.frameworks.get(record.frameworkId)?.offers.delete(id);
  turn.state.agents.get(record.agentId)?.offers.delete(id);
  return record;
}

/** Gives an offer's resources back without telling its framework, with the filter it wants. */
export function discardOffer(turn: Turn, id: string, filters: Filters | null): boolean {
  const record = takeOffer(turn, id);
  if (record === null) return false;
  const { frameworkId, agentId, resources } = record;
  recoverResources(turn.allocator, { frameworkId, agentId, resources, filters }, turn.now);
  return true;
}

/** Gives an offer's resources back and tells its framework. */
export function rescindOffer(turn: Turn, id: string): void {
  const record = turn.state.offers.get(id);
  if (record === undefined) return;
  const framework = turn.state.frameworks.get(record.frameworkId);
  discardOffer(turn, id, null);
  if (framework === undefined) return;
  count(framework.counters, 'offers/rescinded');
  sendEvent(turn, framework, { type: 'RESCIND', rescind: { offer_id: { value: id } } });
}

export function rescindOffersOf(turn: Turn, agent: Agent): void {
  for (const id of [...agent.offers]) rescindOffer(turn, id);
}

/** Offers that nobody answered in time are rescinded. */
export function expireOffers(turn: Turn): void {
  const { offerTimeoutMs } = turn.config;
  if (offerTimeoutMs === null) return;
  for (const [id, record] of turn.state.offers) {
    // The map is in the order of creation.
    if (record.createdAt + offerTimeoutMs > turn.now) break;
    rescindOffer(turn, id);
  }
}

/** DECLINE: also the same as an ACCEPT without operations. No filters = Mesos's 5 s. */
export function decline(turn: Turn, framework: Framework, call: SchedulerCallDecline): void {
  count(turn.state.counters, 'master/messages_decline_offers');
  for (const { value } of call.offer_ids ?? []) {
    if (turn.state.offers.get(value)?.frameworkId !== framework.id) continue;
    discardOffer(turn, value, call.filters ?? {});
    count(framework.counters, 'offers/declined');
  }
}

/** REVIVE and SUPPRESS of roles, or of all. A role that is none of the framework's drops the whole call. */
export function setWishes(
  turn: Turn,
  framework: Framework,
  wish: 'revive' | 'suppress',
  named: readonly string[],
): void {
  count(turn.state.counters, `master/messages_${wish}_offers`);
  for (const role of named) {
    const error = validateRole(role);
    const why = error ?? (framework.roles.includes(role) ? null : 'it is not one of its subscribed roles');
    if (why === null) continue;
    log(turn, 'warn', { framework: framework.id, role, why }, `${wish} dropped`);
    return;
  }
  const roles = named.length === 0 ? framework.roles : named;
  if (wish === 'suppress') {
    for (const role of roles) framework.suppressedRoles.add(role);
    suppressOffers(turn.allocator, framework.id, roles);
    return;
  }
  for (const role of roles) framework.suppressedRoles.delete(role);
  reviveOffers(turn.allocator, framework.id, roles);
  turn.effects.push({ type: 'ALLOCATE' });
}

/** The machine that an agent is on. */
export function machineKeyOf(agent: Pick<Agent, 'info' | 'pid'>): string {
  const ip = parsePid(agent.pid)?.ip;
  return machineKey({ hostname: agent.info.hostname, ...(ip === undefined ? {} : { ip }) });
}
