import {
  clusterOptions,
  commonOptions,
  defineOptions,
  storeOptions,
  type OptionValues,
} from '@murmur/service';

export const persisterOptions = defineOptions({
  ...commonOptions,
  ...clusterOptions,
  ...storeOptions,
  batchMax: {
    type: 'integer',
    default: 500,
    min: 1,
    max: 10_000,
    unit: 'events',
    help: 'events taken from one Kestrel at a time; also the largest transaction',
  },
  monitorMs: {
    type: 'integer',
    default: 1000,
    min: 1000,
    max: 60_000,
    unit: 'ms',
    help: 'how long one monitor waits for events; confirms go out at its end',
  },
  lingerMs: {
    type: 'integer',
    default: 100,
    min: 0,
    max: 1000,
    unit: 'ms',
    help: 'pause after a batch, so that the next one is larger: a transaction costs as much as many rows',
  },
  lateMs: {
    type: 'integer',
    default: 2000,
    min: 1,
    max: 3_600_000,
    unit: 'ms',
    help: 'a status persisted later than this after its acceptance is fanned out once more',
  },
  retryMinMs: {
    type: 'integer',
    default: 100,
    min: 1,
    max: 60_000,
    unit: 'ms',
    help: 'first wait before a batch is tried again; it doubles',
  },
  retryMaxMs: {
    type: 'integer',
    default: 5000,
    min: 1,
    max: 600_000,
    unit: 'ms',
    help: 'longest wait before a batch is tried again',
  },
});

export type PersisterOptions = OptionValues<typeof persisterOptions>;
