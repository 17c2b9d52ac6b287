import type { Handlers } from './call.js';
import { adminHandlers } from './handle-admin.js';
import { agentHandlers } from './handle-agents.js';
import { capacityHandlers } from './handle-capacity.js';
import { changeHandlers } from './handle-changes.js';
import { jobHandlers } from './handle-jobs.js';
import { taskHandlers } from './handle-tasks.js';

/** One for each route: a route without a handler does not compile. */
export const HANDLERS: Handlers = {
  ...jobHandlers,
  ...changeHandlers,
  ...taskHandlers,
  ...agentHandlers,
  ...capacityHandlers,
  ...adminHandlers,
};
