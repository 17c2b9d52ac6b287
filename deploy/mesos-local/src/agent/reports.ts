import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import type { Log } from '@murmur/service';
import type { Containerizer } from '../containerizer/types.js';
import { mesosName } from '../options/flags-core.js';
import type { Agent } from './agent.js';
import type { ToggledLog } from '../options/logging.js';
import type { AgentFileCalls } from './files.js';
import type { MasterClient } from './master-client.js';
import { renderAgentMetrics } from './metrics-core.js';
import { agentOptions, type AgentOptions } from './options.js';

/** What endpoints tell of. */
export interface EndpointTools {
  readonly agent: Agent;
  readonly containerizer: Containerizer;
  readonly client: MasterClient;
  readonly options: AgentOptions;
  readonly startedMs: number;
  readonly recoveryMs: () => number;
  readonly pid: string;
  readonly files: AgentFileCalls;
  readonly log: Log;
  readonly logging: ToggledLog;
}

/** Flags as text, by Mesos's spelling. */
export function flagsOf(options: AgentOptions): Record<string, string> {
  const names = Object.keys(agentOptions) as (keyof AgentOptions)[];
  return Object.fromEntries(names.map((name) => [mesosName(name), String(options[name])]));
}

export function metricsOf({ agent, client, startedMs, recoveryMs }: EndpointTools): Record<string, number> {
  return renderAgentMetrics(agent.state, {
    nowMs: Date.now(),
    startedMs,
    recoveryMs: recoveryMs(),
    registered: client.connected() !== null,
    refusedMessages: client.refused(),
    system: {
      cpus: availableParallelism(),
      load: loadavg(),
      totalBytes: totalmem(),
      freeBytes: freemem(),
    },
  });
}
