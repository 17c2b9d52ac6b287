import type { MasterCall, MasterCallType } from '@murmur/engine';

/** The sub-message that a type of call needs. */
const NEEDS: Partial<Record<MasterCallType, keyof MasterCall>> = {
  GET_METRICS: 'get_metrics',
  SET_LOGGING_LEVEL: 'set_logging_level',
  LIST_FILES: 'list_files',
  READ_FILE: 'read_file',
  UPDATE_WEIGHTS: 'update_weights',
  UPDATE_MAINTENANCE_SCHEDULE: 'update_maintenance_schedule',
  START_MAINTENANCE: 'start_maintenance',
  STOP_MAINTENANCE: 'stop_maintenance',
  DRAIN_AGENT: 'drain_agent',
  DEACTIVATE_AGENT: 'deactivate_agent',
  REACTIVATE_AGENT: 'reactivate_agent',
  TEARDOWN: 'teardown',
  MARK_AGENT_GONE: 'mark_agent_gone',
};

/** Why a call of the operator API cannot be taken, in Mesos's words, or null. */
export function validateMasterCall(call: MasterCall): string | null {
  if (call.type === undefined) return "Expecting 'type' to be present";
  const needed = NEEDS[call.type];
  return needed !== undefined && call[needed] === undefined ? `Expecting '${needed}' to be present` : null;
}

/** Calls that change resources or quota: known, and not done here. */
export const NOT_IMPLEMENTED: ReadonlySet<MasterCallType> = new Set([
  'RESERVE_RESOURCES',
  'UNRESERVE_RESOURCES',
  'CREATE_VOLUMES',
  'DESTROY_VOLUMES',
  'GROW_VOLUME',
  'SHRINK_VOLUME',
  'UPDATE_QUOTA',
  'SET_QUOTA',
  'REMOVE_QUOTA',
]);
