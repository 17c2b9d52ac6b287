import { runProcess } from '@murmur/service';
import { persisterOptions } from './options.js';
import { startPersister } from './start.js';

await runProcess({
  name: 'murmur-persister',
  summary: 'Writes accepted statuses and deletes from the queue into MySQL.',
  options: persisterOptions,
  start: startPersister,
});
