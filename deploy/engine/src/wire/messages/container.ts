/** Mesos v1 messages: names, labels, defaults and order of the fields as in `mesos/v1/mesos.proto` (Apache Mesos 1.12). */
// Over 300 lines because it is one table,
// in the order of that `.proto` file, so that the two can be compared side by side.
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
import { DurationInfo } from './ids.js';
import { Environment, Labels, Parameter, Parameters, Secret } from './values.js';

export const CheckInfoType = enumeration('CheckInfo.Type', ['UNKNOWN', 'COMMAND', 'HTTP', 'TCP']);
export type CheckInfoType = ValueOf<typeof CheckInfoType>;

const commandInfoURIFields = {
  value: required('string'),
  executable: optional('bool'),
  extract: withDefault('bool', true),
  cache: optional('bool'),
  output_file: optional('string'),
};
export interface CommandInfoURI extends Of<typeof commandInfoURIFields> {}
export const CommandInfoURI: Message<CommandInfoURI> = message('CommandInfo.URI', commandInfoURIFields);

const commandInfoFields = {
  uris: repeated(CommandInfoURI),
  environment: optional(Environment),
  shell: withDefault('bool', true),
  value: optional('string'),
  arguments: repeated('string'),
  user: optional('string'),
};
export interface CommandInfo extends Of<typeof commandInfoFields> {}
export const CommandInfo: Message<CommandInfo> = message('CommandInfo', commandInfoFields);

const checkInfoCommandFields = {
  command: required(CommandInfo),
};
export interface CheckInfoCommand extends Of<typeof checkInfoCommandFields> {}
export const CheckInfoCommand: Message<CheckInfoCommand> = message(
  'CheckInfo.Command',
  checkInfoCommandFields,
);

const checkInfoHttpFields = {
  port: required('uint32'),
  path: optional('string'),
};
export interface CheckInfoHttp extends Of<typeof checkInfoHttpFields> {}
export const CheckInfoHttp: Message<CheckInfoHttp> = message('CheckInfo.Http', checkInfoHttpFields);

const checkInfoTcpFields = {
  port: required('uint32'),
};
export interface CheckInfoTcp extends Of<typeof checkInfoTcpFields> {}
export const CheckInfoTcp: Message<CheckInfoTcp> = message('CheckInfo.Tcp', checkInfoTcpFields);

const checkInfoFields = {
  type: optional(CheckInfoType),
  command: optional(CheckInfoCommand),
  http: optional(CheckInfoHttp),
  tcp: optional(CheckInfoTcp),
  delay_seconds: withDefault('double', 15.0),
  interval_seconds: withDefault('double', 10.0),
  timeout_seconds: withDefault('double', 20.0),
};
export interface CheckInfo extends Of<typeof checkInfoFields> {}
export const CheckInfo: Message<CheckInfo> = message('CheckInfo', checkInfoFields);

export const HealthCheckType = enumeration('HealthCheck.Type', ['UNKNOWN', 'COMMAND', 'HTTP', 'TCP']);
export type HealthCheckType = ValueOf<typeof HealthCheckType>;

export const NetworkInfoProtocol = enumeration('NetworkInfo.Protocol', ['IPv4', 'IPv6']);
export type NetworkInfoProtocol = ValueOf<typeof NetworkInfoProtocol>;

const healthCheckHTTPCheckInfoFields = {
  protocol: withDefault(NetworkInfoProtocol, 'IPv4'),
  scheme: optional('string'),
  port: required('uint32'),
  path: optional('string'),
  statuses: repeated('uint32'),
};
export interface HealthCheckHTTPCheckInfo extends Of<typeof healthCheckHTTPCheckInfoFields> {}
export const HealthCheckHTTPCheckInfo: Message<HealthCheckHTTPCheckInfo> = message(
  'HealthCheck.HTTPCheckInfo',
  healthCheckHTTPCheckInfoFields,
);

const healthCheckTCPCheckInfoFields = {
  protocol: withDefault(NetworkInfoProtocol, 'IPv4'),
  port: required('uint32'),
};
export interface HealthCheckTCPCheckInfo extends Of<typeof healthCheckTCPCheckInfoFields> {}
export const HealthCheckTCPCheckInfo: Message<HealthCheckTCPCheckInfo> = message(
  'HealthCheck.TCPCheckInfo',
  healthCheckTCPCheckInfoFields,
);

const healthCheckFields = {
  delay_seconds: withDefault('double', 15.0),
  interval_seconds: withDefault('double', 10.0),
  timeout_seconds: withDefault('double', 20.0),
  consecutive_failures: withDefault('uint32', 3),
  grace_period_seconds: withDefault('double', 10.0),
  type: optional(HealthCheckType),
  command: optional(CommandInfo),
  http: optional(HealthCheckHTTPCheckInfo),
  tcp: optional(HealthCheckTCPCheckInfo),
};
export interface HealthCheck extends Of<typeof healthCheckFields> {}
export const HealthCheck: Message<HealthCheck> = message('HealthCheck', healthCheckFields);

const killPolicyFields = {
  grace_period: optional(DurationInfo),
};
export interface KillPolicy extends Of<typeof killPolicyFields> {}
export const KillPolicy: Message<KillPolicy> = message('KillPolicy', killPolicyFields);

export const ContainerInfoType = enumeration('ContainerInfo.Type', ['DOCKER', 'MESOS']);
export type ContainerInfoType = ValueOf<typeof ContainerInfoType>;

export const VolumeMode = enumeration('Volume.Mode', ['RW', 'RO']);
export type VolumeMode = ValueOf<typeof VolumeMode>;

export const ImageType = enumeration('Image.Type', ['APPC', 'DOCKER']);
export type ImageType = ValueOf<typeof ImageType>;

const imageDockerFields = {
  name: required('string'),
  config: optional(Secret),
};
export interface ImageDocker extends Of<typeof imageDockerFields> {}
export const ImageDocker: Message<ImageDocker> = message('Image.Docker', imageDockerFields);

const imageFields = {
  type: required(ImageType),
  docker: optional(ImageDocker),
  cached: withDefault('bool', true),
};
export interface Image extends Of<typeof imageFields> {}
export const Image: Message<Image> = message('Image', imageFields);

export const VolumeSourceType = enumeration('Volume.Source.Type', [
  'UNKNOWN',
  'DOCKER_VOLUME',
  'HOST_PATH',
  'SANDBOX_PATH',
  'SECRET',
  'CSI_VOLUME',
]);
export type VolumeSourceType = ValueOf<typeof VolumeSourceType>;

const volumeSourceDockerVolumeFields = {
  driver: optional('string'),
  name: required('string'),
  driver_options: optional(Parameters),
};
export interface VolumeSourceDockerVolume extends Of<typeof volumeSourceDockerVolumeFields> {}
export const VolumeSourceDockerVolume: Message<VolumeSourceDockerVolume> = message(
  'Volume.Source.DockerVolume',
  volumeSourceDockerVolumeFields,
);

export const MountPropagationMode = enumeration('MountPropagation.Mode', [
  'UNKNOWN',
  'HOST_TO_CONTAINER',
  'BIDIRECTIONAL',
]);
export type MountPropagationMode = ValueOf<typeof MountPropagationMode>;

const mountPropagationFields = {
  mode: optional(MountPropagationMode),
};
export interface MountPropagation extends Of<typeof mountPropagationFields> {}
export const MountPropagation: Message<MountPropagation> = message(
  'MountPropagation',
  mountPropagationFields,
);

const volumeSourceHostPathFields = {
  path: required('string'),
  mount_propagation: optional(MountPropagation),
};
export interface VolumeSourceHostPath extends Of<typeof volumeSourceHostPathFields> {}
export const VolumeSourceHostPath: Message<VolumeSourceHostPath> = message(
  'Volume.Source.HostPath',
  volumeSourceHostPathFields,
);

export const VolumeSourceSandboxPathType = enumeration('Volume.Source.SandboxPath.Type', [
  'UNKNOWN',
  'SELF',
  'PARENT',
]);
export type VolumeSourceSandboxPathType = ValueOf<typeof VolumeSourceSandboxPathType>;

const volumeSourceSandboxPathFields = {
  type: optional(VolumeSourceSandboxPathType),
  path: required('string'),
};
export interface VolumeSourceSandboxPath extends Of<typeof volumeSourceSandboxPathFields> {}
export const VolumeSourceSandboxPath: Message<VolumeSourceSandboxPath> = message(
  'Volume.Source.SandboxPath',
  volumeSourceSandboxPathFields,
);

const volumeSourceFields = {
  type: optional(VolumeSourceType),
  docker_volume: optional(VolumeSourceDockerVolume),
  host_path: optional(VolumeSourceHostPath),
  sandbox_path: optional(VolumeSourceSandboxPath),
  secret: optional(Secret),
};
export interface VolumeSource extends Of<typeof volumeSourceFields> {}
export const VolumeSource: Message<VolumeSource> = message('Volume.Source', volumeSourceFields);

const volumeFields = {
  mode: required(VolumeMode),
  container_path: required('string'),
  host_path: optional('string'),
  image: optional(Image),
  source: optional(VolumeSource),
};
export interface Volume extends Of<typeof volumeFields> {}
export const Volume: Message<Volume> = message('Volume', volumeFields);

export const ContainerInfoDockerInfoNetwork = enumeration('ContainerInfo.DockerInfo.Network', [
  'HOST',
  'BRIDGE',
  'NONE',
  'USER',
]);
export type ContainerInfoDockerInfoNetwork = ValueOf<typeof ContainerInfoDockerInfoNetwork>;

const containerInfoDockerInfoPortMappingFields = {
  host_port: required('uint32'),
  container_port: required('uint32'),
  protocol: optional('string'),
};
export interface ContainerInfoDockerInfoPortMapping extends Of<
  typeof containerInfoDockerInfoPortMappingFields
> {}
export const ContainerInfoDockerInfoPortMapping: Message<ContainerInfoDockerInfoPortMapping> = message(
  'ContainerInfo.DockerInfo.PortMapping',
  containerInfoDockerInfoPortMappingFields,
);

const containerInfoDockerInfoFields = {
  image: required('string'),
  network: withDefault(ContainerInfoDockerInfoNetwork, 'HOST'),
  port_mappings: repeated(ContainerInfoDockerInfoPortMapping),
  privileged: withDefault('bool', false),
  parameters: repeated(Parameter),
  force_pull_image: optional('bool'),
  volume_driver: optional('string'),
};
export interface ContainerInfoDockerInfo extends Of<typeof containerInfoDockerInfoFields> {}
export const ContainerInfoDockerInfo: Message<ContainerInfoDockerInfo> = message(
  'ContainerInfo.DockerInfo',
  containerInfoDockerInfoFields,
);

const containerInfoMesosInfoFields = {
  image: optional(Image),
};
export interface ContainerInfoMesosInfo extends Of<typeof containerInfoMesosInfoFields> {}
export const ContainerInfoMesosInfo: Message<ContainerInfoMesosInfo> = message(
  'ContainerInfo.MesosInfo',
  containerInfoMesosInfoFields,
);

const networkInfoIPAddressFields = {
  protocol: withDefault(NetworkInfoProtocol, 'IPv4'),
  ip_address: optional('string'),
};
export interface NetworkInfoIPAddress extends Of<typeof networkInfoIPAddressFields> {}
export const NetworkInfoIPAddress: Message<NetworkInfoIPAddress> = message(
  'NetworkInfo.IPAddress',
  networkInfoIPAddressFields,
);

const networkInfoPortMappingFields = {
  host_port: required('uint32'),
  container_port: required('uint32'),
  protocol: optional('string'),
};
export interface NetworkInfoPortMapping extends Of<typeof networkInfoPortMappingFields> {}
export const NetworkInfoPortMapping: Message<NetworkInfoPortMapping> = message(
  'NetworkInfo.PortMapping',
  networkInfoPortMappingFields,
);

const networkInfoFields = {
  ip_addresses: repeated(NetworkInfoIPAddress),
  name: optional('string'),
  groups: repeated('string'),
  labels: optional(Labels),
  port_mappings: repeated(NetworkInfoPortMapping),
};
export interface NetworkInfo extends Of<typeof networkInfoFields> {}
export const NetworkInfo: Message<NetworkInfo> = message('NetworkInfo', networkInfoFields);

export const CapabilityInfoCapability = enumeration('CapabilityInfo.Capability', [
  'UNKNOWN',
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'LINUX_IMMUTABLE',
  'NET_BIND_SERVICE',
  'NET_BROADCAST',
  'NET_ADMIN',
  'NET_RAW',
  'IPC_LOCK',
  'IPC_OWNER',
  'SYS_MODULE',
  'SYS_RAWIO',
  'SYS_CHROOT',
  'SYS_PTRACE',
  'SYS_PACCT',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_NICE',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'MKNOD',
  'LEASE',
  'AUDIT_WRITE',
  'AUDIT_CONTROL',
  'SETFCAP',
  'MAC_OVERRIDE',
  'MAC_ADMIN',
  'SYSLOG',
  'WAKE_ALARM',
  'BLOCK_SUSPEND',
  'AUDIT_READ',
  'PERFMON',
  'BPF',
  'CHECKPOINT_RESTORE',
]);
export type CapabilityInfoCapability = ValueOf<typeof CapabilityInfoCapability>;

const capabilityInfoFields = {
  capabilities: repeated(CapabilityInfoCapability),
};
export interface CapabilityInfo extends Of<typeof capabilityInfoFields> {}
export const CapabilityInfo: Message<CapabilityInfo> = message('CapabilityInfo', capabilityInfoFields);

const seccompInfoFields = {
  profile_name: optional('string'),
  unconfined: optional('bool'),
};
export interface SeccompInfo extends Of<typeof seccompInfoFields> {}
export const SeccompInfo: Message<SeccompInfo> = message('SeccompInfo', seccompInfoFields);

export const LinuxInfoIpcMode = enumeration('LinuxInfo.IpcMode', ['UNKNOWN', 'PRIVATE', 'SHARE_PARENT']);
export type LinuxInfoIpcMode = ValueOf<typeof LinuxInfoIpcMode>;

const linuxInfoFields = {
  capability_info: optional(CapabilityInfo),
  bounding_capabilities: optional(CapabilityInfo),
  effective_capabilities: optional(CapabilityInfo),
  share_pid_namespace: optional('bool'),
  seccomp: optional(SeccompInfo),
  ipc_mode: optional(LinuxInfoIpcMode),
  shm_size: optional('uint32'),
  share_cgroups: withDefault('bool', true),
};
export interface LinuxInfo extends Of<typeof linuxInfoFields> {}
export const LinuxInfo: Message<LinuxInfo> = message('LinuxInfo', linuxInfoFields);

export const RLimitInfoRLimitType = enumeration('RLimitInfo.RLimit.Type', [
  'UNKNOWN',
  'RLMT_AS',
  'RLMT_CORE',
  'RLMT_CPU',
  'RLMT_DATA',
  'RLMT_FSIZE',
  'RLMT_LOCKS',
  'RLMT_MEMLOCK',
  'RLMT_MSGQUEUE',
  'RLMT_NICE',
  'RLMT_NOFILE',
  'RLMT_NPROC',
  'RLMT_RSS',
  'RLMT_RTPRIO',
  'RLMT_RTTIME',
  'RLMT_SIGPENDING',
  'RLMT_STACK',
]);
export type RLimitInfoRLimitType = ValueOf<typeof RLimitInfoRLimitType>;

const rLimitInfoRLimitFields = {
  type: optional(RLimitInfoRLimitType),
  hard: optional('uint64'),
  soft: optional('uint64'),
};
export interface RLimitInfoRLimit extends Of<typeof rLimitInfoRLimitFields> {}
export const RLimitInfoRLimit: Message<RLimitInfoRLimit> = message(
  'RLimitInfo.RLimit',
  rLimitInfoRLimitFields,
);

const rLimitInfoFields = {
  rlimits: repeated(RLimitInfoRLimit),
};
export interface RLimitInfo extends Of<typeof rLimitInfoFields> {}
export const RLimitInfo: Message<RLimitInfo> = message('RLimitInfo', rLimitInfoFields);

const tTYInfoWindowSizeFields = {
  rows: required('uint32'),
  columns: required('uint32'),
};
export interface TTYInfoWindowSize extends Of<typeof tTYInfoWindowSizeFields> {}
export const TTYInfoWindowSize: Message<TTYInfoWindowSize> = message(
  'TTYInfo.WindowSize',
  tTYInfoWindowSizeFields,
);

const tTYInfoFields = {
  window_size: optional(TTYInfoWindowSize),
};
export interface TTYInfo extends Of<typeof tTYInfoFields> {}
export const TTYInfo: Message<TTYInfo> = message('TTYInfo', tTYInfoFields);

const containerInfoFields = {
  type: required(ContainerInfoType),
  volumes: repeated(Volume),
  hostname: optional('string'),
  docker: optional(ContainerInfoDockerInfo),
  mesos: optional(ContainerInfoMesosInfo),
  network_infos: repeated(NetworkInfo),
  linux_info: optional(LinuxInfo),
  rlimit_info: optional(RLimitInfo),
  tty_info: optional(TTYInfo),
};
export interface ContainerInfo extends Of<typeof containerInfoFields> {}
export const ContainerInfo: Message<ContainerInfo> = message('ContainerInfo', containerInfoFields);
