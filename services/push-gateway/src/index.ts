export { startPushGateway, type Tools } from './start.js';
export { gatewayOptions, type GatewayOptions } from './options.js';
