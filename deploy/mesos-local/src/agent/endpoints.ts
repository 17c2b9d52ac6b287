import type { Log } from '@murmur/service';
import type { Containerizer } from '../containerizer/types.js';
import { emptyAnswer } from '../http/answer.js';
import type { Route } from '../http/server.js';
import type { Agent } from './agent.js';
import type { MasterClient } from './master-client.js';
import type { AgentOptions } from './options.js';

export interface EndpointTools {
  readonly agent: Agent;
  readonly containerizer: Containerizer;
  readonly client: MasterClient;
  readonly options: AgentOptions;
  readonly startedMs: number;
  readonly pid: string;
  readonly log: Log;
}

/** The operator's endpoints of an agent. */
export function agentRoutes(_tools: EndpointTools): readonly Route[] {
  return [{ path: '/health', methods: ['GET'], answer: () => emptyAnswer() }];
}
