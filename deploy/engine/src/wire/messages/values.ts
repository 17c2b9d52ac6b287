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
import { DurationInfo, TimeInfo } from './ids.js';

const addressFields = {
  hostname: optional('string'),
  ip: optional('string'),
  port: required('int32'),
};
export interface Address extends Of<typeof addressFields> {}
export const Address: Message<Address> = message('Address', addressFields);

const parameterFields = {
  key: required('string'),
  value: required('string'),
};
export interface Parameter extends Of<typeof parameterFields> {}
export const Parameter: Message<Parameter> = message('Parameter', parameterFields);

const uRLFields = {
  scheme: required('string'),
  address: required(Address),
  path: optional('string'),
  query: repeated(Parameter),
  fragment: optional('string'),
};
export interface URL extends Of<typeof uRLFields> {}
export const URL: Message<URL> = message('URL', uRLFields);

const unavailabilityFields = {
  start: required(TimeInfo),
  duration: optional(DurationInfo),
};
export interface Unavailability extends Of<typeof unavailabilityFields> {}
export const Unavailability: Message<Unavailability> = message('Unavailability', unavailabilityFields);

const machineIDFields = {
  hostname: optional('string'),
  ip: optional('string'),
};
export interface MachineID extends Of<typeof machineIDFields> {}
export const MachineID: Message<MachineID> = message('MachineID', machineIDFields);

const labelFields = {
  key: required('string'),
  value: optional('string'),
};
export interface Label extends Of<typeof labelFields> {}
export const Label: Message<Label> = message('Label', labelFields);

const labelsFields = {
  labels: repeated(Label),
};
export interface Labels extends Of<typeof labelsFields> {}
export const Labels: Message<Labels> = message('Labels', labelsFields);

export const EnvironmentVariableType = enumeration('Environment.Variable.Type', [
  'UNKNOWN',
  'VALUE',
  'SECRET',
]);
export type EnvironmentVariableType = ValueOf<typeof EnvironmentVariableType>;

export const SecretType = enumeration('Secret.Type', ['UNKNOWN', 'REFERENCE', 'VALUE']);
export type SecretType = ValueOf<typeof SecretType>;

const secretReferenceFields = {
  name: required('string'),
  key: optional('string'),
};
export interface SecretReference extends Of<typeof secretReferenceFields> {}
export const SecretReference: Message<SecretReference> = message('Secret.Reference', secretReferenceFields);

const secretValueFields = {
  data: required('bytes'),
};
export interface SecretValue extends Of<typeof secretValueFields> {}
export const SecretValue: Message<SecretValue> = message('Secret.Value', secretValueFields);

const secretFields = {
  type: optional(SecretType),
  reference: optional(SecretReference),
  value: optional(SecretValue),
};
export interface Secret extends Of<typeof secretFields> {}
export const Secret: Message<Secret> = message('Secret', secretFields);

const environmentVariableFields = {
  name: required('string'),
  type: withDefault(EnvironmentVariableType, 'VALUE'),
  value: optional('string'),
  secret: optional(Secret),
};
export interface EnvironmentVariable extends Of<typeof environmentVariableFields> {}
export const EnvironmentVariable: Message<EnvironmentVariable> = message(
  'Environment.Variable',
  environmentVariableFields,
);

const environmentFields = {
  variables: repeated(EnvironmentVariable),
};
export interface Environment extends Of<typeof environmentFields> {}
export const Environment: Message<Environment> = message('Environment', environmentFields);

const parametersFields = {
  parameter: repeated(Parameter),
};
export interface Parameters extends Of<typeof parametersFields> {}
export const Parameters: Message<Parameters> = message('Parameters', parametersFields);

export const ValueType = enumeration('Value.Type', ['SCALAR', 'RANGES', 'SET', 'TEXT']);
export type ValueType = ValueOf<typeof ValueType>;

const valueScalarFields = {
  value: required('double'),
};
export interface ValueScalar extends Of<typeof valueScalarFields> {}
export const ValueScalar: Message<ValueScalar> = message('Value.Scalar', valueScalarFields);

const valueRangeFields = {
  begin: required('uint64'),
  end: required('uint64'),
};
export interface ValueRange extends Of<typeof valueRangeFields> {}
export const ValueRange: Message<ValueRange> = message('Value.Range', valueRangeFields);

const valueRangesFields = {
  range: repeated(ValueRange),
};
export interface ValueRanges extends Of<typeof valueRangesFields> {}
export const ValueRanges: Message<ValueRanges> = message('Value.Ranges', valueRangesFields);

const valueSetFields = {
  item: repeated('string'),
};
export interface ValueSet extends Of<typeof valueSetFields> {}
export const ValueSet: Message<ValueSet> = message('Value.Set', valueSetFields);

const domainInfoFaultDomainRegionInfoFields = {
  name: required('string'),
};
export interface DomainInfoFaultDomainRegionInfo extends Of<typeof domainInfoFaultDomainRegionInfoFields> {}
export const DomainInfoFaultDomainRegionInfo: Message<DomainInfoFaultDomainRegionInfo> = message(
  'DomainInfo.FaultDomain.RegionInfo',
  domainInfoFaultDomainRegionInfoFields,
);

const domainInfoFaultDomainZoneInfoFields = {
  name: required('string'),
};
export interface DomainInfoFaultDomainZoneInfo extends Of<typeof domainInfoFaultDomainZoneInfoFields> {}
export const DomainInfoFaultDomainZoneInfo: Message<DomainInfoFaultDomainZoneInfo> = message(
  'DomainInfo.FaultDomain.ZoneInfo',
  domainInfoFaultDomainZoneInfoFields,
);

const domainInfoFaultDomainFields = {
  region: required(DomainInfoFaultDomainRegionInfo),
  zone: required(DomainInfoFaultDomainZoneInfo),
};
export interface DomainInfoFaultDomain extends Of<typeof domainInfoFaultDomainFields> {}
export const DomainInfoFaultDomain: Message<DomainInfoFaultDomain> = message(
  'DomainInfo.FaultDomain',
  domainInfoFaultDomainFields,
);

const domainInfoFields = {
  fault_domain: optional(DomainInfoFaultDomain),
};
export interface DomainInfo extends Of<typeof domainInfoFields> {}
export const DomainInfo: Message<DomainInfo> = message('DomainInfo', domainInfoFields);

const valueTextFields = {
  value: required('string'),
};
export interface ValueText extends Of<typeof valueTextFields> {}
export const ValueText: Message<ValueText> = message('Value.Text', valueTextFields);

const attributeFields = {
  name: required('string'),
  type: required(ValueType),
  scalar: optional(ValueScalar),
  ranges: optional(ValueRanges),
  set: optional(ValueSet),
  text: optional(ValueText),
};
export interface Attribute extends Of<typeof attributeFields> {}
export const Attribute: Message<Attribute> = message('Attribute', attributeFields);
