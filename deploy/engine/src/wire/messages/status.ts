/** Mesos v1 messages: names, labels, defaults and order of the fields as in `mesos/v1/mesos.proto` (Apache Mesos 1.12). */
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
import { AgentID, ContainerID, ExecutorID, OperationID, TaskID, TimeInfo, UUID } from './ids.js';
import { Labels } from './values.js';
import { CheckInfoType, NetworkInfo } from './container.js';
import { Resource } from './resources.js';

export const TaskState = enumeration('TaskState', [
  'TASK_STAGING',
  'TASK_STARTING',
  'TASK_RUNNING',
  'TASK_KILLING',
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
  'TASK_ERROR',
  'TASK_LOST',
  'TASK_DROPPED',
  'TASK_UNREACHABLE',
  'TASK_GONE',
  'TASK_GONE_BY_OPERATOR',
  'TASK_UNKNOWN',
]);
export type TaskState = ValueOf<typeof TaskState>;

export const TaskStatusSource = enumeration('TaskStatus.Source', [
  'SOURCE_MASTER',
  'SOURCE_AGENT',
  'SOURCE_EXECUTOR',
]);
export type TaskStatusSource = ValueOf<typeof TaskStatusSource>;

export const TaskStatusReason = enumeration('TaskStatus.Reason', [
  'REASON_COMMAND_EXECUTOR_FAILED',
  'REASON_CONTAINER_LAUNCH_FAILED',
  'REASON_CONTAINER_LIMITATION',
  'REASON_CONTAINER_LIMITATION_DISK',
  'REASON_CONTAINER_LIMITATION_MEMORY',
  'REASON_CONTAINER_PREEMPTED',
  'REASON_CONTAINER_UPDATE_FAILED',
  'REASON_MAX_COMPLETION_TIME_REACHED',
  'REASON_EXECUTOR_REGISTRATION_TIMEOUT',
  'REASON_EXECUTOR_REREGISTRATION_TIMEOUT',
  'REASON_EXECUTOR_TERMINATED',
  'REASON_EXECUTOR_UNREGISTERED',
  'REASON_FRAMEWORK_REMOVED',
  'REASON_GC_ERROR',
  'REASON_INVALID_FRAMEWORKID',
  'REASON_INVALID_OFFERS',
  'REASON_IO_SWITCHBOARD_EXITED',
  'REASON_MASTER_DISCONNECTED',
  'REASON_RECONCILIATION',
  'REASON_RESOURCES_UNKNOWN',
  'REASON_AGENT_DISCONNECTED',
  'REASON_AGENT_DRAINING',
  'REASON_AGENT_REMOVED',
  'REASON_AGENT_REMOVED_BY_OPERATOR',
  'REASON_AGENT_REREGISTERED',
  'REASON_AGENT_RESTARTED',
  'REASON_AGENT_UNKNOWN',
  'REASON_TASK_KILLED_DURING_LAUNCH',
  'REASON_TASK_CHECK_STATUS_UPDATED',
  'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED',
  'REASON_TASK_GROUP_INVALID',
  'REASON_TASK_GROUP_UNAUTHORIZED',
  'REASON_TASK_INVALID',
  'REASON_TASK_UNAUTHORIZED',
  'REASON_TASK_UNKNOWN',
]);
export type TaskStatusReason = ValueOf<typeof TaskStatusReason>;

const checkStatusInfoCommandFields = {
  exit_code: optional('int32'),
};
export interface CheckStatusInfoCommand extends Of<typeof checkStatusInfoCommandFields> {}
export const CheckStatusInfoCommand: Message<CheckStatusInfoCommand> = message(
  'CheckStatusInfo.Command',
  checkStatusInfoCommandFields,
);

const checkStatusInfoHttpFields = {
  status_code: optional('uint32'),
};
export interface CheckStatusInfoHttp extends Of<typeof checkStatusInfoHttpFields> {}
export const CheckStatusInfoHttp: Message<CheckStatusInfoHttp> = message(
  'CheckStatusInfo.Http',
  checkStatusInfoHttpFields,
);

const checkStatusInfoTcpFields = {
  succeeded: optional('bool'),
};
export interface CheckStatusInfoTcp extends Of<typeof checkStatusInfoTcpFields> {}
export const CheckStatusInfoTcp: Message<CheckStatusInfoTcp> = message(
  'CheckStatusInfo.Tcp',
  checkStatusInfoTcpFields,
);

const checkStatusInfoFields = {
  type: optional(CheckInfoType),
  command: optional(CheckStatusInfoCommand),
  http: optional(CheckStatusInfoHttp),
  tcp: optional(CheckStatusInfoTcp),
};
export interface CheckStatusInfo extends Of<typeof checkStatusInfoFields> {}
export const CheckStatusInfo: Message<CheckStatusInfo> = message('CheckStatusInfo', checkStatusInfoFields);

const cgroupInfoNetClsFields = {
  classid: optional('uint32'),
};
export interface CgroupInfoNetCls extends Of<typeof cgroupInfoNetClsFields> {}
export const CgroupInfoNetCls: Message<CgroupInfoNetCls> = message(
  'CgroupInfo.NetCls',
  cgroupInfoNetClsFields,
);

const cgroupInfoFields = {
  net_cls: optional(CgroupInfoNetCls),
};
export interface CgroupInfo extends Of<typeof cgroupInfoFields> {}
export const CgroupInfo: Message<CgroupInfo> = message('CgroupInfo', cgroupInfoFields);

const containerStatusFields = {
  container_id: optional(ContainerID),
  network_infos: repeated(NetworkInfo),
  cgroup_info: optional(CgroupInfo),
  executor_pid: optional('uint32'),
};
export interface ContainerStatus extends Of<typeof containerStatusFields> {}
export const ContainerStatus: Message<ContainerStatus> = message('ContainerStatus', containerStatusFields);

const taskResourceLimitationFields = {
  resources: repeated(Resource),
};
export interface TaskResourceLimitation extends Of<typeof taskResourceLimitationFields> {}
export const TaskResourceLimitation: Message<TaskResourceLimitation> = message(
  'TaskResourceLimitation',
  taskResourceLimitationFields,
);

const taskStatusFields = {
  task_id: required(TaskID),
  state: required(TaskState),
  message: optional('string'),
  source: optional(TaskStatusSource),
  reason: optional(TaskStatusReason),
  data: optional('bytes'),
  agent_id: optional(AgentID),
  executor_id: optional(ExecutorID),
  timestamp: optional('double'),
  uuid: optional('bytes'),
  healthy: optional('bool'),
  check_status: optional(CheckStatusInfo),
  labels: optional(Labels),
  container_status: optional(ContainerStatus),
  unreachable_time: optional(TimeInfo),
  limitation: optional(TaskResourceLimitation),
};
export interface TaskStatus extends Of<typeof taskStatusFields> {}
export const TaskStatus: Message<TaskStatus> = message('TaskStatus', taskStatusFields);

export const OperationState = enumeration('OperationState', [
  'OPERATION_UNSUPPORTED',
  'OPERATION_PENDING',
  'OPERATION_FINISHED',
  'OPERATION_FAILED',
  'OPERATION_ERROR',
  'OPERATION_DROPPED',
  'OPERATION_UNREACHABLE',
  'OPERATION_GONE_BY_OPERATOR',
  'OPERATION_RECOVERING',
  'OPERATION_UNKNOWN',
]);
export type OperationState = ValueOf<typeof OperationState>;

const operationStatusFields = {
  operation_id: optional(OperationID),
  state: required(OperationState),
  message: optional('string'),
  converted_resources: repeated(Resource),
  uuid: optional(UUID),
  agent_id: optional(AgentID),
};
export interface OperationStatus extends Of<typeof operationStatusFields> {}
export const OperationStatus: Message<OperationStatus> = message('OperationStatus', operationStatusFields);
