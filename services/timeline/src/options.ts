import { clusterOptions, commonOptions, defineOptions, type OptionValues } from '@murmur/service';

export const timelineOptions = defineOptions({
  ...commonOptions,
  ...clusterOptions,
  mysql: {
    type: 'string',
    default: null,
    secret: true,
    pattern: /^mysql:\/\/.+/,
    help: 'mysql://user:password@host:port/database',
  },
  title: { type: 'string', default: 'Murmur', help: 'name of this instance, as clients show it' },
  materialiseFollowersMax: {
    type: 'integer',
    default: 100_000,
    min: 1,
    max: 1_000_000_000,
    unit: 'followers',
    help: 'authors with more are not in homes (see fanout); above nine tenths of it they are merged at read time',
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
});

export type TimelineOptions = OptionValues<typeof timelineOptions>;
