import { runProcess } from '@murmur/service';
import { startEdge } from './edge.js';
import { edgeOptions } from './options.js';

await runProcess({
  name: 'murmur-edge',
  summary: 'HAProxy in front of the suite: routes, the lobby, servers from ServerSets.',
  options: edgeOptions,
  start: startEdge,
});
