import type { ServerConfig } from './schema.js';

/** Fields that are looked at once, at the start; all others take effect at a reload. */
const AT_START_ONLY = [
  'connectionBacklog',
  'statusFile',
  'defaultStatus',
] as const satisfies readonly (keyof ServerConfig)[];

/** The fields that differ and that a reload does not change. */
export function needRestart(old: ServerConfig, fresh: ServerConfig): readonly string[] {
  return AT_START_ONLY.filter((field) => old[field] !== fresh[field]);
}
