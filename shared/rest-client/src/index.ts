export * from './types.js';
export { createRestClient, type RestClientOptions, type RestLog } from './client.js';
export { RestOverloaded, RestUnavailable, type RestUnavailableCode } from './errors.js';
