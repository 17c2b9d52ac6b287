export { persisterOptions, type PersisterOptions } from './options.js';
export { startPersister, type StartTools } from './start.js';
