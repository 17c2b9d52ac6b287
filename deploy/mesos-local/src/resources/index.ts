export * from './bundle-core.js';
export * from './kind-core.js';
export * from './ranges-core.js';
export * from './roles-core.js';
export * from './wire-core.js';
