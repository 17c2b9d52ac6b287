/** Mesos v1 messages: names, labels, defaults and order of the fields as in `mesos/v1/master/master.proto` (Apache Mesos 1.12). */
// Over 300 lines because it is one table,
// in the order of that `.proto` file, so that the two can be compared side by side.
import {
  enumeration,
  message,
  optional,
  repeated,
  required,
  type Message,
  type Of,
  type ValueOf,
} from '../schema.js';
import { AgentID, FrameworkID, TimeInfo } from './ids.js';
import { Resource } from './resources.js';
import { TaskState, TaskStatus } from './status.js';
import { ExecutorInfo, Flag, Metric, Task } from './task.js';
import {
  AgentInfo,
  AgentInfoCapability,
  DrainInfo,
  FileInfo,
  FrameworkInfo,
  MaintenanceClusterStatus,
  MaintenanceSchedule,
  MasterInfo,
  QuotaQuotaStatus,
  Role,
  VersionInfo,
  WeightInfo,
} from './entities.js';
import { InverseOffer, Offer } from './offers.js';

export const MasterResponseType = enumeration('Master.Response.Type', [
  'UNKNOWN',
  'GET_HEALTH',
  'GET_FLAGS',
  'GET_VERSION',
  'GET_METRICS',
  'GET_LOGGING_LEVEL',
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
  'GET_MASTER',
  'GET_MAINTENANCE_STATUS',
  'GET_MAINTENANCE_SCHEDULE',
  'GET_QUOTA',
]);
export type MasterResponseType = ValueOf<typeof MasterResponseType>;

const masterResponseGetHealthFields = {
  healthy: required('bool'),
};
export interface MasterResponseGetHealth extends Of<typeof masterResponseGetHealthFields> {}
export const MasterResponseGetHealth: Message<MasterResponseGetHealth> = message(
  'Master.Response.GetHealth',
  masterResponseGetHealthFields,
);

const masterResponseGetFlagsFields = {
  flags: repeated(Flag),
};
export interface MasterResponseGetFlags extends Of<typeof masterResponseGetFlagsFields> {}
export const MasterResponseGetFlags: Message<MasterResponseGetFlags> = message(
  'Master.Response.GetFlags',
  masterResponseGetFlagsFields,
);

const masterResponseGetVersionFields = {
  version_info: required(VersionInfo),
};
export interface MasterResponseGetVersion extends Of<typeof masterResponseGetVersionFields> {}
export const MasterResponseGetVersion: Message<MasterResponseGetVersion> = message(
  'Master.Response.GetVersion',
  masterResponseGetVersionFields,
);

const masterResponseGetMetricsFields = {
  metrics: repeated(Metric),
};
export interface MasterResponseGetMetrics extends Of<typeof masterResponseGetMetricsFields> {}
export const MasterResponseGetMetrics: Message<MasterResponseGetMetrics> = message(
  'Master.Response.GetMetrics',
  masterResponseGetMetricsFields,
);

const masterResponseGetLoggingLevelFields = {
  level: required('uint32'),
};
export interface MasterResponseGetLoggingLevel extends Of<typeof masterResponseGetLoggingLevelFields> {}
export const MasterResponseGetLoggingLevel: Message<MasterResponseGetLoggingLevel> = message(
  'Master.Response.GetLoggingLevel',
  masterResponseGetLoggingLevelFields,
);

const masterResponseListFilesFields = {
  file_infos: repeated(FileInfo),
};
export interface MasterResponseListFiles extends Of<typeof masterResponseListFilesFields> {}
export const MasterResponseListFiles: Message<MasterResponseListFiles> = message(
  'Master.Response.ListFiles',
  masterResponseListFilesFields,
);

const masterResponseReadFileFields = {
  size: required('uint64'),
  data: required('bytes'),
};
export interface MasterResponseReadFile extends Of<typeof masterResponseReadFileFields> {}
export const MasterResponseReadFile: Message<MasterResponseReadFile> = message(
  'Master.Response.ReadFile',
  masterResponseReadFileFields,
);

const masterResponseGetTasksFields = {
  pending_tasks: repeated(Task),
  tasks: repeated(Task),
  unreachable_tasks: repeated(Task),
  completed_tasks: repeated(Task),
  orphan_tasks: repeated(Task),
};
export interface MasterResponseGetTasks extends Of<typeof masterResponseGetTasksFields> {}
export const MasterResponseGetTasks: Message<MasterResponseGetTasks> = message(
  'Master.Response.GetTasks',
  masterResponseGetTasksFields,
);

const masterResponseGetExecutorsExecutorFields = {
  executor_info: required(ExecutorInfo),
  agent_id: required(AgentID),
};
export interface MasterResponseGetExecutorsExecutor extends Of<
  typeof masterResponseGetExecutorsExecutorFields
> {}
export const MasterResponseGetExecutorsExecutor: Message<MasterResponseGetExecutorsExecutor> = message(
  'Master.Response.GetExecutors.Executor',
  masterResponseGetExecutorsExecutorFields,
);

const masterResponseGetExecutorsFields = {
  executors: repeated(MasterResponseGetExecutorsExecutor),
  orphan_executors: repeated(MasterResponseGetExecutorsExecutor),
};
export interface MasterResponseGetExecutors extends Of<typeof masterResponseGetExecutorsFields> {}
export const MasterResponseGetExecutors: Message<MasterResponseGetExecutors> = message(
  'Master.Response.GetExecutors',
  masterResponseGetExecutorsFields,
);

const masterResponseGetFrameworksFrameworkFields = {
  framework_info: required(FrameworkInfo),
  active: required('bool'),
  connected: required('bool'),
  recovered: required('bool'),
  registered_time: optional(TimeInfo),
  reregistered_time: optional(TimeInfo),
  unregistered_time: optional(TimeInfo),
  offers: repeated(Offer),
  inverse_offers: repeated(InverseOffer),
  allocated_resources: repeated(Resource),
  offered_resources: repeated(Resource),
};
export interface MasterResponseGetFrameworksFramework extends Of<
  typeof masterResponseGetFrameworksFrameworkFields
> {}
export const MasterResponseGetFrameworksFramework: Message<MasterResponseGetFrameworksFramework> = message(
  'Master.Response.GetFrameworks.Framework',
  masterResponseGetFrameworksFrameworkFields,
);

const masterResponseGetFrameworksFields = {
  frameworks: repeated(MasterResponseGetFrameworksFramework),
  completed_frameworks: repeated(MasterResponseGetFrameworksFramework),
  recovered_frameworks: repeated(FrameworkInfo),
};
export interface MasterResponseGetFrameworks extends Of<typeof masterResponseGetFrameworksFields> {}
export const MasterResponseGetFrameworks: Message<MasterResponseGetFrameworks> = message(
  'Master.Response.GetFrameworks',
  masterResponseGetFrameworksFields,
);

const masterResponseGetAgentsAgentFields = {
  agent_info: required(AgentInfo),
  active: required('bool'),
  deactivated: optional('bool'),
  version: required('string'),
  pid: optional('string'),
  registered_time: optional(TimeInfo),
  reregistered_time: optional(TimeInfo),
  total_resources: repeated(Resource),
  allocated_resources: repeated(Resource),
  offered_resources: repeated(Resource),
  capabilities: repeated(AgentInfoCapability),
  drain_info: optional(DrainInfo),
  estimated_drain_start_time: optional(TimeInfo),
};
export interface MasterResponseGetAgentsAgent extends Of<typeof masterResponseGetAgentsAgentFields> {}
export const MasterResponseGetAgentsAgent: Message<MasterResponseGetAgentsAgent> = message(
  'Master.Response.GetAgents.Agent',
  masterResponseGetAgentsAgentFields,
);

const masterResponseGetAgentsFields = {
  agents: repeated(MasterResponseGetAgentsAgent),
  recovered_agents: repeated(AgentInfo),
};
export interface MasterResponseGetAgents extends Of<typeof masterResponseGetAgentsFields> {}
export const MasterResponseGetAgents: Message<MasterResponseGetAgents> = message(
  'Master.Response.GetAgents',
  masterResponseGetAgentsFields,
);

const masterResponseGetStateFields = {
  get_tasks: optional(MasterResponseGetTasks),
  get_executors: optional(MasterResponseGetExecutors),
  get_frameworks: optional(MasterResponseGetFrameworks),
  get_agents: optional(MasterResponseGetAgents),
};
export interface MasterResponseGetState extends Of<typeof masterResponseGetStateFields> {}
export const MasterResponseGetState: Message<MasterResponseGetState> = message(
  'Master.Response.GetState',
  masterResponseGetStateFields,
);

const masterResponseGetRolesFields = {
  roles: repeated(Role),
};
export interface MasterResponseGetRoles extends Of<typeof masterResponseGetRolesFields> {}
export const MasterResponseGetRoles: Message<MasterResponseGetRoles> = message(
  'Master.Response.GetRoles',
  masterResponseGetRolesFields,
);

const masterResponseGetWeightsFields = {
  weight_infos: repeated(WeightInfo),
};
export interface MasterResponseGetWeights extends Of<typeof masterResponseGetWeightsFields> {}
export const MasterResponseGetWeights: Message<MasterResponseGetWeights> = message(
  'Master.Response.GetWeights',
  masterResponseGetWeightsFields,
);

const masterResponseGetMasterFields = {
  master_info: optional(MasterInfo),
  start_time: optional('double'),
  elected_time: optional('double'),
};
export interface MasterResponseGetMaster extends Of<typeof masterResponseGetMasterFields> {}
export const MasterResponseGetMaster: Message<MasterResponseGetMaster> = message(
  'Master.Response.GetMaster',
  masterResponseGetMasterFields,
);

const masterResponseGetMaintenanceStatusFields = {
  status: required(MaintenanceClusterStatus),
};
export interface MasterResponseGetMaintenanceStatus extends Of<
  typeof masterResponseGetMaintenanceStatusFields
> {}
export const MasterResponseGetMaintenanceStatus: Message<MasterResponseGetMaintenanceStatus> = message(
  'Master.Response.GetMaintenanceStatus',
  masterResponseGetMaintenanceStatusFields,
);

const masterResponseGetMaintenanceScheduleFields = {
  schedule: required(MaintenanceSchedule),
};
export interface MasterResponseGetMaintenanceSchedule extends Of<
  typeof masterResponseGetMaintenanceScheduleFields
> {}
export const MasterResponseGetMaintenanceSchedule: Message<MasterResponseGetMaintenanceSchedule> = message(
  'Master.Response.GetMaintenanceSchedule',
  masterResponseGetMaintenanceScheduleFields,
);

const masterResponseGetQuotaFields = {
  status: required(QuotaQuotaStatus),
};
export interface MasterResponseGetQuota extends Of<typeof masterResponseGetQuotaFields> {}
export const MasterResponseGetQuota: Message<MasterResponseGetQuota> = message(
  'Master.Response.GetQuota',
  masterResponseGetQuotaFields,
);

const masterResponseFields = {
  type: optional(MasterResponseType),
  get_health: optional(MasterResponseGetHealth),
  get_flags: optional(MasterResponseGetFlags),
  get_version: optional(MasterResponseGetVersion),
  get_metrics: optional(MasterResponseGetMetrics),
  get_logging_level: optional(MasterResponseGetLoggingLevel),
  list_files: optional(MasterResponseListFiles),
  read_file: optional(MasterResponseReadFile),
  get_state: optional(MasterResponseGetState),
  get_agents: optional(MasterResponseGetAgents),
  get_frameworks: optional(MasterResponseGetFrameworks),
  get_executors: optional(MasterResponseGetExecutors),
  get_tasks: optional(MasterResponseGetTasks),
  get_roles: optional(MasterResponseGetRoles),
  get_weights: optional(MasterResponseGetWeights),
  get_master: optional(MasterResponseGetMaster),
  get_maintenance_status: optional(MasterResponseGetMaintenanceStatus),
  get_maintenance_schedule: optional(MasterResponseGetMaintenanceSchedule),
  get_quota: optional(MasterResponseGetQuota),
};
export interface MasterResponse extends Of<typeof masterResponseFields> {}
export const MasterResponse: Message<MasterResponse> = message('Master.Response', masterResponseFields);

export const MasterEventType = enumeration('Master.Event.Type', [
  'UNKNOWN',
  'SUBSCRIBED',
  'TASK_ADDED',
  'TASK_UPDATED',
  'AGENT_ADDED',
  'AGENT_REMOVED',
  'FRAMEWORK_ADDED',
  'FRAMEWORK_UPDATED',
  'FRAMEWORK_REMOVED',
  'HEARTBEAT',
]);
export type MasterEventType = ValueOf<typeof MasterEventType>;

const masterEventSubscribedFields = {
  get_state: optional(MasterResponseGetState),
  heartbeat_interval_seconds: optional('double'),
};
export interface MasterEventSubscribed extends Of<typeof masterEventSubscribedFields> {}
export const MasterEventSubscribed: Message<MasterEventSubscribed> = message(
  'Master.Event.Subscribed',
  masterEventSubscribedFields,
);

const masterEventTaskAddedFields = {
  task: required(Task),
};
export interface MasterEventTaskAdded extends Of<typeof masterEventTaskAddedFields> {}
export const MasterEventTaskAdded: Message<MasterEventTaskAdded> = message(
  'Master.Event.TaskAdded',
  masterEventTaskAddedFields,
);

const masterEventTaskUpdatedFields = {
  framework_id: required(FrameworkID),
  status: required(TaskStatus),
  state: required(TaskState),
};
export interface MasterEventTaskUpdated extends Of<typeof masterEventTaskUpdatedFields> {}
export const MasterEventTaskUpdated: Message<MasterEventTaskUpdated> = message(
  'Master.Event.TaskUpdated',
  masterEventTaskUpdatedFields,
);

const masterEventAgentAddedFields = {
  agent: required(MasterResponseGetAgentsAgent),
};
export interface MasterEventAgentAdded extends Of<typeof masterEventAgentAddedFields> {}
export const MasterEventAgentAdded: Message<MasterEventAgentAdded> = message(
  'Master.Event.AgentAdded',
  masterEventAgentAddedFields,
);

const masterEventAgentRemovedFields = {
  agent_id: required(AgentID),
};
export interface MasterEventAgentRemoved extends Of<typeof masterEventAgentRemovedFields> {}
export const MasterEventAgentRemoved: Message<MasterEventAgentRemoved> = message(
  'Master.Event.AgentRemoved',
  masterEventAgentRemovedFields,
);

const masterEventFrameworkAddedFields = {
  framework: required(MasterResponseGetFrameworksFramework),
};
export interface MasterEventFrameworkAdded extends Of<typeof masterEventFrameworkAddedFields> {}
export const MasterEventFrameworkAdded: Message<MasterEventFrameworkAdded> = message(
  'Master.Event.FrameworkAdded',
  masterEventFrameworkAddedFields,
);

const masterEventFrameworkUpdatedFields = {
  framework: required(MasterResponseGetFrameworksFramework),
};
export interface MasterEventFrameworkUpdated extends Of<typeof masterEventFrameworkUpdatedFields> {}
export const MasterEventFrameworkUpdated: Message<MasterEventFrameworkUpdated> = message(
  'Master.Event.FrameworkUpdated',
  masterEventFrameworkUpdatedFields,
);

const masterEventFrameworkRemovedFields = {
  framework_info: required(FrameworkInfo),
};
export interface MasterEventFrameworkRemoved extends Of<typeof masterEventFrameworkRemovedFields> {}
export const MasterEventFrameworkRemoved: Message<MasterEventFrameworkRemoved> = message(
  'Master.Event.FrameworkRemoved',
  masterEventFrameworkRemovedFields,
);

const masterEventFields = {
  type: optional(MasterEventType),
  subscribed: optional(MasterEventSubscribed),
  task_added: optional(MasterEventTaskAdded),
  task_updated: optional(MasterEventTaskUpdated),
  agent_added: optional(MasterEventAgentAdded),
  agent_removed: optional(MasterEventAgentRemoved),
  framework_added: optional(MasterEventFrameworkAdded),
  framework_updated: optional(MasterEventFrameworkUpdated),
  framework_removed: optional(MasterEventFrameworkRemoved),
};
export interface MasterEvent extends Of<typeof masterEventFields> {}
export const MasterEvent: Message<MasterEvent> = message('Master.Event', masterEventFields);
