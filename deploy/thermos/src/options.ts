import { commonOptions, defineOptions } from '@murmur/service';

/** Names as those of Aurora's executor, where it has them. */
export const executorOptions = defineOptions({
  checkpointRoot: {
    type: 'string',
    default: '',
    pattern: /^(\/.*)?$/,
    allowed: 'a path that begins with /, or nothing',
    help: "folder of the checkpoints of this agent's tasks; empty: `thermos` in the agent's work directory",
  },
  announcerEnsemble: {
    type: 'string',
    default: '',
    help: 'ZooKeeper, host:port[,host:port...]; empty: tasks are not announced',
  },
  announcerServersetPath: {
    type: 'string',
    default: '/aurora',
    pattern: /^(\/[^/\s]+)+$/,
    allowed: 'a path such as /aurora, without spaces, without a slash at the end',
    help: 'ServerSets are <path>/<role>/<environment>/<job>',
  },
  announcerAllowCustomServersetPath: {
    type: 'boolean',
    default: false,
    help: "let a job's Announcer choose its zk_path",
  },
  announcerHostname: {
    type: 'string',
    default: '',
    help: "host that is announced; empty: the agent's",
  },
  sessionTimeoutMs: {
    type: 'integer',
    default: 30_000,
    min: 1000,
    max: 600_000,
    unit: 'ms',
    help: 'ZooKeeper session time-out; a member of a dead executor stays this long',
  },
  switchUser: {
    type: 'boolean',
    default: true,
    help: "run processes as the task's user (its role); false: as the executor's own",
  },
  preserveEnv: {
    type: 'boolean',
    default: false,
    help: "give processes the executor's environment too",
  },
  runnerLoggerDestination: {
    type: 'string',
    default: 'file',
    choices: ['file', 'console', 'both', 'none'],
    help: 'where the output of a process without a Logger goes',
  },
  runnerLoggerMode: {
    type: 'string',
    default: 'standard',
    choices: ['standard', 'rotate'],
    help: 'whether its log files are rotated',
  },
  runnerRotateLogSizeMb: {
    type: 'integer',
    default: 100,
    min: 1,
    max: 100_000,
    unit: 'MB',
    help: 'size from which a log file is rotated',
  },
  runnerRotateLogBackups: {
    type: 'integer',
    default: 5,
    min: 0,
    max: 1000,
    unit: 'files',
    help: 'rotated log files that are kept',
  },
  idleExitMs: {
    type: 'integer',
    default: 10_000,
    min: 0,
    max: 600_000,
    unit: 'ms',
    help: 'the executor exits this long after its task ended and the agent has the last update',
  },
  logLevel: commonOptions.logLevel,
});

const { host, instance, logLevel, graceMs } = commonOptions;

export const observerOptions = defineOptions({
  root: {
    type: 'string',
    default: null,
    pattern: /^\/./,
    allowed: 'a path that begins with /',
    help: "the agent's work directory, or the folder of the checkpoints",
  },
  host,
  port: { type: 'integer', default: 1338, min: 0, max: 65535, help: 'HTTP port; 0 takes a free one' },
  instance,
  logLevel,
  graceMs,
  clusterKey: {
    type: 'string',
    default: '',
    secret: true,
    pattern: /^(.{16,})?$/,
    allowed: 'at least 16 characters, or none at all',
    help: 'whoever asks for tasks or files must send it as a Bearer token; empty: everybody may',
  },
  scanMs: {
    type: 'integer',
    default: 1000,
    min: 50,
    max: 60_000,
    unit: 'ms',
    help: 'how often checkpoints are looked at',
  },
});
