import {
  KEY,
  INSTANCES,
  INSTANCE,
  GLOB,
  CONFIG,
  BIND,
  READ_JSON,
  WRITE_JSON,
  BROWSER,
  MESSAGE,
  CONFIG_FLAG,
  STRICT,
  TIMEOUT,
  WAITING,
  BATCH,
  TOTAL_FAILURES,
  SSH,
  KILLING,
} from './flags-core.js';
import type { VerbSpec } from './spec-types.js';

export { COMMON_FLAGS, DEFAULT_TIMEOUT_SECS } from './flags-core.js';
export type * from './spec-types.js';

/** What the command line understands, as data: parser, help, completion and README are held against it. */

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
