import { isProduction } from '@murmur/job-config';
import type { QuotaShape } from '@murmur/scheduler-api';
import { tierNameOf } from '../state/config-core.js';
import type { StateView } from '../state/port.js';
import type { Sizes } from '../model/agent.js';
import { demandOf, sumSizes } from './views-core.js';

/** What a role's active instances use. Quotas are not set yet: null, and nothing is enforced. */
export function quotaView(role: string, state: StateView): QuotaShape {
  const uses: Record<'production' | 'nonProduction' | 'dedicated', Sizes[]> = {
    production: [],
    nonProduction: [],
    dedicated: [],
  };
  for (const job of state.jobs()) {
    if (!job.startsWith(`${role}/`)) continue;
    for (const task of state.activeOfJob(job)) {
      const config = state.config(task.configId);
      if (config === undefined) continue;
      const paid = isProduction(tierNameOf(config.job)) === true ? 'production' : 'nonProduction';
      uses[config.dedicated === null ? paid : 'dedicated'].push(demandOf(task, { state }));
    }
  }
  return {
    role,
    quota: null,
    production: sumSizes(uses.production),
    nonProduction: sumSizes(uses.nonProduction),
    dedicated: sumSizes(uses.dedicated),
  };
}
