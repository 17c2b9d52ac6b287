export { gatewayOptions, type GatewayOptions } from './options.js';
