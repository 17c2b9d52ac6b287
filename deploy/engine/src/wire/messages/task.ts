/** Mesos v1 messages: names, labels, defaults and order of the fields as in `mesos/v1/mesos.proto` (Apache Mesos 1.12). */
import {
  enumeration,
  mapOf,
  message,
  optional,
  repeated,
  required,
  type Message,
  type Of,
  type ValueOf,
} from '../schema.js';
import { AgentID, DurationInfo, ExecutorID, FrameworkID, TaskID } from './ids.js';
import { Labels, ValueScalar } from './values.js';
import { CheckInfo, CommandInfo, ContainerInfo, HealthCheck, KillPolicy } from './container.js';
import { Resource } from './resources.js';
import { TaskState, TaskStatus } from './status.js';

export const ExecutorInfoType = enumeration('ExecutorInfo.Type', ['UNKNOWN', 'DEFAULT', 'CUSTOM']);
export type ExecutorInfoType = ValueOf<typeof ExecutorInfoType>;

export const DiscoveryInfoVisibility = enumeration('DiscoveryInfo.Visibility', [
  'FRAMEWORK',
  'CLUSTER',
  'EXTERNAL',
]);
export type DiscoveryInfoVisibility = ValueOf<typeof DiscoveryInfoVisibility>;

const portFields = {
  number: required('uint32'),
  name: optional('string'),
  protocol: optional('string'),
  visibility: optional(DiscoveryInfoVisibility),
  labels: optional(Labels),
};
export interface Port extends Of<typeof portFields> {}
export const Port: Message<Port> = message('Port', portFields);

const portsFields = {
  ports: repeated(Port),
};
export interface Ports extends Of<typeof portsFields> {}
export const Ports: Message<Ports> = message('Ports', portsFields);

const discoveryInfoFields = {
  visibility: required(DiscoveryInfoVisibility),
  name: optional('string'),
  environment: optional('string'),
  location: optional('string'),
  version: optional('string'),
  ports: optional(Ports),
  labels: optional(Labels),
};
export interface DiscoveryInfo extends Of<typeof discoveryInfoFields> {}
export const DiscoveryInfo: Message<DiscoveryInfo> = message('DiscoveryInfo', discoveryInfoFields);

const executorInfoFields = {
  type: optional(ExecutorInfoType),
  executor_id: required(ExecutorID),
  framework_id: optional(FrameworkID),
  command: optional(CommandInfo),
  container: optional(ContainerInfo),
  resources: repeated(Resource),
  name: optional('string'),
  source: optional('string'),
  data: optional('bytes'),
  discovery: optional(DiscoveryInfo),
  shutdown_grace_period: optional(DurationInfo),
  labels: optional(Labels),
};
export interface ExecutorInfo extends Of<typeof executorInfoFields> {}
export const ExecutorInfo: Message<ExecutorInfo> = message('ExecutorInfo', executorInfoFields);

const taskInfoFields = {
  name: required('string'),
  task_id: required(TaskID),
  agent_id: required(AgentID),
  resources: repeated(Resource),
  executor: optional(ExecutorInfo),
  command: optional(CommandInfo),
  container: optional(ContainerInfo),
  health_check: optional(HealthCheck),
  check: optional(CheckInfo),
  kill_policy: optional(KillPolicy),
  data: optional('bytes'),
  labels: optional(Labels),
  discovery: optional(DiscoveryInfo),
  max_completion_time: optional(DurationInfo),
  limits: mapOf(ValueScalar),
};
export interface TaskInfo extends Of<typeof taskInfoFields> {}
export const TaskInfo: Message<TaskInfo> = message('TaskInfo', taskInfoFields);

const taskGroupInfoFields = {
  tasks: repeated(TaskInfo),
};
export interface TaskGroupInfo extends Of<typeof taskGroupInfoFields> {}
export const TaskGroupInfo: Message<TaskGroupInfo> = message('TaskGroupInfo', taskGroupInfoFields);

const taskFields = {
  name: required('string'),
  task_id: required(TaskID),
  framework_id: required(FrameworkID),
  executor_id: optional(ExecutorID),
  agent_id: required(AgentID),
  state: required(TaskState),
  resources: repeated(Resource),
  statuses: repeated(TaskStatus),
  status_update_state: optional(TaskState),
  status_update_uuid: optional('bytes'),
  labels: optional(Labels),
  discovery: optional(DiscoveryInfo),
  container: optional(ContainerInfo),
  health_check: optional(HealthCheck),
  kill_policy: optional(KillPolicy),
  user: optional('string'),
  limits: mapOf(ValueScalar),
};
export interface Task extends Of<typeof taskFields> {}
export const Task: Message<Task> = message('Task', taskFields);

const flagFields = {
  name: required('string'),
  value: optional('string'),
};
export interface Flag extends Of<typeof flagFields> {}
export const Flag: Message<Flag> = message('Flag', flagFields);

const metricFields = {
  name: required('string'),
  value: optional('double'),
};
export interface Metric extends Of<typeof metricFields> {}
export const Metric: Message<Metric> = message('Metric', metricFields);
