import { createActions } from './actions.js';
import { createAgentApi } from './agent-api.js';
import { tickAgents } from './agents-core.js';
import { tickFrameworks } from './frameworks-core.js';
import { expireInverseOffers } from './inverse-core.js';
import { expireOffers } from './offers-core.js';
import { restoreState } from './restore-core.js';
import { createSchedulerHandler } from './scheduler-api.js';
import { createShell } from './shell.js';
import type { Master, MasterOptions } from './types.js';

export type * from './types.js';
export { MASTER_DEFAULTS } from './types.js';

/** Time-outs are looked at so many times within the shortest of them. */
const TICKS_PER_TIMEOUT = 4;
/** Never more often than that, ms. */
const TICK_MIN_MS = 10;

/** A master over an empty state. Nothing happens by itself before `start`. */
export function createMaster(options: MasterOptions): Master {
  const { config } = options;
  const shell = createShell(options);
  const agentApi = createAgentApi(shell, config.clusterKey);
  const timers: NodeJS.Timeout[] = [];
  const tickMs = Math.max(
    TICK_MIN_MS,
    Math.min(config.allocationIntervalMs, config.agentPingTimeoutMs, config.heartbeatIntervalMs) /
      TICKS_PER_TIMEOUT,
  );
  const tick = (): void => {
    shell.turn((turn) => {
      tickFrameworks(turn);
      tickAgents(turn);
      expireOffers(turn);
      expireInverseOffers(turn);
    });
  };
  return {
    state: shell.state,
    restore: (snapshot) => {
      shell.turn((turn) => {
        restoreState(turn, snapshot);
      });
    },
    start: () => {
      if (timers.length > 0) return;
      timers.push(setInterval(tick, tickMs));
      timers.push(
        setInterval(() => {
          shell.runAllocation();
        }, config.allocationIntervalMs),
      );
    },
    schedulerHandler: createSchedulerHandler({
      shell,
      authenticate: options.authenticate ?? (() => ({ ok: true, principal: null })),
    }),
    agentHandler: agentApi.hello,
    agentMessagesHandler: agentApi.messages,
    ...createActions(shell),
    subscribeOperator: (listener) => shell.listen(listener),
    allocationStats: () => ({ ...shell.stats }),
    stop: () => {
      for (const timer of timers.splice(0)) clearInterval(timer);
      shell.stop();
    },
  };
}
