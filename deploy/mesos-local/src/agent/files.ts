import type { Log } from '@murmur/service';
import type { Fetcher } from '../fetcher/types.js';
import type { Route } from '../http/server.js';
import type { AgentState } from './model-core.js';
import type { AgentOptions, durationsOf } from './options.js';

/** What an agent does with files: fetching, browsing, collecting old sandboxes. */
export interface AgentFiles {
  readonly fetcher: Fetcher;
  readonly routes: readonly Route[];
  readonly collect: (sandbox: string) => void;
  readonly close: () => Promise<void>;
}

export function agentFiles(
  _options: AgentOptions,
  _durations: ReturnType<typeof durationsOf>,
  _workDir: string,
  _state: AgentState,
  _log: Log,
): Promise<AgentFiles> {
  return Promise.resolve({
    fetcher: { fetch: () => Promise.resolve() },
    routes: [],
    collect: () => undefined,
    close: () => Promise.resolve(),
  });
}
