import { parseDurationMs } from '@murmur/engine';
import { OptionError, commonOptions, defineOptions, type OptionValues } from '@murmur/service';
import { durationOption } from '../options/flags-core.js';
import { RECONFIGURATION_POLICIES } from './compatible-core.js';

const { instance, logLevel, graceMs } = commonOptions;

/** Flags of `murmur-mesos agent`; names and defaults are Mesos's where it has the flag. */
export const agentOptions = defineOptions({
  master: { type: 'string', default: null, help: 'host:port of the master, or zk://host:port/path' },
  ip: { type: 'string', default: '127.0.0.1', help: 'address to listen on, and that tasks are told' },
  port: { type: 'integer', default: 5051, min: 0, max: 65535, help: 'HTTP port; 0 takes a free one' },
  hostname: {
    type: 'string',
    default: '',
    help: 'name in offers; empty = localhost, or the address of --ip',
  },
  workDir: { type: 'string', default: null, help: 'folder of sandboxes, and of what must survive a restart' },
  resources: {
    type: 'string',
    default: '',
    help: 'cpus:4;mem:8192;disk:10000;ports:[31000-32000]; what is missing is detected',
  },
  defaultRole: { type: 'string', default: '*', help: 'role of --resources that name none' },
  attributes: { type: 'string', default: '', help: 'rack:abc;level:10' },
  speed: {
    type: 'boolean',
    default: true,
    help: 'measure a core at the first start, and carry the attribute speed; not where --attributes names one',
  },
  isolation: {
    type: 'string',
    default: 'auto',
    help: 'auto, or a list of posix/cpu, posix/mem, cgroups/cpu, cgroups/mem, disk/du',
  },
  cgroupsRoot: {
    type: 'string',
    default: '',
    pattern: /^$|^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/,
    allowed:
      'a path such as murmur/agent-1, without a slash at its ends and without parts that begin with a dot, or nothing',
    help: 'cgroup below which containers lie, one for each agent; empty = murmur/<digest of the work dir>',
  },
  cgroupsEnableCfs: {
    type: 'boolean',
    default: false,
    help: 'bound CPU time by the cpus requested even on an idle machine',
  },
  enforceContainerDiskQuota: {
    type: 'boolean',
    default: false,
    help: 'end a container whose sandbox outgrows its disk',
  },
  containerDiskWatchInterval: durationOption('15secs', 'between two measurements of a sandbox'),
  switchUser: {
    type: 'boolean',
    default: true,
    help: 'start tasks as the user of their framework or command; needs root',
  },
  gcDelay: durationOption('1weeks', 'age at which a sandbox is removed'),
  gcDiskHeadroom: {
    type: 'string',
    default: '0.1',
    pattern: /^(0(\.\d+)?|1(\.0+)?)$/,
    allowed: 'a number from 0 to 1',
    help: 'part of the disk that is kept free by removing sandboxes sooner',
  },
  diskWatchInterval: durationOption('1mins', 'between two looks at the disk'),
  executorRegistrationTimeout: durationOption('1mins', 'for an executor to subscribe'),
  executorReregistrationTimeout: durationOption(
    '2secs',
    'for an executor to subscribe again after a restart of the agent, at most 15secs',
  ),
  executorShutdownGracePeriod: durationOption('5secs', 'between SHUTDOWN and the end by force'),
  recoveryTimeout: durationOption('15mins', 'executors are told to wait this long for an agent that is away'),
  reconfigurationPolicy: {
    type: 'string',
    default: 'equal',
    choices: RECONFIGURATION_POLICIES,
    help: 'what may change of resources and attributes under the same id: equal or additive',
  },
  recover: {
    type: 'string',
    default: 'reconnect',
    choices: ['reconnect', 'cleanup'],
    help: 'reconnect to what runs, or cleanup: end it all, forget the id, exit',
  },
  maxLogSize: {
    type: 'integer',
    default: 10 * 1024 * 1024,
    min: 4096,
    max: 2 ** 40,
    unit: 'bytes',
    help: 'size at which stdout and stderr are rotated',
  },
  maxLogFiles: {
    type: 'integer',
    default: 5,
    min: 0,
    max: 1000,
    unit: 'files',
    help: 'rotated files kept beside stdout, and beside stderr',
  },
  fetcherTimeout: durationOption('10mins', 'for all URIs of one container'),
  fetcherMaxSize: {
    type: 'integer',
    default: 4 * 2 ** 30,
    min: 1,
    max: 2 ** 45,
    unit: 'bytes',
    help: 'largest file that is fetched; all of a container may be twice that, unpacked four times',
  },
  frameworksHome: { type: 'string', default: '', help: 'folder of URIs that are relative paths' },
  authenticateHttpExecutors: {
    type: 'boolean',
    default: false,
    help: 'refuse executors without the token of their environment',
  },
  clusterKeyFile: {
    type: 'string',
    default: '',
    help: 'file with the key that the master wants of its agents',
  },
  zkSessionTimeout: durationOption('10secs', 'of the session in ZooKeeper'),
  simulate: {
    type: 'integer',
    default: 0,
    min: 0,
    max: 100_000,
    unit: 'agents',
    help: 'agents that only pretend, instead of one that runs tasks',
  },
  instance,
  logLevel,
  graceMs,
});

export type AgentOptions = OptionValues<typeof agentOptions>;

/** The defaults, for tests and embedders; `master` and `workDir` have none. */
export function withAgentDefaults(
  given: Partial<AgentOptions> & Pick<AgentOptions, 'master' | 'workDir'>,
): AgentOptions {
  const defaults = Object.fromEntries(
    Object.entries(agentOptions).map(([name, spec]) => [name, spec.default]),
  );
  return { ...defaults, ...given } as AgentOptions;
}

/** Most that a restarted agent may wait for its executors. */
const REREGISTRATION_MAX_MS = 15_000;

/** Durations in ms. Throws OptionError for one that Mesos would refuse too. */
export function durationsOf(options: AgentOptions) {
  const reregistrationTimeoutMs = parseDurationMs(options.executorReregistrationTimeout);
  if (reregistrationTimeoutMs > REREGISTRATION_MAX_MS) {
    throw new OptionError(
      `--executor-reregistration-timeout: "${options.executorReregistrationTimeout}" is not allowed; allowed is at most 15secs`,
    );
  }
  return {
    registrationTimeoutMs: parseDurationMs(options.executorRegistrationTimeout),
    reregistrationTimeoutMs,
    shutdownGraceMs: parseDurationMs(options.executorShutdownGracePeriod),
    recoveryTimeoutMs: parseDurationMs(options.recoveryTimeout),
    gcDelayMs: parseDurationMs(options.gcDelay),
    diskWatchIntervalMs: parseDurationMs(options.diskWatchInterval),
    containerDiskWatchIntervalMs: parseDurationMs(options.containerDiskWatchInterval),
    fetcherTimeoutMs: parseDurationMs(options.fetcherTimeout),
    zkSessionTimeoutMs: parseDurationMs(options.zkSessionTimeout),
  };
}
