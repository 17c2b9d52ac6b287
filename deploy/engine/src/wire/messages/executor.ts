/** Mesos v1 messages: names, labels, defaults and order of the fields as in `mesos/v1/executor/executor.proto` (Apache Mesos 1.12). */
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
import { ContainerID, ExecutorID, FrameworkID, TaskID } from './ids.js';
import { KillPolicy } from './container.js';
import { TaskStatus } from './status.js';
import { ExecutorInfo, TaskGroupInfo, TaskInfo } from './task.js';
import { AgentInfo, FrameworkInfo } from './entities.js';

export const ExecutorEventType = enumeration('Executor.Event.Type', [
  'UNKNOWN',
  'SUBSCRIBED',
  'LAUNCH',
  'LAUNCH_GROUP',
  'KILL',
  'ACKNOWLEDGED',
  'MESSAGE',
  'ERROR',
  'SHUTDOWN',
  'HEARTBEAT',
]);
export type ExecutorEventType = ValueOf<typeof ExecutorEventType>;

const executorEventSubscribedFields = {
  executor_info: required(ExecutorInfo),
  framework_info: required(FrameworkInfo),
  agent_info: required(AgentInfo),
  container_id: optional(ContainerID),
};
export interface ExecutorEventSubscribed extends Of<typeof executorEventSubscribedFields> {}
export const ExecutorEventSubscribed: Message<ExecutorEventSubscribed> = message(
  'Executor.Event.Subscribed',
  executorEventSubscribedFields,
);

const executorEventAcknowledgedFields = {
  task_id: required(TaskID),
  uuid: required('bytes'),
};
export interface ExecutorEventAcknowledged extends Of<typeof executorEventAcknowledgedFields> {}
export const ExecutorEventAcknowledged: Message<ExecutorEventAcknowledged> = message(
  'Executor.Event.Acknowledged',
  executorEventAcknowledgedFields,
);

const executorEventLaunchFields = {
  task: required(TaskInfo),
};
export interface ExecutorEventLaunch extends Of<typeof executorEventLaunchFields> {}
export const ExecutorEventLaunch: Message<ExecutorEventLaunch> = message(
  'Executor.Event.Launch',
  executorEventLaunchFields,
);

const executorEventLaunchGroupFields = {
  task_group: required(TaskGroupInfo),
};
export interface ExecutorEventLaunchGroup extends Of<typeof executorEventLaunchGroupFields> {}
export const ExecutorEventLaunchGroup: Message<ExecutorEventLaunchGroup> = message(
  'Executor.Event.LaunchGroup',
  executorEventLaunchGroupFields,
);

const executorEventKillFields = {
  task_id: required(TaskID),
  kill_policy: optional(KillPolicy),
};
export interface ExecutorEventKill extends Of<typeof executorEventKillFields> {}
export const ExecutorEventKill: Message<ExecutorEventKill> = message(
  'Executor.Event.Kill',
  executorEventKillFields,
);

const executorEventMessageFields = {
  data: required('bytes'),
};
export interface ExecutorEventMessage extends Of<typeof executorEventMessageFields> {}
export const ExecutorEventMessage: Message<ExecutorEventMessage> = message(
  'Executor.Event.Message',
  executorEventMessageFields,
);

const executorEventErrorFields = {
  message: required('string'),
};
export interface ExecutorEventError extends Of<typeof executorEventErrorFields> {}
export const ExecutorEventError: Message<ExecutorEventError> = message(
  'Executor.Event.Error',
  executorEventErrorFields,
);

const executorEventFields = {
  type: optional(ExecutorEventType),
  subscribed: optional(ExecutorEventSubscribed),
  acknowledged: optional(ExecutorEventAcknowledged),
  launch: optional(ExecutorEventLaunch),
  launch_group: optional(ExecutorEventLaunchGroup),
  kill: optional(ExecutorEventKill),
  message: optional(ExecutorEventMessage),
  error: optional(ExecutorEventError),
};
export interface ExecutorEvent extends Of<typeof executorEventFields> {}
export const ExecutorEvent: Message<ExecutorEvent> = message('Executor.Event', executorEventFields);

export const ExecutorCallType = enumeration('Executor.Call.Type', [
  'UNKNOWN',
  'SUBSCRIBE',
  'UPDATE',
  'MESSAGE',
  'HEARTBEAT',
]);
export type ExecutorCallType = ValueOf<typeof ExecutorCallType>;

const executorCallUpdateFields = {
  status: required(TaskStatus),
};
export interface ExecutorCallUpdate extends Of<typeof executorCallUpdateFields> {}
export const ExecutorCallUpdate: Message<ExecutorCallUpdate> = message(
  'Executor.Call.Update',
  executorCallUpdateFields,
);

const executorCallSubscribeFields = {
  unacknowledged_tasks: repeated(TaskInfo),
  unacknowledged_updates: repeated(ExecutorCallUpdate),
};
export interface ExecutorCallSubscribe extends Of<typeof executorCallSubscribeFields> {}
export const ExecutorCallSubscribe: Message<ExecutorCallSubscribe> = message(
  'Executor.Call.Subscribe',
  executorCallSubscribeFields,
);

const executorCallMessageFields = {
  data: required('bytes'),
};
export interface ExecutorCallMessage extends Of<typeof executorCallMessageFields> {}
export const ExecutorCallMessage: Message<ExecutorCallMessage> = message(
  'Executor.Call.Message',
  executorCallMessageFields,
);

const executorCallFields = {
  executor_id: required(ExecutorID),
  framework_id: required(FrameworkID),
  type: optional(ExecutorCallType),
  subscribe: optional(ExecutorCallSubscribe),
  update: optional(ExecutorCallUpdate),
  message: optional(ExecutorCallMessage),
};
export interface ExecutorCall extends Of<typeof executorCallFields> {}
export const ExecutorCall: Message<ExecutorCall> = message('Executor.Call', executorCallFields);
