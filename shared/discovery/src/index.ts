export * from './types.js';
export { ANNOUNCE_WAIT_MS } from './announcement.js';
export { aliveMember, decodeMember, encodeMember, sameEndpoint } from './codec.js';
export { connectDiscovery } from './discovery.js';
export { staticServerSet, type StaticMember, type StaticServerSet } from './static.js';
export { RECONNECT_GRACE_MS } from './watch.js';
