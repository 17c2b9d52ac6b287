/** Mesos v1 messages: names, labels, defaults and order of the fields as in `mesos/v1/mesos.proto` (Apache Mesos 1.12). */
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
import { AgentID, ExecutorID, FrameworkID, OfferID, OperationID } from './ids.js';
import { Attribute, DomainInfo, URL, Unavailability, ValueScalar } from './values.js';
import { Resource, ResourceAllocationInfo, ResourceDiskInfoSourceType } from './resources.js';
import { ExecutorInfo, TaskGroupInfo, TaskInfo } from './task.js';

const requestFields = {
  agent_id: optional(AgentID),
  resources: repeated(Resource),
};
export interface Request extends Of<typeof requestFields> {}
export const Request: Message<Request> = message('Request', requestFields);

const offerFields = {
  id: required(OfferID),
  framework_id: required(FrameworkID),
  agent_id: required(AgentID),
  hostname: required('string'),
  url: optional(URL),
  domain: optional(DomainInfo),
  resources: repeated(Resource),
  attributes: repeated(Attribute),
  executor_ids: repeated(ExecutorID),
  unavailability: optional(Unavailability),
  allocation_info: optional(ResourceAllocationInfo),
};
export interface Offer extends Of<typeof offerFields> {}
export const Offer: Message<Offer> = message('Offer', offerFields);

export const OfferOperationType = enumeration('Offer.Operation.Type', [
  'UNKNOWN',
  'LAUNCH',
  'LAUNCH_GROUP',
  'RESERVE',
  'UNRESERVE',
  'CREATE',
  'DESTROY',
  'GROW_VOLUME',
  'SHRINK_VOLUME',
  'CREATE_DISK',
  'DESTROY_DISK',
]);
export type OfferOperationType = ValueOf<typeof OfferOperationType>;

const offerOperationLaunchFields = {
  task_infos: repeated(TaskInfo),
};
export interface OfferOperationLaunch extends Of<typeof offerOperationLaunchFields> {}
export const OfferOperationLaunch: Message<OfferOperationLaunch> = message(
  'Offer.Operation.Launch',
  offerOperationLaunchFields,
);

const offerOperationLaunchGroupFields = {
  executor: required(ExecutorInfo),
  task_group: required(TaskGroupInfo),
};
export interface OfferOperationLaunchGroup extends Of<typeof offerOperationLaunchGroupFields> {}
export const OfferOperationLaunchGroup: Message<OfferOperationLaunchGroup> = message(
  'Offer.Operation.LaunchGroup',
  offerOperationLaunchGroupFields,
);

const offerOperationReserveFields = {
  source: repeated(Resource),
  resources: repeated(Resource),
};
export interface OfferOperationReserve extends Of<typeof offerOperationReserveFields> {}
export const OfferOperationReserve: Message<OfferOperationReserve> = message(
  'Offer.Operation.Reserve',
  offerOperationReserveFields,
);

const offerOperationUnreserveFields = {
  resources: repeated(Resource),
};
export interface OfferOperationUnreserve extends Of<typeof offerOperationUnreserveFields> {}
export const OfferOperationUnreserve: Message<OfferOperationUnreserve> = message(
  'Offer.Operation.Unreserve',
  offerOperationUnreserveFields,
);

const offerOperationCreateFields = {
  volumes: repeated(Resource),
};
export interface OfferOperationCreate extends Of<typeof offerOperationCreateFields> {}
export const OfferOperationCreate: Message<OfferOperationCreate> = message(
  'Offer.Operation.Create',
  offerOperationCreateFields,
);

const offerOperationDestroyFields = {
  volumes: repeated(Resource),
};
export interface OfferOperationDestroy extends Of<typeof offerOperationDestroyFields> {}
export const OfferOperationDestroy: Message<OfferOperationDestroy> = message(
  'Offer.Operation.Destroy',
  offerOperationDestroyFields,
);

const offerOperationGrowVolumeFields = {
  volume: required(Resource),
  addition: required(Resource),
};
export interface OfferOperationGrowVolume extends Of<typeof offerOperationGrowVolumeFields> {}
export const OfferOperationGrowVolume: Message<OfferOperationGrowVolume> = message(
  'Offer.Operation.GrowVolume',
  offerOperationGrowVolumeFields,
);

const offerOperationShrinkVolumeFields = {
  volume: required(Resource),
  subtract: required(ValueScalar),
};
export interface OfferOperationShrinkVolume extends Of<typeof offerOperationShrinkVolumeFields> {}
export const OfferOperationShrinkVolume: Message<OfferOperationShrinkVolume> = message(
  'Offer.Operation.ShrinkVolume',
  offerOperationShrinkVolumeFields,
);

const offerOperationCreateDiskFields = {
  source: required(Resource),
  target_type: required(ResourceDiskInfoSourceType),
  target_profile: optional('string'),
};
export interface OfferOperationCreateDisk extends Of<typeof offerOperationCreateDiskFields> {}
export const OfferOperationCreateDisk: Message<OfferOperationCreateDisk> = message(
  'Offer.Operation.CreateDisk',
  offerOperationCreateDiskFields,
);

const offerOperationDestroyDiskFields = {
  source: required(Resource),
};
export interface OfferOperationDestroyDisk extends Of<typeof offerOperationDestroyDiskFields> {}
export const OfferOperationDestroyDisk: Message<OfferOperationDestroyDisk> = message(
  'Offer.Operation.DestroyDisk',
  offerOperationDestroyDiskFields,
);

const offerOperationFields = {
  type: optional(OfferOperationType),
  id: optional(OperationID),
  launch: optional(OfferOperationLaunch),
  launch_group: optional(OfferOperationLaunchGroup),
  reserve: optional(OfferOperationReserve),
  unreserve: optional(OfferOperationUnreserve),
  create: optional(OfferOperationCreate),
  destroy: optional(OfferOperationDestroy),
  grow_volume: optional(OfferOperationGrowVolume),
  shrink_volume: optional(OfferOperationShrinkVolume),
  create_disk: optional(OfferOperationCreateDisk),
  destroy_disk: optional(OfferOperationDestroyDisk),
};
export interface OfferOperation extends Of<typeof offerOperationFields> {}
export const OfferOperation: Message<OfferOperation> = message('Offer.Operation', offerOperationFields);

const inverseOfferFields = {
  id: required(OfferID),
  url: optional(URL),
  framework_id: required(FrameworkID),
  agent_id: optional(AgentID),
  unavailability: required(Unavailability),
  resources: repeated(Resource),
};
export interface InverseOffer extends Of<typeof inverseOfferFields> {}
export const InverseOffer: Message<InverseOffer> = message('InverseOffer', inverseOfferFields);

const filtersFields = {
  refuse_seconds: withDefault('double', 5.0),
};
export interface Filters extends Of<typeof filtersFields> {}
export const Filters: Message<Filters> = message('Filters', filtersFields);
