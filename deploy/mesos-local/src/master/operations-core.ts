import type { OfferOperation, Resource } from '@murmur/engine';
import { updateAllocation } from '../allocator/index.js';
import {
  add,
  bundleOf,
  contains,
  formatBundle,
  reservedKind,
  subtract,
  toResources,
  validateResources,
  type Bundle,
  type Item,
} from '../resources/index.js';
import type { Agent, Framework } from './state.js';
import { count, log, sendEvent, sendMessage, type Turn } from './turn-core.js';

/** An operation that cannot be: OPERATION_ERROR for a framework that gave it an id, a line in the log for the others. */
export function dropOperation(
  turn: Turn,
  framework: Framework,
  operation: OfferOperation,
  message: string,
): void {
  const name = (operation.type ?? 'UNKNOWN').toLowerCase();
  count(turn.state.counters, `master/operations/${name}/error`);
  log(
    turn,
    'warn',
    { framework: framework.id, operation: operation.type, why: message },
    'operation dropped',
  );
  if (operation.id === undefined) return;
  sendEvent(turn, framework, {
    type: 'UPDATE_OPERATION_STATUS',
    update_operation_status: {
      status: { operation_id: operation.id, state: 'OPERATION_ERROR', message },
    },
  });
}

/**
 * RESERVE pushes a dynamic reservation onto resources of the offer, UNRESERVE takes it off. Answers what the framework holds
 * then; on an error, which is dropped, the same as before.
 */
export function applyReservation(
  turn: Turn,
  framework: Framework,
  agent: Agent,
  operation: OfferOperation,
  remaining: Bundle,
): Bundle {
  const reserve = operation.type === 'RESERVE';
  const resources = (reserve ? operation.reserve?.resources : operation.unreserve?.resources) ?? [];
  const error = validateReservation(framework, operation, resources);
  if (error !== null) {
    dropOperation(turn, framework, operation, `${error}; on agent ${agent.id}`);
    return remaining;
  }
  const reserved = bundleOf(resources);
  const lower = bundleOf(toResources(reserved.map(withoutInnermost), 'post'));
  const [from, to] = reserve ? [lower, reserved] : [reserved, lower];
  if (!contains(remaining, from)) {
    const message = `${formatBundle(remaining)} does not contain ${formatBundle(from)}`;
    dropOperation(turn, framework, operation, message);
    return remaining;
  }
  updateAllocation(turn.allocator, agent.id, framework.id, from, to);
  agent.total = turn.allocator.agents.get(agent.id)?.total ?? agent.total;
  count(turn.state.counters, `master/operations/${reserve ? 'reserve' : 'unreserve'}/finished`);
  sendMessage(turn, agent, { type: 'SET_RESOURCES', total_resources: toResources(agent.total, 'post') });
  if (operation.id !== undefined) {
    sendEvent(turn, framework, {
      type: 'UPDATE_OPERATION_STATUS',
      update_operation_status: {
        status: { operation_id: operation.id, state: 'OPERATION_FINISHED', agent_id: { value: agent.id } },
      },
    });
  }
  return add(subtract(remaining, from), to);
}

function withoutInnermost(item: Item): Item {
  const reservations = item.kind.reservations.slice(0, -1);
  return { ...item, kind: reservedKind(item.kind, reservations) };
}

function validateReservation(
  framework: Framework,
  operation: OfferOperation,
  resources: readonly Resource[],
): string | null {
  if ((operation.reserve?.source ?? []).length > 0) {
    return 'Reservation updates are not yet implemented for the scheduler API.';
  }
  const invalid = validateResources(resources);
  if (invalid !== null) return `Invalid resources: ${invalid}`;
  const principal = framework.info.principal;
  for (const item of bundleOf(resources)) {
    const what = formatBundle([item]);
    const innermost = item.kind.reservations.at(-1);
    if (innermost?.type !== 'DYNAMIC') return `Resource ${what} is not dynamically reserved`;
    if (item.kind.disk?.persistence !== undefined) {
      return `A dynamically reserved persistent volume ${what} cannot be reserved or unreserved directly`;
    }
    if (operation.type !== 'RESERVE') continue;
    if (principal !== undefined && innermost.principal !== principal) {
      const found = innermost.principal;
      return found === undefined
        ? `A reserve operation was attempted by principal '${principal}', but there is a reserved resource in the request with no principal set`
        : `A reserve operation was attempted by authenticated principal '${principal}', which does not match a reserved resource in the request with principal '${found}'`;
    }
    if (innermost.role !== item.kind.allocatedTo) {
      return `A reserve operation was attempted for a resource with role '${innermost.role ?? '*'}', but the resource was allocated to role '${item.kind.allocatedTo ?? ''}'`;
    }
  }
  return null;
}
