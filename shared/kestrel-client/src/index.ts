export * from './types.js';
export { createKestrelClient } from './client.js';
export { KESTREL_DEFAULTS } from './defaults.js';
export {
  KESTREL_ERRORS,
  KestrelError,
  KestrelOverloaded,
  KestrelUnavailable,
  type KestrelErrorCode,
} from './errors.js';
export { createReplyParser, ReplyFormatError, type Reply, type ReplyParser } from './reply-parser-core.js';
