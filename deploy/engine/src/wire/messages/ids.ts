/** Mesos v1 messages: names, labels, defaults and order of the fields as in `mesos/v1/mesos.proto` (Apache Mesos 1.12). */
import { message, optional, required, type Message, type Of } from '../schema.js';

const frameworkIDFields = {
  value: required('string'),
};
export interface FrameworkID extends Of<typeof frameworkIDFields> {}
export const FrameworkID: Message<FrameworkID> = message('FrameworkID', frameworkIDFields);

const offerIDFields = {
  value: required('string'),
};
export interface OfferID extends Of<typeof offerIDFields> {}
export const OfferID: Message<OfferID> = message('OfferID', offerIDFields);

const agentIDFields = {
  value: required('string'),
};
export interface AgentID extends Of<typeof agentIDFields> {}
export const AgentID: Message<AgentID> = message('AgentID', agentIDFields);

const taskIDFields = {
  value: required('string'),
};
export interface TaskID extends Of<typeof taskIDFields> {}
export const TaskID: Message<TaskID> = message('TaskID', taskIDFields);

const executorIDFields = {
  value: required('string'),
};
export interface ExecutorID extends Of<typeof executorIDFields> {}
export const ExecutorID: Message<ExecutorID> = message('ExecutorID', executorIDFields);

const containerIDFields = {
  value: required('string'),
};
export interface ContainerID extends Of<typeof containerIDFields> {}
export const ContainerID: Message<ContainerID> = message('ContainerID', containerIDFields);

const operationIDFields = {
  value: required('string'),
};
export interface OperationID extends Of<typeof operationIDFields> {}
export const OperationID: Message<OperationID> = message('OperationID', operationIDFields);

const timeInfoFields = {
  nanoseconds: required('int64'),
};
export interface TimeInfo extends Of<typeof timeInfoFields> {}
export const TimeInfo: Message<TimeInfo> = message('TimeInfo', timeInfoFields);

const durationInfoFields = {
  nanoseconds: required('int64'),
};
export interface DurationInfo extends Of<typeof durationInfoFields> {}
export const DurationInfo: Message<DurationInfo> = message('DurationInfo', durationInfoFields);

const uUIDFields = {
  value: required('bytes'),
};
export interface UUID extends Of<typeof uUIDFields> {}
export const UUID: Message<UUID> = message('UUID', uUIDFields);

/** `google.protobuf.Duration`, which a few newer calls use in place of DurationInfo. */
const protobufDurationFields = {
  seconds: optional('int64'),
  nanos: optional('int32'),
};
export interface ProtobufDuration extends Of<typeof protobufDurationFields> {}
export const ProtobufDuration: Message<ProtobufDuration> = message(
  'google.protobuf.Duration',
  protobufDurationFields,
);
