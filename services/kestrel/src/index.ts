export {
  parseConfig,
  QUEUE_DEFAULTS,
  ITEM_BYTES_MAX,
  type QueueConfig,
  type ServerConfig,
} from './config.js';
export { ConfigError } from './config-units.js';
export { loadConfig } from './config-file.js';
