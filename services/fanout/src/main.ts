import { runProcess } from '@murmur/service';
import { fanoutOptions } from './options.js';
import { startFanout } from './start.js';

await runProcess({
  name: 'murmur-fanout',
  summary: 'One status to home timelines and gateways.',
  options: fanoutOptions,
  start: startFanout,
});
