export * from './types.js';
export { ANNOUNCE_WAIT_MS } from './announcement.js';
export { aliveMember, decodeMember, encodeMember, sameEndpoint } from './codec.js';
export { firstCandidate, readCandidate, type Candidate, type ContenderState } from './election-core.js';
export { connectDiscovery } from './discovery.js';
export { staticServerSet, type StaticMember, type StaticServerSet } from './static.js';
export { isZkUrl, parseZkUrl, type ZkUrl } from './zk-url.js';
export { RECONNECT_GRACE_MS } from './watch.js';
