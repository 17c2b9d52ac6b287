/** Mesos v1 messages: names, labels, defaults and order of the fields as in `mesos/v1/agent/agent.proto` (Apache Mesos 1.12). */
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
import { ContainerID, DurationInfo, ExecutorID, FrameworkID, TimeInfo } from './ids.js';
import { ResourceStatistics } from './resources.js';
import { ContainerStatus } from './status.js';
import { ExecutorInfo, Flag, Metric, Task } from './task.js';
import { AgentInfo, DrainConfig, FileInfo, FrameworkInfo, VersionInfo } from './entities.js';

export const AgentCallType = enumeration('Agent.Call.Type', [
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
  'GET_CONTAINERS',
  'GET_FRAMEWORKS',
  'GET_EXECUTORS',
  'GET_OPERATIONS',
  'GET_TASKS',
  'GET_AGENT',
  'GET_RESOURCE_PROVIDERS',
  'LAUNCH_NESTED_CONTAINER',
  'WAIT_NESTED_CONTAINER',
  'KILL_NESTED_CONTAINER',
  'REMOVE_NESTED_CONTAINER',
  'LAUNCH_NESTED_CONTAINER_SESSION',
  'ATTACH_CONTAINER_INPUT',
  'ATTACH_CONTAINER_OUTPUT',
  'LAUNCH_CONTAINER',
  'WAIT_CONTAINER',
  'KILL_CONTAINER',
  'REMOVE_CONTAINER',
  'ADD_RESOURCE_PROVIDER_CONFIG',
  'UPDATE_RESOURCE_PROVIDER_CONFIG',
  'REMOVE_RESOURCE_PROVIDER_CONFIG',
  'MARK_RESOURCE_PROVIDER_GONE',
  'PRUNE_IMAGES',
]);
export type AgentCallType = ValueOf<typeof AgentCallType>;

const agentCallGetMetricsFields = {
  timeout: optional(DurationInfo),
};
export interface AgentCallGetMetrics extends Of<typeof agentCallGetMetricsFields> {}
export const AgentCallGetMetrics: Message<AgentCallGetMetrics> = message(
  'Agent.Call.GetMetrics',
  agentCallGetMetricsFields,
);

const agentCallSetLoggingLevelFields = {
  level: required('uint32'),
  duration: required(DurationInfo),
};
export interface AgentCallSetLoggingLevel extends Of<typeof agentCallSetLoggingLevelFields> {}
export const AgentCallSetLoggingLevel: Message<AgentCallSetLoggingLevel> = message(
  'Agent.Call.SetLoggingLevel',
  agentCallSetLoggingLevelFields,
);

const agentCallListFilesFields = {
  path: required('string'),
};
export interface AgentCallListFiles extends Of<typeof agentCallListFilesFields> {}
export const AgentCallListFiles: Message<AgentCallListFiles> = message(
  'Agent.Call.ListFiles',
  agentCallListFilesFields,
);

const agentCallReadFileFields = {
  path: required('string'),
  offset: required('uint64'),
  length: optional('uint64'),
};
export interface AgentCallReadFile extends Of<typeof agentCallReadFileFields> {}
export const AgentCallReadFile: Message<AgentCallReadFile> = message(
  'Agent.Call.ReadFile',
  agentCallReadFileFields,
);

const agentCallGetContainersFields = {
  show_nested: optional('bool'),
  show_standalone: optional('bool'),
};
export interface AgentCallGetContainers extends Of<typeof agentCallGetContainersFields> {}
export const AgentCallGetContainers: Message<AgentCallGetContainers> = message(
  'Agent.Call.GetContainers',
  agentCallGetContainersFields,
);

const agentCallFields = {
  type: optional(AgentCallType),
  get_metrics: optional(AgentCallGetMetrics),
  set_logging_level: optional(AgentCallSetLoggingLevel),
  list_files: optional(AgentCallListFiles),
  read_file: optional(AgentCallReadFile),
  get_containers: optional(AgentCallGetContainers),
};
export interface AgentCall extends Of<typeof agentCallFields> {}
export const AgentCall: Message<AgentCall> = message('Agent.Call', agentCallFields);

export const AgentResponseType = enumeration('Agent.Response.Type', [
  'UNKNOWN',
  'GET_HEALTH',
  'GET_FLAGS',
  'GET_VERSION',
  'GET_METRICS',
  'GET_LOGGING_LEVEL',
  'LIST_FILES',
  'READ_FILE',
  'GET_STATE',
  'GET_CONTAINERS',
  'GET_FRAMEWORKS',
  'GET_EXECUTORS',
  'GET_OPERATIONS',
  'GET_TASKS',
  'GET_AGENT',
  'GET_RESOURCE_PROVIDERS',
  'WAIT_NESTED_CONTAINER',
  'WAIT_CONTAINER',
]);
export type AgentResponseType = ValueOf<typeof AgentResponseType>;

const agentResponseGetHealthFields = {
  healthy: required('bool'),
};
export interface AgentResponseGetHealth extends Of<typeof agentResponseGetHealthFields> {}
export const AgentResponseGetHealth: Message<AgentResponseGetHealth> = message(
  'Agent.Response.GetHealth',
  agentResponseGetHealthFields,
);

const agentResponseGetFlagsFields = {
  flags: repeated(Flag),
};
export interface AgentResponseGetFlags extends Of<typeof agentResponseGetFlagsFields> {}
export const AgentResponseGetFlags: Message<AgentResponseGetFlags> = message(
  'Agent.Response.GetFlags',
  agentResponseGetFlagsFields,
);

const agentResponseGetVersionFields = {
  version_info: required(VersionInfo),
};
export interface AgentResponseGetVersion extends Of<typeof agentResponseGetVersionFields> {}
export const AgentResponseGetVersion: Message<AgentResponseGetVersion> = message(
  'Agent.Response.GetVersion',
  agentResponseGetVersionFields,
);

const agentResponseGetMetricsFields = {
  metrics: repeated(Metric),
};
export interface AgentResponseGetMetrics extends Of<typeof agentResponseGetMetricsFields> {}
export const AgentResponseGetMetrics: Message<AgentResponseGetMetrics> = message(
  'Agent.Response.GetMetrics',
  agentResponseGetMetricsFields,
);

const agentResponseGetLoggingLevelFields = {
  level: required('uint32'),
};
export interface AgentResponseGetLoggingLevel extends Of<typeof agentResponseGetLoggingLevelFields> {}
export const AgentResponseGetLoggingLevel: Message<AgentResponseGetLoggingLevel> = message(
  'Agent.Response.GetLoggingLevel',
  agentResponseGetLoggingLevelFields,
);

const agentResponseListFilesFields = {
  file_infos: repeated(FileInfo),
};
export interface AgentResponseListFiles extends Of<typeof agentResponseListFilesFields> {}
export const AgentResponseListFiles: Message<AgentResponseListFiles> = message(
  'Agent.Response.ListFiles',
  agentResponseListFilesFields,
);

const agentResponseReadFileFields = {
  size: required('uint64'),
  data: required('bytes'),
};
export interface AgentResponseReadFile extends Of<typeof agentResponseReadFileFields> {}
export const AgentResponseReadFile: Message<AgentResponseReadFile> = message(
  'Agent.Response.ReadFile',
  agentResponseReadFileFields,
);

const agentResponseGetTasksFields = {
  pending_tasks: repeated(Task),
  queued_tasks: repeated(Task),
  launched_tasks: repeated(Task),
  terminated_tasks: repeated(Task),
  completed_tasks: repeated(Task),
};
export interface AgentResponseGetTasks extends Of<typeof agentResponseGetTasksFields> {}
export const AgentResponseGetTasks: Message<AgentResponseGetTasks> = message(
  'Agent.Response.GetTasks',
  agentResponseGetTasksFields,
);

const agentResponseGetExecutorsExecutorFields = {
  executor_info: required(ExecutorInfo),
};
export interface AgentResponseGetExecutorsExecutor extends Of<
  typeof agentResponseGetExecutorsExecutorFields
> {}
export const AgentResponseGetExecutorsExecutor: Message<AgentResponseGetExecutorsExecutor> = message(
  'Agent.Response.GetExecutors.Executor',
  agentResponseGetExecutorsExecutorFields,
);

const agentResponseGetExecutorsFields = {
  executors: repeated(AgentResponseGetExecutorsExecutor),
  completed_executors: repeated(AgentResponseGetExecutorsExecutor),
};
export interface AgentResponseGetExecutors extends Of<typeof agentResponseGetExecutorsFields> {}
export const AgentResponseGetExecutors: Message<AgentResponseGetExecutors> = message(
  'Agent.Response.GetExecutors',
  agentResponseGetExecutorsFields,
);

const agentResponseGetFrameworksFrameworkFields = {
  framework_info: required(FrameworkInfo),
};
export interface AgentResponseGetFrameworksFramework extends Of<
  typeof agentResponseGetFrameworksFrameworkFields
> {}
export const AgentResponseGetFrameworksFramework: Message<AgentResponseGetFrameworksFramework> = message(
  'Agent.Response.GetFrameworks.Framework',
  agentResponseGetFrameworksFrameworkFields,
);

const agentResponseGetFrameworksFields = {
  frameworks: repeated(AgentResponseGetFrameworksFramework),
  completed_frameworks: repeated(AgentResponseGetFrameworksFramework),
};
export interface AgentResponseGetFrameworks extends Of<typeof agentResponseGetFrameworksFields> {}
export const AgentResponseGetFrameworks: Message<AgentResponseGetFrameworks> = message(
  'Agent.Response.GetFrameworks',
  agentResponseGetFrameworksFields,
);

const agentResponseGetStateFields = {
  get_tasks: optional(AgentResponseGetTasks),
  get_executors: optional(AgentResponseGetExecutors),
  get_frameworks: optional(AgentResponseGetFrameworks),
};
export interface AgentResponseGetState extends Of<typeof agentResponseGetStateFields> {}
export const AgentResponseGetState: Message<AgentResponseGetState> = message(
  'Agent.Response.GetState',
  agentResponseGetStateFields,
);

const agentResponseGetContainersContainerFields = {
  framework_id: optional(FrameworkID),
  executor_id: optional(ExecutorID),
  executor_name: optional('string'),
  container_id: required(ContainerID),
  container_status: optional(ContainerStatus),
  resource_statistics: optional(ResourceStatistics),
};
export interface AgentResponseGetContainersContainer extends Of<
  typeof agentResponseGetContainersContainerFields
> {}
export const AgentResponseGetContainersContainer: Message<AgentResponseGetContainersContainer> = message(
  'Agent.Response.GetContainers.Container',
  agentResponseGetContainersContainerFields,
);

const agentResponseGetContainersFields = {
  containers: repeated(AgentResponseGetContainersContainer),
};
export interface AgentResponseGetContainers extends Of<typeof agentResponseGetContainersFields> {}
export const AgentResponseGetContainers: Message<AgentResponseGetContainers> = message(
  'Agent.Response.GetContainers',
  agentResponseGetContainersFields,
);

const agentResponseGetAgentFields = {
  agent_info: optional(AgentInfo),
  drain_config: optional(DrainConfig),
  estimated_drain_start_time: optional(TimeInfo),
};
export interface AgentResponseGetAgent extends Of<typeof agentResponseGetAgentFields> {}
export const AgentResponseGetAgent: Message<AgentResponseGetAgent> = message(
  'Agent.Response.GetAgent',
  agentResponseGetAgentFields,
);

const agentResponseFields = {
  type: optional(AgentResponseType),
  get_health: optional(AgentResponseGetHealth),
  get_flags: optional(AgentResponseGetFlags),
  get_version: optional(AgentResponseGetVersion),
  get_metrics: optional(AgentResponseGetMetrics),
  get_logging_level: optional(AgentResponseGetLoggingLevel),
  list_files: optional(AgentResponseListFiles),
  read_file: optional(AgentResponseReadFile),
  get_state: optional(AgentResponseGetState),
  get_containers: optional(AgentResponseGetContainers),
  get_frameworks: optional(AgentResponseGetFrameworks),
  get_executors: optional(AgentResponseGetExecutors),
  get_tasks: optional(AgentResponseGetTasks),
  get_agent: optional(AgentResponseGetAgent),
};
export interface AgentResponse extends Of<typeof agentResponseFields> {}
export const AgentResponse: Message<AgentResponse> = message('Agent.Response', agentResponseFields);
