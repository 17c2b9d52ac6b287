/** Mesos v1 messages: names, labels, defaults and order of the fields as in `mesos/v1/master/master.proto` (Apache Mesos 1.12). */
import {
  enumeration,
  message,
  optional,
  repeated,
  required,
  withDefault,
  type Message,
  type Of,
  type ValueOf,
} from '../schema.js';
import { AgentID, DurationInfo, FrameworkID, ProtobufDuration } from './ids.js';
import { MachineID } from './values.js';
import { MaintenanceSchedule, WeightInfo } from './entities.js';

export const MasterCallType = enumeration('Master.Call.Type', [
  'UNKNOWN',
  'GET_HEALTH',
  'GET_FLAGS',
  'GET_VERSION',
  'GET_METRICS',
  'GET_LOGGING_LEVEL',
  'SET_LOGGING_LEVEL',
  'LIST_FILES',
  'READ_FILE',
  'GET_STATE',
  'GET_AGENTS',
  'GET_FRAMEWORKS',
  'GET_EXECUTORS',
  'GET_OPERATIONS',
  'GET_TASKS',
  'GET_ROLES',
  'GET_WEIGHTS',
  'UPDATE_WEIGHTS',
  'GET_MASTER',
  'SUBSCRIBE',
  'RESERVE_RESOURCES',
  'UNRESERVE_RESOURCES',
  'CREATE_VOLUMES',
  'DESTROY_VOLUMES',
  'GROW_VOLUME',
  'SHRINK_VOLUME',
  'GET_MAINTENANCE_STATUS',
  'GET_MAINTENANCE_SCHEDULE',
  'UPDATE_MAINTENANCE_SCHEDULE',
  'START_MAINTENANCE',
  'STOP_MAINTENANCE',
  'DRAIN_AGENT',
  'DEACTIVATE_AGENT',
  'REACTIVATE_AGENT',
  'GET_QUOTA',
  'UPDATE_QUOTA',
  'SET_QUOTA',
  'REMOVE_QUOTA',
  'TEARDOWN',
  'MARK_AGENT_GONE',
]);
export type MasterCallType = ValueOf<typeof MasterCallType>;

const masterCallGetMetricsFields = {
  timeout: optional(DurationInfo),
};
export interface MasterCallGetMetrics extends Of<typeof masterCallGetMetricsFields> {}
export const MasterCallGetMetrics: Message<MasterCallGetMetrics> = message(
  'Master.Call.GetMetrics',
  masterCallGetMetricsFields,
);

const masterCallSetLoggingLevelFields = {
  level: required('uint32'),
  duration: required(DurationInfo),
};
export interface MasterCallSetLoggingLevel extends Of<typeof masterCallSetLoggingLevelFields> {}
export const MasterCallSetLoggingLevel: Message<MasterCallSetLoggingLevel> = message(
  'Master.Call.SetLoggingLevel',
  masterCallSetLoggingLevelFields,
);

const masterCallListFilesFields = {
  path: required('string'),
};
export interface MasterCallListFiles extends Of<typeof masterCallListFilesFields> {}
export const MasterCallListFiles: Message<MasterCallListFiles> = message(
  'Master.Call.ListFiles',
  masterCallListFilesFields,
);

const masterCallReadFileFields = {
  path: required('string'),
  offset: required('uint64'),
  length: optional('uint64'),
};
export interface MasterCallReadFile extends Of<typeof masterCallReadFileFields> {}
export const MasterCallReadFile: Message<MasterCallReadFile> = message(
  'Master.Call.ReadFile',
  masterCallReadFileFields,
);

const masterCallUpdateWeightsFields = {
  weight_infos: repeated(WeightInfo),
};
export interface MasterCallUpdateWeights extends Of<typeof masterCallUpdateWeightsFields> {}
export const MasterCallUpdateWeights: Message<MasterCallUpdateWeights> = message(
  'Master.Call.UpdateWeights',
  masterCallUpdateWeightsFields,
);

const masterCallUpdateMaintenanceScheduleFields = {
  schedule: required(MaintenanceSchedule),
};
export interface MasterCallUpdateMaintenanceSchedule extends Of<
  typeof masterCallUpdateMaintenanceScheduleFields
> {}
export const MasterCallUpdateMaintenanceSchedule: Message<MasterCallUpdateMaintenanceSchedule> = message(
  'Master.Call.UpdateMaintenanceSchedule',
  masterCallUpdateMaintenanceScheduleFields,
);

const masterCallStartMaintenanceFields = {
  machines: repeated(MachineID),
};
export interface MasterCallStartMaintenance extends Of<typeof masterCallStartMaintenanceFields> {}
export const MasterCallStartMaintenance: Message<MasterCallStartMaintenance> = message(
  'Master.Call.StartMaintenance',
  masterCallStartMaintenanceFields,
);

const masterCallStopMaintenanceFields = {
  machines: repeated(MachineID),
};
export interface MasterCallStopMaintenance extends Of<typeof masterCallStopMaintenanceFields> {}
export const MasterCallStopMaintenance: Message<MasterCallStopMaintenance> = message(
  'Master.Call.StopMaintenance',
  masterCallStopMaintenanceFields,
);

const masterCallDrainAgentFields = {
  agent_id: required(AgentID),
  max_grace_period: optional(ProtobufDuration),
  mark_gone: withDefault('bool', false),
};
export interface MasterCallDrainAgent extends Of<typeof masterCallDrainAgentFields> {}
export const MasterCallDrainAgent: Message<MasterCallDrainAgent> = message(
  'Master.Call.DrainAgent',
  masterCallDrainAgentFields,
);

const masterCallDeactivateAgentFields = {
  agent_id: required(AgentID),
};
export interface MasterCallDeactivateAgent extends Of<typeof masterCallDeactivateAgentFields> {}
export const MasterCallDeactivateAgent: Message<MasterCallDeactivateAgent> = message(
  'Master.Call.DeactivateAgent',
  masterCallDeactivateAgentFields,
);

const masterCallReactivateAgentFields = {
  agent_id: required(AgentID),
};
export interface MasterCallReactivateAgent extends Of<typeof masterCallReactivateAgentFields> {}
export const MasterCallReactivateAgent: Message<MasterCallReactivateAgent> = message(
  'Master.Call.ReactivateAgent',
  masterCallReactivateAgentFields,
);

const masterCallTeardownFields = {
  framework_id: required(FrameworkID),
};
export interface MasterCallTeardown extends Of<typeof masterCallTeardownFields> {}
export const MasterCallTeardown: Message<MasterCallTeardown> = message(
  'Master.Call.Teardown',
  masterCallTeardownFields,
);

const masterCallMarkAgentGoneFields = {
  agent_id: required(AgentID),
};
export interface MasterCallMarkAgentGone extends Of<typeof masterCallMarkAgentGoneFields> {}
export const MasterCallMarkAgentGone: Message<MasterCallMarkAgentGone> = message(
  'Master.Call.MarkAgentGone',
  masterCallMarkAgentGoneFields,
);

const masterCallFields = {
  type: optional(MasterCallType),
  get_metrics: optional(MasterCallGetMetrics),
  set_logging_level: optional(MasterCallSetLoggingLevel),
  list_files: optional(MasterCallListFiles),
  read_file: optional(MasterCallReadFile),
  update_weights: optional(MasterCallUpdateWeights),
  update_maintenance_schedule: optional(MasterCallUpdateMaintenanceSchedule),
  start_maintenance: optional(MasterCallStartMaintenance),
  stop_maintenance: optional(MasterCallStopMaintenance),
  drain_agent: optional(MasterCallDrainAgent),
  deactivate_agent: optional(MasterCallDeactivateAgent),
  reactivate_agent: optional(MasterCallReactivateAgent),
  teardown: optional(MasterCallTeardown),
  mark_agent_gone: optional(MasterCallMarkAgentGone),
};
export interface MasterCall extends Of<typeof masterCallFields> {}
export const MasterCall: Message<MasterCall> = message('Master.Call', masterCallFields);
