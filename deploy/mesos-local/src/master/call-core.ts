import type { FrameworkInfo, SchedulerCall, SchedulerCallType } from '@murmur/engine';
import { isUuid } from '../uuid-core.js';

/** The part of the call that each type needs; null = none. */
const PARTS: Readonly<Record<Exclude<SchedulerCallType, 'SUBSCRIBE'>, keyof SchedulerCall | null>> = {
  UNKNOWN: null,
  TEARDOWN: null,
  ACCEPT: 'accept',
  DECLINE: 'decline',
  ACCEPT_INVERSE_OFFERS: 'accept_inverse_offers',
  DECLINE_INVERSE_OFFERS: 'decline_inverse_offers',
  REVIVE: null,
  SUPPRESS: null,
  KILL: 'kill',
  SHUTDOWN: 'shutdown',
  ACKNOWLEDGE: 'acknowledge',
  ACKNOWLEDGE_OPERATION_STATUS: 'acknowledge_operation_status',
  RECONCILE: 'reconcile',
  RECONCILE_OPERATIONS: 'reconcile_operations',
  MESSAGE: 'message',
  REQUEST: 'request',
  UPDATE_FRAMEWORK: 'update_framework',
};

/** Why a call is answered with 400, or null. `principal` is who authenticated, null = nobody had to. */
export function validateCall(call: SchedulerCall, principal: string | null): string | null {
  if (call.type === undefined) return missing('type');
  if (call.type === 'SUBSCRIBE') return validateSubscribe(call, principal);
  if (call.framework_id === undefined) return missing('framework_id');
  const part = PARTS[call.type];
  if (part !== null && call[part] === undefined) return missing(part);
  if (call.acknowledge !== undefined && call.type === 'ACKNOWLEDGE') {
    return isUuid(call.acknowledge.uuid) ? null : 'Not a valid UUID';
  }
  const operation = call.acknowledge_operation_status;
  if (operation !== undefined && call.type === 'ACKNOWLEDGE_OPERATION_STATUS') {
    if (!isUuid(operation.uuid)) return 'Not a valid UUID';
    return operation.agent_id === undefined ? missing('agent_id') : null;
  }
  if (call.update_framework !== undefined && call.type === 'UPDATE_FRAMEWORK') {
    return differs(call.framework_id.value, call.update_framework.framework_info)
      ? "'framework_id' differs from 'update_framework.framework_info.id'"
      : null;
  }
  return null;
}

function validateSubscribe(call: SchedulerCall, principal: string | null): string | null {
  if (call.subscribe === undefined) return missing('subscribe');
  const info = call.subscribe.framework_info;
  if (differs(call.framework_id?.value ?? '', info)) {
    return "'framework_id' differs from 'subscribe.framework_info.id'";
  }
  if (principal !== null && info.principal !== undefined && info.principal !== principal) {
    return principalMismatch(principal, info.principal);
  }
  return null;
}

export function principalMismatch(principal: string, expected: string): string {
  return `Authenticated principal '${principal}' does not match principal '${expected}' set in \`FrameworkInfo\``;
}

/** An absent id and an empty one are the same. */
function differs(id: string, info: FrameworkInfo): boolean {
  return id !== (info.id?.value ?? '');
}

function missing(field: string): string {
  return `Expecting '${field}' to be present`;
}
