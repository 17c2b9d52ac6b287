export { ingestOptions, type IngestOptions } from './options.js';
export { startIngest } from './start.js';
