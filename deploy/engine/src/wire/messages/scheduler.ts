/** Mesos v1 messages: names, labels, defaults and order of the fields as in `mesos/v1/scheduler/scheduler.proto` (Apache Mesos 1.12). */
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
import { AgentID, ExecutorID, FrameworkID, OfferID, OperationID, TaskID } from './ids.js';
import { KillPolicy } from './container.js';
import { OperationStatus, TaskStatus } from './status.js';
import { FrameworkInfo, MasterInfo } from './entities.js';
import { Filters, InverseOffer, Offer, OfferOperation, Request } from './offers.js';

export const SchedulerEventType = enumeration('Scheduler.Event.Type', [
  'UNKNOWN',
  'SUBSCRIBED',
  'OFFERS',
  'INVERSE_OFFERS',
  'RESCIND',
  'RESCIND_INVERSE_OFFER',
  'UPDATE',
  'UPDATE_OPERATION_STATUS',
  'MESSAGE',
  'FAILURE',
  'ERROR',
  'HEARTBEAT',
]);
export type SchedulerEventType = ValueOf<typeof SchedulerEventType>;

const schedulerEventSubscribedFields = {
  framework_id: required(FrameworkID),
  heartbeat_interval_seconds: optional('double'),
  master_info: optional(MasterInfo),
};
export interface SchedulerEventSubscribed extends Of<typeof schedulerEventSubscribedFields> {}
export const SchedulerEventSubscribed: Message<SchedulerEventSubscribed> = message(
  'Scheduler.Event.Subscribed',
  schedulerEventSubscribedFields,
);

const schedulerEventOffersFields = {
  offers: repeated(Offer),
};
export interface SchedulerEventOffers extends Of<typeof schedulerEventOffersFields> {}
export const SchedulerEventOffers: Message<SchedulerEventOffers> = message(
  'Scheduler.Event.Offers',
  schedulerEventOffersFields,
);

const schedulerEventInverseOffersFields = {
  inverse_offers: repeated(InverseOffer),
};
export interface SchedulerEventInverseOffers extends Of<typeof schedulerEventInverseOffersFields> {}
export const SchedulerEventInverseOffers: Message<SchedulerEventInverseOffers> = message(
  'Scheduler.Event.InverseOffers',
  schedulerEventInverseOffersFields,
);

const schedulerEventRescindFields = {
  offer_id: required(OfferID),
};
export interface SchedulerEventRescind extends Of<typeof schedulerEventRescindFields> {}
export const SchedulerEventRescind: Message<SchedulerEventRescind> = message(
  'Scheduler.Event.Rescind',
  schedulerEventRescindFields,
);

const schedulerEventRescindInverseOfferFields = {
  inverse_offer_id: required(OfferID),
};
export interface SchedulerEventRescindInverseOffer extends Of<
  typeof schedulerEventRescindInverseOfferFields
> {}
export const SchedulerEventRescindInverseOffer: Message<SchedulerEventRescindInverseOffer> = message(
  'Scheduler.Event.RescindInverseOffer',
  schedulerEventRescindInverseOfferFields,
);

const schedulerEventUpdateFields = {
  status: required(TaskStatus),
};
export interface SchedulerEventUpdate extends Of<typeof schedulerEventUpdateFields> {}
export const SchedulerEventUpdate: Message<SchedulerEventUpdate> = message(
  'Scheduler.Event.Update',
  schedulerEventUpdateFields,
);

const schedulerEventUpdateOperationStatusFields = {
  status: required(OperationStatus),
};
export interface SchedulerEventUpdateOperationStatus extends Of<
  typeof schedulerEventUpdateOperationStatusFields
> {}
export const SchedulerEventUpdateOperationStatus: Message<SchedulerEventUpdateOperationStatus> = message(
  'Scheduler.Event.UpdateOperationStatus',
  schedulerEventUpdateOperationStatusFields,
);

const schedulerEventMessageFields = {
  agent_id: required(AgentID),
  executor_id: required(ExecutorID),
  data: required('bytes'),
};
export interface SchedulerEventMessage extends Of<typeof schedulerEventMessageFields> {}
export const SchedulerEventMessage: Message<SchedulerEventMessage> = message(
  'Scheduler.Event.Message',
  schedulerEventMessageFields,
);

const schedulerEventFailureFields = {
  agent_id: optional(AgentID),
  executor_id: optional(ExecutorID),
  status: optional('int32'),
};
export interface SchedulerEventFailure extends Of<typeof schedulerEventFailureFields> {}
export const SchedulerEventFailure: Message<SchedulerEventFailure> = message(
  'Scheduler.Event.Failure',
  schedulerEventFailureFields,
);

const schedulerEventErrorFields = {
  message: required('string'),
};
export interface SchedulerEventError extends Of<typeof schedulerEventErrorFields> {}
export const SchedulerEventError: Message<SchedulerEventError> = message(
  'Scheduler.Event.Error',
  schedulerEventErrorFields,
);

const schedulerEventFields = {
  type: optional(SchedulerEventType),
  subscribed: optional(SchedulerEventSubscribed),
  offers: optional(SchedulerEventOffers),
  inverse_offers: optional(SchedulerEventInverseOffers),
  rescind: optional(SchedulerEventRescind),
  rescind_inverse_offer: optional(SchedulerEventRescindInverseOffer),
  update: optional(SchedulerEventUpdate),
  update_operation_status: optional(SchedulerEventUpdateOperationStatus),
  message: optional(SchedulerEventMessage),
  failure: optional(SchedulerEventFailure),
  error: optional(SchedulerEventError),
};
export interface SchedulerEvent extends Of<typeof schedulerEventFields> {}
export const SchedulerEvent: Message<SchedulerEvent> = message('Scheduler.Event', schedulerEventFields);

export const SchedulerCallType = enumeration('Scheduler.Call.Type', [
  'UNKNOWN',
  'SUBSCRIBE',
  'TEARDOWN',
  'ACCEPT',
  'DECLINE',
  'ACCEPT_INVERSE_OFFERS',
  'DECLINE_INVERSE_OFFERS',
  'REVIVE',
  'KILL',
  'SHUTDOWN',
  'ACKNOWLEDGE',
  'ACKNOWLEDGE_OPERATION_STATUS',
  'RECONCILE',
  'RECONCILE_OPERATIONS',
  'MESSAGE',
  'REQUEST',
  'SUPPRESS',
  'UPDATE_FRAMEWORK',
]);
export type SchedulerCallType = ValueOf<typeof SchedulerCallType>;

const schedulerCallSubscribeFields = {
  framework_info: required(FrameworkInfo),
  suppressed_roles: repeated('string'),
};
export interface SchedulerCallSubscribe extends Of<typeof schedulerCallSubscribeFields> {}
export const SchedulerCallSubscribe: Message<SchedulerCallSubscribe> = message(
  'Scheduler.Call.Subscribe',
  schedulerCallSubscribeFields,
);

const schedulerCallAcceptFields = {
  offer_ids: repeated(OfferID),
  operations: repeated(OfferOperation),
  filters: optional(Filters),
};
export interface SchedulerCallAccept extends Of<typeof schedulerCallAcceptFields> {}
export const SchedulerCallAccept: Message<SchedulerCallAccept> = message(
  'Scheduler.Call.Accept',
  schedulerCallAcceptFields,
);

const schedulerCallDeclineFields = {
  offer_ids: repeated(OfferID),
  filters: optional(Filters),
};
export interface SchedulerCallDecline extends Of<typeof schedulerCallDeclineFields> {}
export const SchedulerCallDecline: Message<SchedulerCallDecline> = message(
  'Scheduler.Call.Decline',
  schedulerCallDeclineFields,
);

const schedulerCallAcceptInverseOffersFields = {
  inverse_offer_ids: repeated(OfferID),
  filters: optional(Filters),
};
export interface SchedulerCallAcceptInverseOffers extends Of<typeof schedulerCallAcceptInverseOffersFields> {}
export const SchedulerCallAcceptInverseOffers: Message<SchedulerCallAcceptInverseOffers> = message(
  'Scheduler.Call.AcceptInverseOffers',
  schedulerCallAcceptInverseOffersFields,
);

const schedulerCallDeclineInverseOffersFields = {
  inverse_offer_ids: repeated(OfferID),
  filters: optional(Filters),
};
export interface SchedulerCallDeclineInverseOffers extends Of<
  typeof schedulerCallDeclineInverseOffersFields
> {}
export const SchedulerCallDeclineInverseOffers: Message<SchedulerCallDeclineInverseOffers> = message(
  'Scheduler.Call.DeclineInverseOffers',
  schedulerCallDeclineInverseOffersFields,
);

const schedulerCallReviveFields = {
  roles: repeated('string'),
};
export interface SchedulerCallRevive extends Of<typeof schedulerCallReviveFields> {}
export const SchedulerCallRevive: Message<SchedulerCallRevive> = message(
  'Scheduler.Call.Revive',
  schedulerCallReviveFields,
);

const schedulerCallKillFields = {
  task_id: required(TaskID),
  agent_id: optional(AgentID),
  kill_policy: optional(KillPolicy),
};
export interface SchedulerCallKill extends Of<typeof schedulerCallKillFields> {}
export const SchedulerCallKill: Message<SchedulerCallKill> = message(
  'Scheduler.Call.Kill',
  schedulerCallKillFields,
);

const schedulerCallShutdownFields = {
  executor_id: required(ExecutorID),
  agent_id: required(AgentID),
};
export interface SchedulerCallShutdown extends Of<typeof schedulerCallShutdownFields> {}
export const SchedulerCallShutdown: Message<SchedulerCallShutdown> = message(
  'Scheduler.Call.Shutdown',
  schedulerCallShutdownFields,
);

const schedulerCallAcknowledgeFields = {
  agent_id: required(AgentID),
  task_id: required(TaskID),
  uuid: required('bytes'),
};
export interface SchedulerCallAcknowledge extends Of<typeof schedulerCallAcknowledgeFields> {}
export const SchedulerCallAcknowledge: Message<SchedulerCallAcknowledge> = message(
  'Scheduler.Call.Acknowledge',
  schedulerCallAcknowledgeFields,
);

const schedulerCallAcknowledgeOperationStatusFields = {
  agent_id: optional(AgentID),
  uuid: required('bytes'),
  operation_id: required(OperationID),
};
export interface SchedulerCallAcknowledgeOperationStatus extends Of<
  typeof schedulerCallAcknowledgeOperationStatusFields
> {}
export const SchedulerCallAcknowledgeOperationStatus: Message<SchedulerCallAcknowledgeOperationStatus> =
  message('Scheduler.Call.AcknowledgeOperationStatus', schedulerCallAcknowledgeOperationStatusFields);

const schedulerCallReconcileTaskFields = {
  task_id: required(TaskID),
  agent_id: optional(AgentID),
};
export interface SchedulerCallReconcileTask extends Of<typeof schedulerCallReconcileTaskFields> {}
export const SchedulerCallReconcileTask: Message<SchedulerCallReconcileTask> = message(
  'Scheduler.Call.Reconcile.Task',
  schedulerCallReconcileTaskFields,
);

const schedulerCallReconcileFields = {
  tasks: repeated(SchedulerCallReconcileTask),
};
export interface SchedulerCallReconcile extends Of<typeof schedulerCallReconcileFields> {}
export const SchedulerCallReconcile: Message<SchedulerCallReconcile> = message(
  'Scheduler.Call.Reconcile',
  schedulerCallReconcileFields,
);

const schedulerCallReconcileOperationsOperationFields = {
  operation_id: required(OperationID),
  agent_id: optional(AgentID),
};
export interface SchedulerCallReconcileOperationsOperation extends Of<
  typeof schedulerCallReconcileOperationsOperationFields
> {}
export const SchedulerCallReconcileOperationsOperation: Message<SchedulerCallReconcileOperationsOperation> =
  message('Scheduler.Call.ReconcileOperations.Operation', schedulerCallReconcileOperationsOperationFields);

const schedulerCallReconcileOperationsFields = {
  operations: repeated(SchedulerCallReconcileOperationsOperation),
};
export interface SchedulerCallReconcileOperations extends Of<typeof schedulerCallReconcileOperationsFields> {}
export const SchedulerCallReconcileOperations: Message<SchedulerCallReconcileOperations> = message(
  'Scheduler.Call.ReconcileOperations',
  schedulerCallReconcileOperationsFields,
);

const schedulerCallMessageFields = {
  agent_id: required(AgentID),
  executor_id: required(ExecutorID),
  data: required('bytes'),
};
export interface SchedulerCallMessage extends Of<typeof schedulerCallMessageFields> {}
export const SchedulerCallMessage: Message<SchedulerCallMessage> = message(
  'Scheduler.Call.Message',
  schedulerCallMessageFields,
);

const schedulerCallSuppressFields = {
  roles: repeated('string'),
};
export interface SchedulerCallSuppress extends Of<typeof schedulerCallSuppressFields> {}
export const SchedulerCallSuppress: Message<SchedulerCallSuppress> = message(
  'Scheduler.Call.Suppress',
  schedulerCallSuppressFields,
);

const schedulerCallUpdateFrameworkFields = {
  framework_info: required(FrameworkInfo),
  suppressed_roles: repeated('string'),
};
export interface SchedulerCallUpdateFramework extends Of<typeof schedulerCallUpdateFrameworkFields> {}
export const SchedulerCallUpdateFramework: Message<SchedulerCallUpdateFramework> = message(
  'Scheduler.Call.UpdateFramework',
  schedulerCallUpdateFrameworkFields,
);

const schedulerCallFields = {
  framework_id: optional(FrameworkID),
  type: optional(SchedulerCallType),
  subscribe: optional(SchedulerCallSubscribe),
  accept: optional(SchedulerCallAccept),
  decline: optional(SchedulerCallDecline),
  accept_inverse_offers: optional(SchedulerCallAcceptInverseOffers),
  decline_inverse_offers: optional(SchedulerCallDeclineInverseOffers),
  revive: optional(SchedulerCallRevive),
  kill: optional(SchedulerCallKill),
  shutdown: optional(SchedulerCallShutdown),
  acknowledge: optional(SchedulerCallAcknowledge),
  acknowledge_operation_status: optional(SchedulerCallAcknowledgeOperationStatus),
  reconcile: optional(SchedulerCallReconcile),
  reconcile_operations: optional(SchedulerCallReconcileOperations),
  message: optional(SchedulerCallMessage),
  request: optional(Request),
  suppress: optional(SchedulerCallSuppress),
  update_framework: optional(SchedulerCallUpdateFramework),
};
export interface SchedulerCall extends Of<typeof schedulerCallFields> {}
export const SchedulerCall: Message<SchedulerCall> = message('Scheduler.Call', schedulerCallFields);
