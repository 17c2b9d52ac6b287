import { join } from 'node:path';
import type { AgentResponseReadFile, FileInfo } from '@murmur/engine';
import type { Log } from '@murmur/service';
import { DEFAULT_FETCH_LIMITS, createFetcher, type Fetcher } from '../fetcher/index.js';
import { HttpError } from '../http/answer.js';
import type { Route } from '../http/server.js';
import type { AgentState } from './model-core.js';
import type { AgentOptions, durationsOf } from './options.js';

/** Files as `POST /api/v1` asks for them. Throws HttpError 404 for what is not there, 403 for what is nobody's business. */
export interface AgentFileCalls {
  list(path: string): Promise<readonly FileInfo[]>;
  /** `length` null = to the end; bounded either way. */
  read(path: string, offset: number, length: number | null): Promise<AgentResponseReadFile>;
}

/** What an agent does with files: fetching, browsing, collecting old sandboxes. */
export interface AgentFiles {
  readonly fetcher: Fetcher;
  readonly calls: AgentFileCalls;
  readonly routes: readonly Route[];
  readonly collect: (sandbox: string) => void;
  readonly close: () => Promise<void>;
}

export interface AgentFilesOptions {
  readonly options: AgentOptions;
  readonly durations: ReturnType<typeof durationsOf>;
  readonly workDir: string;
  readonly state: AgentState;
  readonly log: Log;
}

export function agentFiles({ options, durations, workDir, log }: AgentFilesOptions): Promise<AgentFiles> {
  const size = options.fetcherMaxSize / DEFAULT_FETCH_LIMITS.uriBytes;
  const fetcher = createFetcher({
    stagingFolder: join(workDir, 'fetch'),
    frameworksHome: options.frameworksHome === '' ? null : options.frameworksHome,
    limits: {
      uriBytes: options.fetcherMaxSize,
      containerBytes: DEFAULT_FETCH_LIMITS.containerBytes * size,
      unpackedBytes: DEFAULT_FETCH_LIMITS.unpackedBytes * size,
      timeoutMs: durations.fetcherTimeoutMs,
    },
    log,
  });
  const missing = (path: string): Promise<never> =>
    Promise.reject(new HttpError(404, `${path} is not there`));
  return Promise.resolve({
    fetcher,
    calls: { list: missing, read: missing },
    routes: [],
    collect: () => undefined,
    close: () => Promise.resolve(),
  });
}
