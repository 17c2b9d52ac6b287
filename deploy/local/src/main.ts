import { runProcess } from '@murmur/service';
import { startLocal } from './launcher.js';
import { localOptions } from './options.js';

await runProcess({
  name: 'murmur-local',
  summary: 'One machine: starts every server and service of Murmur, and starts again what dies.',
  options: localOptions,
  start: startLocal,
});
