export type * from './backend.js';
export type * from './model/tables.js';
