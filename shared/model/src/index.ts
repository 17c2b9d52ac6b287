export * from './ids.js';
export * from './types.js';
export * from './packed.js';
export * from './vectors.js';
export * from './cursor.js';
export * from './content.js';
export * from './entities.js';
export * from './rows.js';
export * from './home-since.js';
export {
  appendAccounts,
  decodeEvent,
  decodePresence,
  decodePushItem,
  encodeEvent,
  encodePresence,
  encodePushHead,
  encodePushItem,
  PAYLOAD_VERSION,
  presenceSnapshotFromJson,
  presenceSnapshotToJson,
} from './events.js';
export { CodecError } from './json.js';
export { didYouMean, nearest } from './nearest.js';
