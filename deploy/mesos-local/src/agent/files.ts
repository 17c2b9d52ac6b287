import { lstatSync, readdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { AgentResponseReadFile, FileInfo } from '@murmur/engine';
import type { Log } from '@murmur/service';
import { DEFAULT_FETCH_LIMITS, createFetcher, type Fetcher } from '../fetcher/index.js';
import {
  FILES_ACTIONS,
  FILES_STATUS,
  FilesError,
  answerFiles,
  attachSandbox,
  createFiles,
  createSandboxGc,
  detachSandbox,
  markEnded,
  sendFilesAnswer,
  type Files,
  type FilesAction,
  type SandboxName,
} from '../files/index.js';
import { HttpError, methodNotAllowed, textAnswer, writeAnswer } from '../http/answer.js';
import type { Route } from '../http/server.js';
import type { AgentState, Run } from './model-core.js';
import type { AgentOptions, durationsOf } from './options.js';
import { sandboxOf } from './paths-core.js';

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
  /** A sandbox is about to be made, or is there. */
  readonly attach: (run: Pick<Run, 'frameworkId' | 'executorId' | 'containerId'>) => void;
  /** The time of a sandbox begins: it may be removed when it is over. */
  readonly collect: (sandbox: string) => void;
  /** Begins to collect; makes known what earlier processes left. */
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

export interface AgentFilesOptions {
  readonly options: AgentOptions;
  readonly durations: ReturnType<typeof durationsOf>;
  readonly workDir: string;
  readonly state: AgentState;
  readonly log: Log;
}

/** Sandboxes that one turn of collecting removes at most. */
const REMOVED_PER_TURN_MAX = 1_000;

export function agentFiles({ options, durations, workDir, state, log }: AgentFilesOptions): AgentFiles {
  const files = createFiles();
  const gc = createSandboxGc({
    roots: [join(workDir, 'slaves')],
    trash: join(workDir, 'trash'),
    delayMs: durations.gcDelayMs,
    headroom: Number(options.gcDiskHeadroom),
    maxPerTurn: REMOVED_PER_TURN_MAX,
    isLive: (path) => isLive(state, path),
    onRemoved: (path) => {
      const name = nameOf(workDir, path);
      if (name !== null) detachSandbox(files, name);
    },
    intervalMs: durations.diskWatchIntervalMs,
    log,
    now: Date.now,
  });
  return {
    fetcher: fetcherOf(options, durations.fetcherTimeoutMs, workDir, log),
    calls: callsOf(files),
    routes: FILES_ACTIONS.map((action) => fileRoute(files, action, log)),
    attach: ({ frameworkId, executorId, containerId }) => {
      const agentId = state.info.id?.value ?? '';
      attachSandbox(files, { workDir, agentId, frameworkId, executorId, containerId });
    },
    collect: (sandbox) => {
      markEnded(sandbox, Date.now()).catch((error: unknown) => {
        log.warn({ err: error, sandbox }, 'a sandbox cannot be marked as ended');
      });
    },
    start: () => {
      for (const name of sandboxesIn(workDir)) attachSandbox(files, name);
      gc.start();
    },
    close: () => gc.stop(),
  };
}

function fetcherOf(options: AgentOptions, timeoutMs: number, workDir: string, log: Log): Fetcher {
  const size = options.fetcherMaxSize / DEFAULT_FETCH_LIMITS.uriBytes;
  return createFetcher({
    stagingFolder: join(workDir, 'fetch'),
    frameworksHome: options.frameworksHome === '' ? null : options.frameworksHome,
    limits: {
      uriBytes: options.fetcherMaxSize,
      containerBytes: Math.ceil(DEFAULT_FETCH_LIMITS.containerBytes * size),
      unpackedBytes: Math.ceil(DEFAULT_FETCH_LIMITS.unpackedBytes * size),
      timeoutMs,
    },
    log,
  });
}

function isLive(state: AgentState, path: string): boolean {
  for (const run of state.runs.values()) {
    const sandbox = sandboxOf(state, run);
    if (sandbox === path || sandbox.startsWith(`${path}/`)) return true;
  }
  return false;
}

function nameOf(workDir: string, path: string): SandboxName | null {
  const parts = path.slice(join(workDir, 'slaves').length + 1).split('/');
  const [agentId, , frameworkId, , executorId, , containerId] = parts;
  if (agentId === undefined || frameworkId === undefined || executorId === undefined) return null;
  return containerId === undefined ? null : { workDir, agentId, frameworkId, executorId, containerId };
}

/** All that lie in the work dir, the newest of each executor last. */
function sandboxesIn(workDir: string): readonly SandboxName[] {
  const below = (folder: string): readonly string[] => {
    try {
      const entries = readdirSync(folder, { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
    } catch {
      return []; // not there
    }
  };
  const runs = below(join(workDir, 'slaves'))
    .flatMap((agent) => below(join(agent, 'frameworks')))
    .flatMap((framework) => below(join(framework, 'executors')))
    .flatMap((executor) => below(join(executor, 'runs')))
    .map((path) => ({ path, mtimeMs: lstatSync(path).mtimeMs }));
  return runs.sort((a, b) => a.mtimeMs - b.mtimeMs).flatMap(({ path }) => nameOf(workDir, path) ?? []);
}

function callsOf(files: Files): AgentFileCalls {
  return {
    list: (path) => files.list(path).catch(asHttpError),
    read: async (path, offset, length) => {
      const { size, data } = await files.read(path, offset, length).catch(asHttpError);
      return { size, data: data.toString('base64') };
    },
  };
}

function asHttpError(error: unknown): never {
  if (error instanceof FilesError) throw new HttpError(FILES_STATUS[error.kind], error.message);
  throw error;
}

function fileRoute(files: Files, action: FilesAction, log: Log): Route {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const query = new URL(request.url ?? '/', 'http://agent').searchParams;
    await sendFilesAnswer(await answerFiles(files, action, query), response);
  };
  return {
    path: `/files/${action}`,
    raw: (request, response) => {
      request.resume();
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        writeAnswer(response, methodNotAllowed(['GET'], request.method ?? ''));
        return;
      }
      answer(request, response).catch((error: unknown) => {
        log.error({ err: error, action }, 'files: a request failed');
        if (response.headersSent) response.destroy();
        else writeAnswer(response, textAnswer(500, 'Internal error; the log says more'));
      });
    },
  };
}
