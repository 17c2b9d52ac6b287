import {
  clusterOptions,
  commonOptions,
  defineOptions,
  storeOptions,
  type OptionValues,
} from '@murmur/service';

export const fanoutOptions = defineOptions({
  ...commonOptions,
  ...clusterOptions,
  ...storeOptions,
  materialiseFollowersMax: {
    type: 'integer',
    default: 100_000,
    min: 1,
    max: 1_000_000_000,
    unit: 'followers',
    help: 'statuses of authors with more are not written into homes, only pushed',
  },
  batchMax: {
    type: 'integer',
    default: 256,
    min: 1,
    max: 10_000,
    unit: 'events',
    help: 'events taken from one Kestrel at a time',
  },
  monitorMs: {
    type: 'integer',
    default: 1_000,
    min: 100,
    max: 60_000,
    unit: 'ms',
    help: 'how long one read waits for events',
  },
});

export type FanoutOptions = OptionValues<typeof fanoutOptions>;
