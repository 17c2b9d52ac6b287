export * from './start.js';
export * from './service.js';
