import { runProcess } from '@murmur/service';
import { ingestOptions } from './options.js';
import { startIngest } from './start.js';

await runProcess({
  name: 'murmur-ingest',
  summary: 'Accepts writes: apps and tokens, accounts, follows, statuses.',
  options: ingestOptions,
  start: startIngest,
});
