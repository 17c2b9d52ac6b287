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
import { Labels, ValueRange, ValueRanges, ValueScalar, ValueSet, ValueType } from './values.js';
import { Volume } from './container.js';

const resourceAllocationInfoFields = {
  role: optional('string'),
};
export interface ResourceAllocationInfo extends Of<typeof resourceAllocationInfoFields> {}
export const ResourceAllocationInfo: Message<ResourceAllocationInfo> = message(
  'Resource.AllocationInfo',
  resourceAllocationInfoFields,
);

export const ResourceReservationInfoType = enumeration('Resource.ReservationInfo.Type', [
  'UNKNOWN',
  'STATIC',
  'DYNAMIC',
]);
export type ResourceReservationInfoType = ValueOf<typeof ResourceReservationInfoType>;

const resourceReservationInfoFields = {
  type: optional(ResourceReservationInfoType),
  role: optional('string'),
  principal: optional('string'),
  labels: optional(Labels),
};
export interface ResourceReservationInfo extends Of<typeof resourceReservationInfoFields> {}
export const ResourceReservationInfo: Message<ResourceReservationInfo> = message(
  'Resource.ReservationInfo',
  resourceReservationInfoFields,
);

const resourceDiskInfoPersistenceFields = {
  id: required('string'),
  principal: optional('string'),
};
export interface ResourceDiskInfoPersistence extends Of<typeof resourceDiskInfoPersistenceFields> {}
export const ResourceDiskInfoPersistence: Message<ResourceDiskInfoPersistence> = message(
  'Resource.DiskInfo.Persistence',
  resourceDiskInfoPersistenceFields,
);

export const ResourceDiskInfoSourceType = enumeration('Resource.DiskInfo.Source.Type', [
  'UNKNOWN',
  'PATH',
  'MOUNT',
  'BLOCK',
  'RAW',
]);
export type ResourceDiskInfoSourceType = ValueOf<typeof ResourceDiskInfoSourceType>;

const resourceDiskInfoSourcePathFields = {
  root: optional('string'),
};
export interface ResourceDiskInfoSourcePath extends Of<typeof resourceDiskInfoSourcePathFields> {}
export const ResourceDiskInfoSourcePath: Message<ResourceDiskInfoSourcePath> = message(
  'Resource.DiskInfo.Source.Path',
  resourceDiskInfoSourcePathFields,
);

const resourceDiskInfoSourceMountFields = {
  root: optional('string'),
};
export interface ResourceDiskInfoSourceMount extends Of<typeof resourceDiskInfoSourceMountFields> {}
export const ResourceDiskInfoSourceMount: Message<ResourceDiskInfoSourceMount> = message(
  'Resource.DiskInfo.Source.Mount',
  resourceDiskInfoSourceMountFields,
);

const resourceDiskInfoSourceFields = {
  type: required(ResourceDiskInfoSourceType),
  path: optional(ResourceDiskInfoSourcePath),
  mount: optional(ResourceDiskInfoSourceMount),
  vendor: optional('string'),
  id: optional('string'),
  metadata: optional(Labels),
  profile: optional('string'),
};
export interface ResourceDiskInfoSource extends Of<typeof resourceDiskInfoSourceFields> {}
export const ResourceDiskInfoSource: Message<ResourceDiskInfoSource> = message(
  'Resource.DiskInfo.Source',
  resourceDiskInfoSourceFields,
);

const resourceDiskInfoFields = {
  persistence: optional(ResourceDiskInfoPersistence),
  volume: optional(Volume),
  source: optional(ResourceDiskInfoSource),
};
export interface ResourceDiskInfo extends Of<typeof resourceDiskInfoFields> {}
export const ResourceDiskInfo: Message<ResourceDiskInfo> = message(
  'Resource.DiskInfo',
  resourceDiskInfoFields,
);

const resourceRevocableInfoFields = {};
export interface ResourceRevocableInfo extends Of<typeof resourceRevocableInfoFields> {}
export const ResourceRevocableInfo: Message<ResourceRevocableInfo> = message(
  'Resource.RevocableInfo',
  resourceRevocableInfoFields,
);

const resourceSharedInfoFields = {};
export interface ResourceSharedInfo extends Of<typeof resourceSharedInfoFields> {}
export const ResourceSharedInfo: Message<ResourceSharedInfo> = message(
  'Resource.SharedInfo',
  resourceSharedInfoFields,
);

const resourceFields = {
  name: required('string'),
  type: required(ValueType),
  scalar: optional(ValueScalar),
  ranges: optional(ValueRanges),
  set: optional(ValueSet),
  role: optional('string'),
  allocation_info: optional(ResourceAllocationInfo),
  reservation: optional(ResourceReservationInfo),
  reservations: repeated(ResourceReservationInfo),
  disk: optional(ResourceDiskInfo),
  revocable: optional(ResourceRevocableInfo),
  shared: optional(ResourceSharedInfo),
};
export interface Resource extends Of<typeof resourceFields> {}
export const Resource: Message<Resource> = message('Resource', resourceFields);

const diskStatisticsFields = {
  source: optional(ResourceDiskInfoSource),
  persistence: optional(ResourceDiskInfoPersistence),
  limit_bytes: optional('uint64'),
  used_bytes: optional('uint64'),
};
export interface DiskStatistics extends Of<typeof diskStatisticsFields> {}
export const DiskStatistics: Message<DiskStatistics> = message('DiskStatistics', diskStatisticsFields);

const resourceStatisticsRatePercentilesFields = {
  min: optional('uint64'),
  max: optional('uint64'),
  p50: optional('uint64'),
  p90: optional('uint64'),
  p95: optional('uint64'),
  p99: optional('uint64'),
  p999: optional('uint64'),
  p9999: optional('uint64'),
  samples: optional('uint64'),
};
export interface ResourceStatisticsRatePercentiles extends Of<
  typeof resourceStatisticsRatePercentilesFields
> {}
export const ResourceStatisticsRatePercentiles: Message<ResourceStatisticsRatePercentiles> = message(
  'ResourceStatistics.RatePercentiles',
  resourceStatisticsRatePercentilesFields,
);

const resourceStatisticsRateStatisticsFields = {
  rx_rate: optional(ResourceStatisticsRatePercentiles),
  rx_packet_rate: optional(ResourceStatisticsRatePercentiles),
  rx_drop_rate: optional(ResourceStatisticsRatePercentiles),
  rx_error_rate: optional(ResourceStatisticsRatePercentiles),
  tx_rate: optional(ResourceStatisticsRatePercentiles),
  tx_packet_rate: optional(ResourceStatisticsRatePercentiles),
  tx_drop_rate: optional(ResourceStatisticsRatePercentiles),
  tx_error_rate: optional(ResourceStatisticsRatePercentiles),
  sampling_window_secs: optional('double'),
  sampling_interval_secs: optional('double'),
};
export interface ResourceStatisticsRateStatistics extends Of<typeof resourceStatisticsRateStatisticsFields> {}
export const ResourceStatisticsRateStatistics: Message<ResourceStatisticsRateStatistics> = message(
  'ResourceStatistics.RateStatistics',
  resourceStatisticsRateStatisticsFields,
);

const resourceStatisticsFields = {
  timestamp: required('double'),
  processes: optional('uint32'),
  threads: optional('uint32'),
  cpus_user_time_secs: optional('double'),
  cpus_system_time_secs: optional('double'),
  cpus_limit: optional('double'),
  cpus_soft_limit: optional('double'),
  cpus_nr_periods: optional('uint32'),
  cpus_nr_throttled: optional('uint32'),
  cpus_throttled_time_secs: optional('double'),
  mem_total_bytes: optional('uint64'),
  mem_total_memsw_bytes: optional('uint64'),
  mem_kmem_usage_bytes: optional('uint64'),
  mem_kmem_tcp_usage_bytes: optional('uint64'),
  mem_limit_bytes: optional('uint64'),
  mem_soft_limit_bytes: optional('uint64'),
  mem_file_bytes: optional('uint64'),
  mem_anon_bytes: optional('uint64'),
  mem_cache_bytes: optional('uint64'),
  mem_rss_bytes: optional('uint64'),
  mem_mapped_file_bytes: optional('uint64'),
  mem_swap_bytes: optional('uint64'),
  mem_unevictable_bytes: optional('uint64'),
  mem_low_pressure_counter: optional('uint64'),
  mem_medium_pressure_counter: optional('uint64'),
  mem_critical_pressure_counter: optional('uint64'),
  disk_limit_bytes: optional('uint64'),
  disk_used_bytes: optional('uint64'),
  disk_statistics: repeated(DiskStatistics),
  net_rx_packets: optional('uint64'),
  net_rx_bytes: optional('uint64'),
  net_rx_errors: optional('uint64'),
  net_rx_dropped: optional('uint64'),
  net_tx_packets: optional('uint64'),
  net_tx_bytes: optional('uint64'),
  net_tx_errors: optional('uint64'),
  net_tx_dropped: optional('uint64'),
  net_tx_rate_limit: optional('uint64'),
  net_tx_burst_rate_limit: optional('uint64'),
  net_tx_burst_size: optional('uint64'),
  net_rx_rate_limit: optional('uint64'),
  net_rx_burst_rate_limit: optional('uint64'),
  net_rx_burst_size: optional('uint64'),
  net_rate_statistics: optional(ResourceStatisticsRateStatistics),
  net_ephemeral_ports: optional(ValueRange),
  net_tcp_rtt_microsecs_p50: optional('double'),
  net_tcp_rtt_microsecs_p90: optional('double'),
  net_tcp_rtt_microsecs_p95: optional('double'),
  net_tcp_rtt_microsecs_p99: optional('double'),
  net_tcp_active_connections: optional('double'),
  net_tcp_time_wait_connections: optional('double'),
};
export interface ResourceStatistics extends Of<typeof resourceStatisticsFields> {}
export const ResourceStatistics: Message<ResourceStatistics> = message(
  'ResourceStatistics',
  resourceStatisticsFields,
);
