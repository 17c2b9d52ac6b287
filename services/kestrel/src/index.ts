export {
  parseConfig,
  QUEUE_DEFAULTS,
  ITEM_BYTES_MAX,
  type QueueConfig,
  type ServerConfig,
} from './config/schema.js';
export { ConfigError } from './config/units.js';
export { loadConfig } from './config/file.js';
export { kestrelOptions, type KestrelOptions } from './options.js';
export { startKestrel, type RunningKestrel, type StartTools } from './start.js';
