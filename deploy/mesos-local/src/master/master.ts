import type { Master, MasterOptions } from './types.js';

export type * from './types.js';
export { MASTER_DEFAULTS } from './types.js';

/** A master over an empty state. Nothing happens before `start`. */
export function createMaster(options: MasterOptions): Master {
  throw new Error(`not built yet: ${options.config.info.id}`);
}
