export { addApi } from './api.js';
export type { Auth } from './auth.js';
export { openAuth, type AuthOptions } from './auth-file.js';
export { refusalText } from './refusal-core.js';
export { hashCommand, type CommandIo } from './hash-command.js';
export type { Api, ApiOptions, Leadership } from './options.js';
