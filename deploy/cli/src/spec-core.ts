/** What the command line understands, as data: parser, help, completion and README are held against it. */

export interface ArgSpec {
  readonly name: string;
  readonly optional?: boolean;
  /** Takes the rest of the line. */
  readonly rest?: boolean;
  /** What the shell completes here. */
  readonly completes?: 'key' | 'instance' | 'file' | 'cluster';
}

export type FlagKind = 'flag' | 'text' | 'list' | 'integer' | 'number' | 'choice';

export interface FlagSpec {
  /** `--bind` */
  readonly long: string;
  readonly short?: string;
  readonly kind: FlagKind;
  /** The value's name in the help. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly default?: string | number;
  /** Of integers and numbers; without it at least 0. */
  readonly min?: number;
  readonly what: string;
  readonly hidden?: boolean;
}

export interface VerbSpec {
  /** `job create`; a noun alone has its arguments right after it. */
  readonly name: string;
  readonly what: string;
  readonly args: readonly ArgSpec[];
  readonly flags: readonly FlagSpec[];
  readonly example: string;
}

/** Longest wait of one command for instances, s. */
export const DEFAULT_TIMEOUT_SECS = 600;

const KEY: ArgSpec = { name: 'cluster/role/env/name', completes: 'key' };
const INSTANCES: ArgSpec = { name: 'cluster/role/env/name[/instances]', completes: 'instance' };
const INSTANCE: ArgSpec = { name: 'cluster/role/env/name/instance', completes: 'instance' };
const GLOB: ArgSpec = { name: 'cluster[/role[/env[/name]]]', completes: 'key' };
const CONFIG: ArgSpec = { name: 'config', completes: 'file' };

const BIND: FlagSpec = {
  long: '--bind',
  kind: 'list',
  value: 'name=value',
  what: 'binds a free variable of the config; may be repeated',
};
const READ_JSON: FlagSpec = {
  long: '--read-json',
  kind: 'flag',
  what: 'the config is JSON: {"jobs": [..]} or one job',
};
const WRITE_JSON: FlagSpec = { long: '--write-json', kind: 'flag', what: 'prints JSON for programs' };
const BROWSER: FlagSpec = { long: '--open-browser', kind: 'flag', what: "opens the job's page at the end" };
const MESSAGE: FlagSpec = {
  long: '--message',
  short: '-m',
  kind: 'text',
  value: 'text',
  what: 'why; it goes into the audit log',
};
const CONFIG_FLAG: FlagSpec = {
  long: '--config',
  kind: 'text',
  value: 'file',
  what: 'a config that must load and hold the job',
};
const STRICT: FlagSpec = {
  long: '--strict',
  kind: 'flag',
  what: 'an instance that is not active is an error',
};
const TIMEOUT: FlagSpec = {
  long: '--timeout',
  kind: 'integer',
  value: 'secs',
  default: DEFAULT_TIMEOUT_SECS,
  min: 1,
  what: 'longest wait, in seconds; then exit 9',
};
const WAITING: readonly FlagSpec[] = [
  {
    long: '--wait-until',
    kind: 'choice',
    value: 'state',
    choices: ['PENDING', 'RUNNING', 'FINISHED'],
    default: 'PENDING',
    what: 'waits until all instances are there',
  },
  { long: '--wait', kind: 'flag', what: 'the same as --wait-until RUNNING' },
  TIMEOUT,
];
const BATCH: FlagSpec = {
  long: '--batch-size',
  kind: 'integer',
  value: 'n',
  default: 1,
  min: 1,
  what: 'instances at once',
};
const TOTAL_FAILURES: FlagSpec = {
  long: '--max-total-failures',
  kind: 'integer',
  value: 'n',
  default: 0,
  min: -Infinity,
  what: 'failed instances that are borne',
};
const SSH: readonly FlagSpec[] = [
  {
    long: '--ssh-user',
    short: '-l',
    kind: 'text',
    value: 'user',
    what: "runs as this user, not as the task's",
  },
  {
    long: '--ssh-options',
    kind: 'text',
    value: 'options',
    what: 'more options for ssh, with spaces between',
  },
  { long: '--executor-sandbox', kind: 'flag', what: "in the executor's sandbox, not in the task's" },
];
const KILLING: readonly FlagSpec[] = [
  BATCH,
  TOTAL_FAILURES,
  { long: '--no-batching', kind: 'flag', what: 'all at once' },
  MESSAGE,
  TIMEOUT,
  CONFIG_FLAG,
  BIND,
  READ_JSON,
  BROWSER,
];

/** Every verb has these. */
export const COMMON_FLAGS: readonly FlagSpec[] = [
  { long: '--clusters', kind: 'text', value: 'file', what: 'this clusters.json, and no other' },
  { long: '--verbose', short: '-v', kind: 'flag', what: 'says more' },
  { long: '--skip-hooks', kind: 'text', value: 'all|a,b', what: 'accepted; there are no hooks to skip' },
];

const JOB_VERBS: readonly VerbSpec[] = [
  {
    name: 'job create',
    what: 'creates a job',
    args: [KEY, CONFIG],
    flags: [...WAITING, BIND, READ_JSON, MESSAGE, BROWSER],
    example: 'aurora job create local/murmur/prod/timeline timeline.aurora --wait',
  },
  {
    name: 'job kill',
    what: 'kills instances',
    args: [INSTANCES],
    flags: [...KILLING, STRICT],
    example: 'aurora job kill local/murmur/prod/timeline/0-2 -m "bad disk"',
  },
  {
    name: 'job killall',
    what: 'kills all instances of a job',
    args: [KEY],
    flags: KILLING,
    example: 'aurora job killall local/murmur/prod/timeline --no-batching',
  },
  {
    name: 'job add',
    what: 'adds instances like one that is there',
    args: [INSTANCE, { name: 'count' }],
    flags: [...WAITING, MESSAGE, BROWSER],
    example: 'aurora job add local/murmur/prod/timeline/0 2 --wait',
  },
  {
    name: 'job scale',
    what: 'brings a job to a number of instances',
    args: [KEY, { name: 'count' }],
    flags: [...WAITING, MESSAGE, BROWSER],
    example: 'aurora job scale local/murmur/prod/timeline 5 --wait',
  },
  {
    name: 'job restart',
    what: 'restarts instances, a batch after the other has become healthy',
    args: [INSTANCES],
    flags: [
      BATCH,
      {
        long: '--watch-secs',
        kind: 'integer',
        value: 'secs',
        default: 30,
        what: 'an instance must stay RUNNING so long',
      },
      {
        long: '--max-per-instance-failures',
        kind: 'integer',
        value: 'n',
        default: 0,
        min: -Infinity,
        what: 'restarts of one instance that may fail; below 0: any number',
      },
      TOTAL_FAILURES,
      {
        long: '--healthcheck-interval-seconds',
        kind: 'integer',
        value: 'secs',
        default: 3,
        min: 1,
        what: 'between two looks at the instances',
      },
      {
        ...TIMEOUT,
        what: 'longest wait for an instance to become RUNNING; then it has failed',
      },
      STRICT,
      MESSAGE,
      CONFIG_FLAG,
      BIND,
      READ_JSON,
      BROWSER,
    ],
    example: 'aurora job restart local/murmur/prod/fanout --batch-size 2 --watch-secs 10',
  },
  {
    name: 'job status',
    what: 'the instances of jobs',
    args: [GLOB],
    flags: [WRITE_JSON],
    example: 'aurora job status local/murmur/prod/timeline',
  },
  {
    name: 'job list',
    what: 'the keys of jobs; with -v a table',
    args: [GLOB],
    flags: [WRITE_JSON],
    example: "aurora job list 'local/murmur/*/time*'",
  },
  {
    name: 'job diff',
    what: 'what a config would change',
    args: [INSTANCES, CONFIG],
    flags: [
      { long: '--from', kind: 'text', value: 'key', what: 'compares with this job' },
      WRITE_JSON,
      BIND,
      READ_JSON,
    ],
    example: 'aurora job diff local/murmur/prod/timeline timeline.aurora',
  },
  {
    name: 'job inspect',
    what: 'a job of a config, as it would be submitted',
    args: [KEY, CONFIG],
    flags: [
      WRITE_JSON,
      { long: '--raw', kind: 'flag', what: 'with every default in its place' },
      BIND,
      READ_JSON,
    ],
    example: 'aurora job inspect local/murmur/prod/timeline timeline.aurora',
  },
  {
    name: 'job open',
    what: "opens the scheduler's page",
    args: [GLOB],
    flags: [],
    example: 'aurora job open local/murmur/prod/timeline',
  },
  {
    name: 'job why',
    what: 'why an instance is in its state, in one sentence',
    args: [INSTANCE],
    flags: [WRITE_JSON],
    example: 'aurora job why local/murmur/prod/timeline/3',
  },
];

const OTHER_VERBS: readonly VerbSpec[] = [
  {
    name: 'task run',
    what: 'runs a command in the sandboxes of instances',
    args: [INSTANCES, { name: 'command', rest: true }],
    flags: [
      {
        long: '--threads',
        short: '-t',
        kind: 'integer',
        value: 'n',
        default: 1,
        min: 1,
        what: 'instances at once',
      },
      ...SSH,
    ],
    example: "aurora task run local/murmur/prod/timeline 'tail -1 .logs/*/0/stdout'",
  },
  {
    name: 'task ssh',
    what: 'a shell in the sandbox of an instance',
    args: [INSTANCES],
    flags: [
      { long: '--command', short: '-c', kind: 'text', value: 'command', what: 'instead of a shell' },
      {
        long: '--tunnels',
        short: '-L',
        kind: 'list',
        value: 'port:name',
        what: "a local port to a task's named port; may be repeated",
      },
      { long: '--pid-file', short: '-p', kind: 'text', value: 'file', what: 'where the pid is written' },
      ...SSH,
    ],
    example: 'aurora task ssh local/murmur/prod/timeline/0 -L 8080:http',
  },
  {
    name: 'config list',
    what: 'the keys of the jobs in a config',
    args: [CONFIG],
    flags: [BIND, READ_JSON],
    example: 'aurora config list timeline.aurora',
  },
  {
    name: 'config validate',
    what: 'everything that is wrong with a config',
    args: [CONFIG],
    flags: [BIND, READ_JSON],
    example: 'aurora config validate timeline.aurora --bind profile=prod',
  },
  {
    name: 'quota get',
    what: "a role's quota and use",
    args: [{ name: 'cluster/role', completes: 'key' }],
    flags: [WRITE_JSON],
    example: 'aurora quota get local/murmur',
  },
  {
    name: 'capacity',
    what: 'how many more instances fit, and what stops the next one',
    args: [
      { name: 'cluster', completes: 'cluster' },
      { name: 'role/env/name', optional: true },
    ],
    flags: [
      { long: '--cpus', kind: 'number', value: 'n', what: 'of one instance' },
      { long: '--ram', kind: 'text', value: 'size', what: 'of one instance: 128MB, 1GB' },
      { long: '--disk', kind: 'text', value: 'size', what: 'of one instance: 128MB, 1GB' },
      { long: '--max', kind: 'integer', value: 'n', default: 10_000, min: 1, what: 'counts no further' },
      WRITE_JSON,
    ],
    example: 'aurora capacity local --cpus 0.25 --ram 128MB',
  },
  {
    name: 'completion',
    what: 'prints the completion for a shell',
    args: [{ name: 'bash|zsh' }],
    flags: [],
    example: 'source <(aurora completion bash)',
  },
];

export const VERBS: readonly VerbSpec[] = [...JOB_VERBS, ...OTHER_VERBS];

/** Of Aurora, and not there yet: they end with INVALID_COMMAND. */
export const NOT_YET: Readonly<Record<string, string>> = {
  update: 'rolling updates',
  cron: 'cron jobs',
  sla: 'SLA metrics',
  'task scp': 'scp',
};

/** What each noun does, for the help. */
export const NOUNS: Readonly<Record<string, string>> = {
  job: 'jobs',
  task: 'running instances',
  config: 'config files',
  quota: 'quotas of roles',
};

/** `--wait-until` as the parsed options have it. */
export function optionName(long: string): string {
  return long.slice(2).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
