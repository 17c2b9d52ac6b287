import {
  clusterOptions,
  commonOptions,
  defineOptions,
  storeOptions,
  type OptionValues,
} from '@murmur/service';

/** Every flag of a push gateway; `README.md` has the same list. */
export const gatewayOptions = defineOptions({
  ...commonOptions,
  ...clusterOptions,
  ...storeOptions,
  publicUrl: {
    type: 'string',
    default: 'http://127.0.0.1:8080',
    pattern: /^https?:\/\/[^/\s]+$/,
    allowed: 'http://host[:port] or https://host[:port], without a slash at the end',
    help: 'origin of the links in what is pushed',
  },
  connectionsMax: {
    type: 'integer',
    default: 15_000,
    min: 1,
    max: 1_000_000,
    help: 'streams of this process; more get 503',
  },
  accountConnectionsMax: {
    type: 'integer',
    default: 32,
    min: 1,
    max: 100_000,
    help: 'streams of one account here; more get 429',
  },
  bufferBytesMax: {
    type: 'integer',
    default: 262_144,
    min: 4_096,
    max: 64 * 1024 * 1024,
    unit: 'bytes',
    help: 'unread bytes of one stream; a reader with more is dropped',
  },
  catchUpMs: {
    type: 'integer',
    default: 1_000,
    min: 0,
    max: 60_000,
    unit: 'ms',
    help: 'a new reader is caught up once more after this',
  },
  catchUpConcurrency: {
    type: 'integer',
    default: 16,
    min: 1,
    max: 1_000,
    help: 'questions to timeline at a time',
  },
  catchUpsPerSecond: {
    type: 'integer',
    default: 500,
    min: 1,
    max: 100_000,
    help: 'second looks at timeline per second',
  },
  tokenCheckMs: {
    type: 'integer',
    default: 60_000,
    min: 100,
    max: 86_400_000,
    unit: 'ms',
    help: 'the token of each open stream is checked again this often',
  },
});

export type GatewayOptions = OptionValues<typeof gatewayOptions>;
