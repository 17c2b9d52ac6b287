import { rateLimitOptions } from '@murmur/public-api';
import {
  clusterOptions,
  commonOptions,
  defineOptions,
  storeOptions,
  type OptionValues,
} from '@murmur/service';

export const timelineOptions = defineOptions({
  ...commonOptions,
  ...clusterOptions,
  ...storeOptions,
  title: { type: 'string', default: 'Murmur', help: 'name of this instance, as clients show it' },
  materialiseFollowersMax: {
    type: 'integer',
    default: 100_000,
    min: 1,
    max: 1_000_000_000,
    unit: 'followers',
    help: 'authors with more are not in homes (see fanout); above nine tenths of it they are merged at read time',
  },
  ...rateLimitOptions,
});

export type TimelineOptions = OptionValues<typeof timelineOptions>;
