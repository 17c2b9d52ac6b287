import type { ArgSpec, FlagSpec } from './spec-types.js';

/** Arguments and flags that several verbs have. */

/** Longest wait of one command for instances, s. */
export const DEFAULT_TIMEOUT_SECS = 600;

export const KEY: ArgSpec = { name: 'cluster/role/env/name', completes: 'key' };
export const INSTANCES: ArgSpec = { name: 'cluster/role/env/name[/instances]', completes: 'instance' };
export const INSTANCE: ArgSpec = { name: 'cluster/role/env/name/instance', completes: 'instance' };
export const GLOB: ArgSpec = { name: 'cluster[/role[/env[/name]]]', completes: 'key' };
export const CONFIG: ArgSpec = { name: 'config', completes: 'file' };

export const BIND: FlagSpec = {
  long: '--bind',
  kind: 'list',
  value: 'name=value',
  what: 'binds a free variable of the config; may be repeated',
};
export const READ_JSON: FlagSpec = {
  long: '--read-json',
  kind: 'flag',
  what: 'the config is JSON: {"jobs": [..]} or one job',
};
export const WRITE_JSON: FlagSpec = { long: '--write-json', kind: 'flag', what: 'prints JSON for programs' };
export const BROWSER: FlagSpec = {
  long: '--open-browser',
  kind: 'flag',
  what: "opens the job's page at the end",
};
export const MESSAGE: FlagSpec = {
  long: '--message',
  short: '-m',
  kind: 'text',
  value: 'text',
  what: 'why; it goes into the audit log',
};
export const CONFIG_FLAG: FlagSpec = {
  long: '--config',
  kind: 'text',
  value: 'file',
  what: 'a config that must load and hold the job',
};
export const STRICT: FlagSpec = {
  long: '--strict',
  kind: 'flag',
  what: 'an instance that is not active is an error',
};
export const TIMEOUT: FlagSpec = {
  long: '--timeout',
  kind: 'integer',
  value: 'secs',
  default: DEFAULT_TIMEOUT_SECS,
  min: 1,
  what: 'longest wait, in seconds; then exit 9',
};
export const WAITING: readonly FlagSpec[] = [
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
export const BATCH: FlagSpec = {
  long: '--batch-size',
  kind: 'integer',
  value: 'n',
  default: 1,
  min: 1,
  what: 'instances at once',
};
export const TOTAL_FAILURES: FlagSpec = {
  long: '--max-total-failures',
  kind: 'integer',
  value: 'n',
  default: 0,
  min: -Infinity,
  what: 'failed instances that are borne',
};
export const SSH: readonly FlagSpec[] = [
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
export const KILLING: readonly FlagSpec[] = [
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
