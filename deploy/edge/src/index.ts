export { BACKENDS, renderConfig, type Backend, type EdgeSettings } from './config-core.js';
export { RUN_PATH_MAX, startEdge, type EdgeTools } from './edge.js';
export { edgeOptions, type EdgeOptions } from './options.js';
export { placeMembers, slotCommands, type Address, type Slots } from './slots-core.js';
