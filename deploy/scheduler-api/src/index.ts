export * from './errors.js';
export { ROUTES, type Right, type Route, type RouteId } from './routes.js';
export * as shapes from './shapes.js';
export type * from './shapes.js';
