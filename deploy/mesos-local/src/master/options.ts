import { parseZkUrl } from '@murmur/discovery';
import { DURATION_PATTERN, parseDurationMs, type WeightInfo } from '@murmur/engine';
import { commonOptions, defineOptions, OptionError, type OptionValues } from '@murmur/service';
import type { Credential } from '../http/auth.js';
import { clusterKeyIn, fileOf, named } from '../options/checked.js';
import { A_DURATION, durationOption, mesosName } from '../options/flags-core.js';
import { readCredentials, readMinAllocatable, readWeights } from './option-values-core.js';

const { instance, logLevel, graceMs } = commonOptions;

/** Flags of `murmur-mesos master`; names and defaults are Mesos's where it has the flag. */
export const masterOptions = defineOptions({
  ip: {
    type: 'string',
    default: '127.0.0.1',
    pattern: /^[0-9.]+$/,
    allowed: 'an IPv4 address',
    help: 'IPv4 address to listen on',
  },
  port: { type: 'integer', default: 5050, min: 0, max: 65535, help: 'HTTP port; 0 takes a free one' },
  advertiseIp: {
    type: 'string',
    default: '',
    pattern: /^[0-9.]*$/,
    allowed: 'an IPv4 address, or nothing',
    help: 'IPv4 address told to others; empty = --ip, or that of the first network interface for 0.0.0.0',
  },
  hostname: {
    type: 'string',
    default: '',
    help: 'name told to others, redirects go there; empty = localhost on 127.0.0.1, else the address',
  },
  zk: {
    type: 'string',
    default: '',
    help: 'zk://[user:password@]host:port[,...]/path of the election; empty = leads at once, alone',
  },
  zkSessionTimeout: durationOption('10secs', 'of the session in ZooKeeper'),
  workDir: { type: 'string', default: null, help: 'folder of registry.json; standbys share it' },
  cluster: { type: 'string', default: '', help: 'name of the cluster, for people' },
  weights: { type: 'string', default: '', help: 'role=weight,role=weight, until weights were set over HTTP' },
  credentials: {
    type: 'string',
    default: '',
    help: 'file of principals: {"credentials":[{"principal":"p","secret":"s"}]} or lines of principal and secret',
  },
  authenticateHttpFrameworks: {
    type: 'boolean',
    default: false,
    help: 'frameworks must be one of --credentials',
  },
  authenticateHttpReadonly: { type: 'boolean', default: false, help: 'so must who reads' },
  authenticateHttpReadwrite: {
    type: 'boolean',
    default: false,
    help: 'so must who changes something, and who uses /api/v1',
  },
  agentPingTimeout: durationOption('15secs', 'between two pings of an agent'),
  maxAgentPingTimeouts: {
    type: 'integer',
    default: 5,
    min: 1,
    max: 1000,
    unit: 'pings',
    help: 'that an agent may leave unanswered before it is unreachable',
  },
  agentReregisterTimeout: durationOption('10mins', 'for known agents to come back after an election'),
  allocationInterval: durationOption('1secs', 'between two rounds of offers'),
  offerTimeout: {
    type: 'string',
    default: '',
    pattern: new RegExp(`^$|${DURATION_PATTERN.source}`),
    allowed: `${A_DURATION}, or nothing`,
    help: 'after which an offer without answer is rescinded, such as 5mins; empty = never',
  },
  minAllocatableResources: {
    type: 'string',
    default: 'cpus:0.01|mem:32',
    help: 'an offer holds at least one of these',
  },
  clusterKeyFile: {
    type: 'string',
    default: '',
    help: 'file with the key that agents must show; empty = anyone may be an agent',
  },
  instance,
  logLevel,
  graceMs,
});

export type MasterFlags = OptionValues<typeof masterOptions>;

/** The defaults, for tests and embedders; `workDir` has none. */
export function withMasterDefaults(given: Partial<MasterFlags> & Pick<MasterFlags, 'workDir'>): MasterFlags {
  const defaults = Object.fromEntries(
    Object.entries(masterOptions).map(([name, spec]) => [name, spec.default]),
  );
  return { ...defaults, ...given } as MasterFlags;
}

/** What flags mean, files read. Throws OptionError naming flag, value and what is allowed; secrets are not shown. */
export function settingsOf(flags: MasterFlags) {
  const credentials = flags.credentials === '' ? [] : credentialsOf(flags.credentials);
  const wanted =
    flags.authenticateHttpFrameworks || flags.authenticateHttpReadonly || flags.authenticateHttpReadwrite;
  if (wanted && credentials.length === 0)
    throw new OptionError(
      '--credentials: is empty, allowed is a file with principals, for authentication is wanted',
    );
  return {
    zk: flags.zk === '' ? null : named('--zk', () => parseZkUrl(flags.zk)),
    zkSessionTimeoutMs: parseDurationMs(flags.zkSessionTimeout),
    weights: named('--weights', (): WeightInfo[] => readWeights(flags.weights)),
    credentials,
    agentPingTimeoutMs: parseDurationMs(flags.agentPingTimeout),
    agentReregisterTimeoutMs: parseDurationMs(flags.agentReregisterTimeout),
    allocationIntervalMs: parseDurationMs(flags.allocationInterval),
    offerTimeoutMs: flags.offerTimeout === '' ? null : parseDurationMs(flags.offerTimeout),
    minAllocatable: named('--min-allocatable-resources', () =>
      readMinAllocatable(flags.minAllocatableResources),
    ),
    clusterKey: flags.clusterKeyFile === '' ? null : clusterKeyIn(flags.clusterKeyFile),
  };
}

export type MasterSettings = ReturnType<typeof settingsOf>;

/** Flags as `/flags` lists them: Mesos's names, values as text, empty ones left out, passwords too. */
export function shownFlags(flags: MasterFlags): Record<string, string> {
  const shown = { ...flags, zk: flags.zk.replace(/\/\/[^@/]*@/, '//(secret)@') };
  return Object.fromEntries(
    Object.entries(shown)
      .map(([name, value]) => [mesosName(name), String(value)] as const)
      .filter(([, value]) => value !== '')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function credentialsOf(file: string): readonly Credential[] {
  const text = fileOf('--credentials', file, 'a file with principals');
  return named('--credentials', () => readCredentials(text));
}
