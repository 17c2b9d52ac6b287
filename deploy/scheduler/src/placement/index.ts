export { createPlacer } from './placer-core.js';
export { refusalText } from '../http/refusal-core.js';
export type * from './port.js';
