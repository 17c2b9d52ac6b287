import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import type { Registry } from '../registry.js';
import type { Master } from '../types.js';
import type { MetricFacts } from './metrics-core.js';

/** What `/metrics/snapshot` shows beside the state. */
export function metricFacts(master: Master, registry: Registry, operatorSubscribers: number): MetricFacts {
  return {
    now: Date.now(),
    elected: true,
    allocation: master.allocationStats(),
    registry: registry.stats(),
    system: {
      cpus: availableParallelism(),
      load: loadavg(),
      totalBytes: totalmem(),
      freeBytes: freemem(),
    },
    operatorSubscribers,
  };
}
