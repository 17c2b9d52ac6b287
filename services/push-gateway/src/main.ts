import { runProcess } from '@murmur/service';
import { gatewayOptions } from './options.js';
import { startPushGateway } from './start.js';

await runProcess({
  name: 'murmur-push-gateway',
  summary: 'Holds the long-lived connections of readers, and pushes.',
  options: gatewayOptions,
  start: startPushGateway,
});
