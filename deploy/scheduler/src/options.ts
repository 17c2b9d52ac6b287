import { userInfo } from 'node:os';
import { isZkUrl, parseZkUrl, type ZkUrl } from '@murmur/discovery';
import { staticDetector } from '@murmur/engine';
import { commonOptions, defineOptions, OptionError, type OptionValues } from '@murmur/service';
import type { ExecutorSettings } from './engine/launch-core.js';
import { FLAP, type FlapPolicy } from './state/index.js';

const { instance, logLevel, graceMs } = commonOptions;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const ms = (fallback: number, help: string, min = 0, max = 60 * DAY_MS) =>
  ({ type: 'integer', default: fallback, min, max, unit: 'ms', help }) as const;

/** MiB: see the README for what was measured. */
const EXECUTOR_RAM_MB = 64;
const EXECUTOR_DISK_MB = 16;

export const schedulerOptions = defineOptions({
  ip: {
    type: 'string',
    default: '127.0.0.1',
    pattern: /^[0-9a-fA-F.:]+$/,
    allowed: 'an IPv4 or IPv6 address',
    help: 'address to listen on',
  },
  port: { type: 'integer', default: 8081, min: 0, max: 65535, help: 'HTTP port; 0 takes a free one' },
  hostname: {
    type: 'string',
    default: '',
    help: 'name told to others; empty = localhost on 127.0.0.1, else the address',
  },
  clusterName: {
    type: 'string',
    default: 'local',
    pattern: /^[\w.-]{1,255}$/,
    allowed: '1 to 255 letters, digits, _ . and -',
    help: 'first part of the job keys that it takes',
  },
  data: { type: 'string', default: null, help: 'folder of its log and backups' },
  log: { type: 'string', default: 'file', choices: ['file'], help: 'where the log is kept' },
  master: { type: 'string', default: null, help: 'host:port of the master, or zk://host:port,.../path' },
  zk: {
    type: 'string',
    default: '',
    help: 'zk://[user:password@]host:port[,...]/path of the election; empty = leads at once, alone',
  },
  zkSessionTimeoutMs: ms(30_000, 'of the session in ZooKeeper', 1_000, 600_000),
  serversetPath: {
    type: 'string',
    default: '/aurora/scheduler',
    pattern: /^(\/[^/\s]+)+$/,
    allowed: 'a path such as /aurora/scheduler, without spaces, without a slash at the end',
    help: 'where the leader announces itself in ZooKeeper',
  },
  authFile: {
    type: 'string',
    default: '',
    help: 'file of users, tokens and their rights; empty = nobody may change anything',
  },
  insecure: { type: 'boolean', default: false, help: 'anyone may change anything' },
  frameworkName: { type: 'string', default: 'murmur', help: 'what the master shows' },
  engineRole: { type: 'string', default: '*', help: "role of the master's whose resources are offered" },
  user: { type: 'string', default: '', help: "whom executors run as; empty = this process's user" },
  taskUser: { type: 'string', default: '', help: "whom tasks run as; empty = the job's role" },
  failoverTimeoutMs: ms(21 * DAY_MS, 'how long tasks live on without a scheduler'),
  registrationTimeoutMs: ms(
    60_000,
    'a leader of several that the master has not taken by then makes room for another; 0 = never',
  ),
  thermosExecutorPath: { type: 'string', default: null, help: 'murmur-thermos.cjs, as agents see it' },
  thermosExecutorFlags: { type: 'string', default: '', help: 'further flags of each executor' },
  nodePath: { type: 'string', default: process.execPath, help: 'node, as agents see it' },
  executorCpus: {
    type: 'string',
    default: '0.05',
    pattern: /^\d{1,3}(\.\d{1,3})?$/,
    allowed: 'a number from 0 to 999.999 with at most three decimals',
    help: "CPUs of an executor's own, on top of its task's",
  },
  executorRamMb: {
    type: 'integer',
    default: EXECUTOR_RAM_MB,
    min: 1,
    max: 65_536,
    unit: 'MiB',
    help: "an executor's own, on top of its task's",
  },
  executorDiskMb: {
    type: 'integer',
    default: EXECUTOR_DISK_MB,
    min: 0,
    max: 65_536,
    unit: 'MiB',
    help: "an executor's own, on top of its task's",
  },
  offerHoldMs: ms(300_000, 'how long an offer is held that nobody needs', 1_000),
  offerHoldJitterMs: ms(60_000, 'random time on top of that'),
  offerRefuseMs: ms(5_000, 'for how long an offer that was held is refused'),
  requeueDelayMs: ms(2_000, 'random time at most until tasks that were pending are tried after a start'),
  reconcileExplicitMs: ms(HOUR_MS, 'between two explicit reconciliations', 1_000),
  reconcileImplicitMs: ms(HOUR_MS, 'between two implicit reconciliations', 1_000),
  flapThresholdMs: ms(FLAP.thresholdMs, 'a run that ends by itself sooner counts as flapping'),
  flapPenaltyMs: ms(FLAP.penaltyMs, 'how long the replacement of one that flaps waits; it doubles', 1),
  flapPenaltyMaxMs: ms(FLAP.penaltyMaxMs, 'its longest wait', 1),
  snapshotIntervalMs: ms(HOUR_MS, 'between two snapshots', 1_000),
  snapshotEntries: {
    type: 'integer',
    default: 50_000,
    min: 100,
    max: 100_000_000,
    help: 'entries of the log after which there is a snapshot at once',
  },
  backupIntervalMs: ms(HOUR_MS, 'between two backups; 0 = none', 0),
  instance,
  logLevel,
  graceMs,
});

export type SchedulerFlags = OptionValues<typeof schedulerOptions>;

export interface Settings {
  readonly zk: ZkUrl | null;
  readonly executor: ExecutorSettings;
  readonly flap: FlapPolicy;
  readonly user: string;
  /** What others are told to connect to. */
  readonly hostname: string;
}

/** What flags mean together. Throws OptionError naming flag, value and what is allowed. */
export function settingsOf(flags: SchedulerFlags): Settings {
  named('--master', () => (isZkUrl(flags.master) ? parseZkUrl(flags.master) : staticDetector(flags.master)));
  const zk = flags.zk === '' ? null : named('--zk', () => parseZkUrl(flags.zk));
  if (zk?.path === flags.serversetPath)
    throw new OptionError(
      `--zk: the path ${zk.path} is that of --serverset-path; allowed is another, since candidates and members are both numbered`,
    );
  const loopback = /^(127\.|::1$)/.test(flags.ip);
  return {
    zk,
    executor: {
      node: flags.nodePath,
      path: flags.thermosExecutorPath,
      flags: flags.thermosExecutorFlags,
      overhead: {
        cpus: Number(flags.executorCpus),
        memMb: flags.executorRamMb,
        diskMb: flags.executorDiskMb,
      },
      taskUser: flags.taskUser,
    },
    flap: {
      thresholdMs: flags.flapThresholdMs,
      penaltyMs: flags.flapPenaltyMs,
      penaltyMaxMs: flags.flapPenaltyMaxMs,
    },
    user: flags.user === '' ? userInfo().username : flags.user,
    hostname: flags.hostname === '' ? (loopback ? 'localhost' : flags.ip) : flags.hostname,
  };
}

/** What `read` gives. Throws OptionError with the flag in front of what `read` says is wrong. */
function named<T>(flag: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new OptionError(`${flag}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
