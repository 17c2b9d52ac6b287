export { timelineOptions, type TimelineOptions } from './options.js';
export { startTimeline, type StartTools } from './start.js';
