import { rateLimitOptions } from '@murmur/public-api';
import {
  clusterOptions,
  commonOptions,
  defineOptions,
  storeOptions,
  type OptionValues,
} from '@murmur/service';

export const ingestOptions = defineOptions({
  ...commonOptions,
  ...clusterOptions,
  ...storeOptions,
  ...rateLimitOptions,
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
