import { commonOptions, defineOptions, type OptionValues } from '@murmur/service';

/** Every flag of the launcher; `README.md` has the same list. */
export const localOptions = defineOptions({
  data: { type: 'string', default: '.murmur', help: 'folder of data, logs, ports and secrets' },
  host: { type: 'string', default: '127.0.0.1', help: 'address of the public API' },
  port: {
    type: 'integer',
    default: 8080,
    min: 0,
    max: 65_535,
    help: 'port of the public API; 0 takes a free one, once',
  },
  schedulerPort: {
    type: 'integer',
    default: 8081,
    min: 0,
    max: 65_535,
    help: "port of the scheduler's API; 0 takes a free one, once",
  },
  packages: {
    type: 'string',
    default: '',
    help: 'folder of what scripts/package makes; empty: where it does without --out',
  },
  instances: { type: 'integer', default: 2, min: 1, max: 16, help: 'instances of each stateless service' },
  rateLimit: {
    type: 'integer',
    default: 300,
    min: 0,
    max: 1_000_000_000,
    help: 'requests per token and five minutes; 0: no limit',
  },
  logMaxMb: {
    type: 'integer',
    default: 10,
    min: 1,
    max: 10_000,
    unit: 'MB',
    help: 'a log is set aside at this size, one of each is kept',
  },
  graceMs: { ...commonOptions.graceMs, default: 120_000 },
  logLevel: commonOptions.logLevel,
});

export type LocalOptions = OptionValues<typeof localOptions>;
