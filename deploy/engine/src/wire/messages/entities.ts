/** Mesos v1 messages: names, labels, defaults and order of the fields as in `mesos/v1/mesos.proto` (Apache Mesos 1.12). */
import {
  enumeration,
  mapOf,
  message,
  optional,
  repeated,
  required,
  withDefault,
  type Message,
  type Of,
  type ValueOf,
} from '../schema.js';
import { AgentID, DurationInfo, FrameworkID, TimeInfo } from './ids.js';
import { Address, Attribute, DomainInfo, Labels, MachineID, Unavailability, ValueScalar } from './values.js';
import { Resource } from './resources.js';

export const FrameworkInfoCapabilityType = enumeration('FrameworkInfo.Capability.Type', [
  'UNKNOWN',
  'REVOCABLE_RESOURCES',
  'TASK_KILLING_STATE',
  'GPU_RESOURCES',
  'SHARED_RESOURCES',
  'PARTITION_AWARE',
  'MULTI_ROLE',
  'RESERVATION_REFINEMENT',
  'REGION_AWARE',
]);
export type FrameworkInfoCapabilityType = ValueOf<typeof FrameworkInfoCapabilityType>;

const frameworkInfoCapabilityFields = {
  type: optional(FrameworkInfoCapabilityType),
};
export interface FrameworkInfoCapability extends Of<typeof frameworkInfoCapabilityFields> {}
export const FrameworkInfoCapability: Message<FrameworkInfoCapability> = message(
  'FrameworkInfo.Capability',
  frameworkInfoCapabilityFields,
);

const frameworkInfoFields = {
  user: required('string'),
  name: required('string'),
  id: optional(FrameworkID),
  failover_timeout: withDefault('double', 0.0),
  checkpoint: withDefault('bool', false),
  role: optional('string'),
  roles: repeated('string'),
  hostname: optional('string'),
  principal: optional('string'),
  webui_url: optional('string'),
  capabilities: repeated(FrameworkInfoCapability),
  labels: optional(Labels),
};
export interface FrameworkInfo extends Of<typeof frameworkInfoFields> {}
export const FrameworkInfo: Message<FrameworkInfo> = message('FrameworkInfo', frameworkInfoFields);

export const MasterInfoCapabilityType = enumeration('MasterInfo.Capability.Type', [
  'UNKNOWN',
  'AGENT_UPDATE',
  'AGENT_DRAINING',
  'QUOTA_V2',
]);
export type MasterInfoCapabilityType = ValueOf<typeof MasterInfoCapabilityType>;

const masterInfoCapabilityFields = {
  type: optional(MasterInfoCapabilityType),
};
export interface MasterInfoCapability extends Of<typeof masterInfoCapabilityFields> {}
export const MasterInfoCapability: Message<MasterInfoCapability> = message(
  'MasterInfo.Capability',
  masterInfoCapabilityFields,
);

const masterInfoFields = {
  id: required('string'),
  ip: required('uint32'),
  port: withDefault('uint32', 5050),
  pid: optional('string'),
  hostname: optional('string'),
  version: optional('string'),
  address: optional(Address),
  domain: optional(DomainInfo),
  capabilities: repeated(MasterInfoCapability),
};
export interface MasterInfo extends Of<typeof masterInfoFields> {}
export const MasterInfo: Message<MasterInfo> = message('MasterInfo', masterInfoFields);

const agentInfoFields = {
  hostname: required('string'),
  port: withDefault('int32', 5051),
  resources: repeated(Resource),
  attributes: repeated(Attribute),
  id: optional(AgentID),
  domain: optional(DomainInfo),
};
export interface AgentInfo extends Of<typeof agentInfoFields> {}
export const AgentInfo: Message<AgentInfo> = message('AgentInfo', agentInfoFields);

export const AgentInfoCapabilityType = enumeration('AgentInfo.Capability.Type', [
  'UNKNOWN',
  'MULTI_ROLE',
  'HIERARCHICAL_ROLE',
  'RESERVATION_REFINEMENT',
  'RESOURCE_PROVIDER',
  'RESIZE_VOLUME',
  'AGENT_OPERATION_FEEDBACK',
  'AGENT_DRAINING',
  'TASK_RESOURCE_LIMITS',
]);
export type AgentInfoCapabilityType = ValueOf<typeof AgentInfoCapabilityType>;

const agentInfoCapabilityFields = {
  type: optional(AgentInfoCapabilityType),
};
export interface AgentInfoCapability extends Of<typeof agentInfoCapabilityFields> {}
export const AgentInfoCapability: Message<AgentInfoCapability> = message(
  'AgentInfo.Capability',
  agentInfoCapabilityFields,
);

const weightInfoFields = {
  weight: required('double'),
  role: optional('string'),
};
export interface WeightInfo extends Of<typeof weightInfoFields> {}
export const WeightInfo: Message<WeightInfo> = message('WeightInfo', weightInfoFields);

const versionInfoFields = {
  version: required('string'),
  build_date: optional('string'),
  build_time: optional('double'),
  build_user: optional('string'),
  git_sha: optional('string'),
  git_branch: optional('string'),
  git_tag: optional('string'),
};
export interface VersionInfo extends Of<typeof versionInfoFields> {}
export const VersionInfo: Message<VersionInfo> = message('VersionInfo', versionInfoFields);

const roleFields = {
  name: required('string'),
  weight: required('double'),
  frameworks: repeated(FrameworkID),
  resources: repeated(Resource),
};
export interface Role extends Of<typeof roleFields> {}
export const Role: Message<Role> = message('Role', roleFields);

const fileInfoFields = {
  path: required('string'),
  nlink: optional('int32'),
  size: optional('uint64'),
  mtime: optional(TimeInfo),
  mode: optional('uint32'),
  uid: optional('string'),
  gid: optional('string'),
};
export interface FileInfo extends Of<typeof fileInfoFields> {}
export const FileInfo: Message<FileInfo> = message('FileInfo', fileInfoFields);

export const DrainState = enumeration('DrainState', ['UNKNOWN', 'DRAINING', 'DRAINED']);
export type DrainState = ValueOf<typeof DrainState>;

const drainConfigFields = {
  max_grace_period: optional(DurationInfo),
  mark_gone: withDefault('bool', false),
};
export interface DrainConfig extends Of<typeof drainConfigFields> {}
export const DrainConfig: Message<DrainConfig> = message('DrainConfig', drainConfigFields);

const drainInfoFields = {
  state: required(DrainState),
  config: required(DrainConfig),
};
export interface DrainInfo extends Of<typeof drainInfoFields> {}
export const DrainInfo: Message<DrainInfo> = message('DrainInfo', drainInfoFields);

export const AllocatorInverseOfferStatusStatus = enumeration('Allocator.InverseOfferStatus.Status', [
  'UNKNOWN',
  'ACCEPT',
  'DECLINE',
]);
export type AllocatorInverseOfferStatusStatus = ValueOf<typeof AllocatorInverseOfferStatusStatus>;

const allocatorInverseOfferStatusFields = {
  status: required(AllocatorInverseOfferStatusStatus),
  framework_id: required(FrameworkID),
  timestamp: required(TimeInfo),
};
export interface AllocatorInverseOfferStatus extends Of<typeof allocatorInverseOfferStatusFields> {}
export const AllocatorInverseOfferStatus: Message<AllocatorInverseOfferStatus> = message(
  'Allocator.InverseOfferStatus',
  allocatorInverseOfferStatusFields,
);

const maintenanceWindowFields = {
  machine_ids: repeated(MachineID),
  unavailability: required(Unavailability),
};
export interface MaintenanceWindow extends Of<typeof maintenanceWindowFields> {}
export const MaintenanceWindow: Message<MaintenanceWindow> = message(
  'Maintenance.Window',
  maintenanceWindowFields,
);

const maintenanceScheduleFields = {
  windows: repeated(MaintenanceWindow),
};
export interface MaintenanceSchedule extends Of<typeof maintenanceScheduleFields> {}
export const MaintenanceSchedule: Message<MaintenanceSchedule> = message(
  'Maintenance.Schedule',
  maintenanceScheduleFields,
);

const maintenanceClusterStatusDrainingMachineFields = {
  id: required(MachineID),
  statuses: repeated(AllocatorInverseOfferStatus),
};
export interface MaintenanceClusterStatusDrainingMachine extends Of<
  typeof maintenanceClusterStatusDrainingMachineFields
> {}
export const MaintenanceClusterStatusDrainingMachine: Message<MaintenanceClusterStatusDrainingMachine> =
  message('Maintenance.ClusterStatus.DrainingMachine', maintenanceClusterStatusDrainingMachineFields);

const maintenanceClusterStatusFields = {
  draining_machines: repeated(MaintenanceClusterStatusDrainingMachine),
  down_machines: repeated(MachineID),
};
export interface MaintenanceClusterStatus extends Of<typeof maintenanceClusterStatusFields> {}
export const MaintenanceClusterStatus: Message<MaintenanceClusterStatus> = message(
  'Maintenance.ClusterStatus',
  maintenanceClusterStatusFields,
);

const quotaQuotaInfoFields = {
  role: optional('string'),
  principal: optional('string'),
  guarantee: repeated(Resource),
};
export interface QuotaQuotaInfo extends Of<typeof quotaQuotaInfoFields> {}
export const QuotaQuotaInfo: Message<QuotaQuotaInfo> = message('Quota.QuotaInfo', quotaQuotaInfoFields);

const quotaQuotaConfigFields = {
  role: required('string'),
  guarantees: mapOf(ValueScalar),
  limits: mapOf(ValueScalar),
};
export interface QuotaQuotaConfig extends Of<typeof quotaQuotaConfigFields> {}
export const QuotaQuotaConfig: Message<QuotaQuotaConfig> = message(
  'Quota.QuotaConfig',
  quotaQuotaConfigFields,
);

const quotaQuotaStatusFields = {
  infos: repeated(QuotaQuotaInfo),
  configs: repeated(QuotaQuotaConfig),
};
export interface QuotaQuotaStatus extends Of<typeof quotaQuotaStatusFields> {}
export const QuotaQuotaStatus: Message<QuotaQuotaStatus> = message(
  'Quota.QuotaStatus',
  quotaQuotaStatusFields,
);
