import type { Framework, OfferRecord } from './state.js';
import type { Turn } from './turn-core.js';

/** The offers, or what is wrong with the list; order and sentences are Mesos's. */
export function checkOffers(
  turn: Turn,
  framework: Framework,
  ids: readonly string[],
): readonly OfferRecord[] | string {
  if (ids.length === 0) return 'No offers specified';
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) return `Duplicate offer ${twice} in offer list`;
  const offers: OfferRecord[] = [];
  for (const id of ids) {
    const offer = turn.state.offers.get(id);
    if (offer === undefined) return `Offer ${id} is no longer valid`;
    offers.push(offer);
  }
  const [first] = offers;
  for (const { offer, frameworkId } of offers) {
    if (frameworkId !== framework.id) {
      return `Offer ${offer.id.value} has invalid framework ${frameworkId} while framework ${framework.id} is expected`;
    }
  }
  for (const { offer, role } of offers) {
    if (role !== first?.role) {
      return (
        `Aggregated offers must be allocated to the same role. Offer ${offer.id.value} uses role '${role}' but ` +
        `another is using role '${first?.role ?? ''}'`
      );
    }
  }
  for (const { offer, agentId } of offers) {
    if (agentId !== first?.agentId) {
      return (
        `Aggregated offers must belong to one single agent. Offer ${offer.id.value} uses agent ${agentId} and agent ` +
        (first?.agentId ?? '')
      );
    }
  }
  return offers;
}
