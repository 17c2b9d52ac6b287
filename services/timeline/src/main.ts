import { runProcess } from '@murmur/service';
import { timelineOptions } from './options.js';
import { startTimeline } from './start.js';

await runProcess({
  name: 'murmur-timeline',
  summary: 'Answers reads: home, public and account timelines, single statuses, accounts.',
  options: timelineOptions,
  start: startTimeline,
});
