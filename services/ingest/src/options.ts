import { clusterOptions, commonOptions, defineOptions, type OptionValues } from '@murmur/service';

export const ingestOptions = defineOptions({
  ...commonOptions,
  ...clusterOptions,
  mysql: {
    type: 'string',
    default: null,
    secret: true,
    pattern: /^mysql:\/\/.+/,
    help: 'mysql://user:password@host:port/database',
  },
  rateLimit: {
    type: 'integer',
    default: 300,
    min: 0,
    max: 1_000_000_000,
    unit: 'requests',
    help: 'per token (or address) and window; 0 = no limit',
  },
  rateWindowSeconds: {
    type: 'integer',
    default: 300,
    min: 1,
    max: 86_400,
    unit: 's',
    help: 'length of that window',
  },
  passwordHashesMax: {
    type: 'integer',
    default: 2,
    min: 1,
    max: 64,
    unit: 'hashes',
    help: 'scrypt runs at a time; each takes a thread and 16 MiB for some 50 ms',
  },
});

export type IngestOptions = OptionValues<typeof ingestOptions>;
