/** Every query of Murmur, by topic. The integration test runs EXPLAIN on each of them. */
export * from './accounts.js';
export * from './follows.js';
export * from './migrations.js';
export * from './oauth.js';
export * from './statuses.js';
export * from './timelines.js';
