import {
  AnswerError,
  ApiError,
  createSchedulerClient,
  NetworkError,
  ROUTES,
  type CallArguments,
  type ErrorCode,
  type RouteAnswer,
  type RouteId,
  type SchedulerClient,
} from '@murmur/scheduler-api';
import type { Cluster } from './clusters-core.js';
import { credentialsFor } from './credentials.js';
import { CliError, interrupted, type ExitName } from './exit-core.js';
import type { Io } from './io.js';
import { schedulerUrls } from './leader.js';

/** Attempts of one call, with pauses between that make about 6 s: long enough for a scheduler that restarts. */
export const CALL_TRIES_MAX = 8;
/** Entries that are asked for at once. */
const PAGE = 1_000;

/** The scheduler said no. */
export class Refusal extends CliError {
  readonly code: ErrorCode;

  constructor(error: ApiError) {
    super(EXIT_OF[error.code], error.message, error.details);
    this.code = error.code;
  }
}

const EXIT_OF: Readonly<Record<ErrorCode, ExitName>> = {
  'bad-request': 'API_ERROR',
  unauthorized: 'AUTH',
  forbidden: 'AUTH',
  'not-found': 'INVALID_PARAMETER',
  'job-exists': 'API_ERROR',
  'job-updating': 'API_ERROR',
  'too-large': 'API_ERROR',
  'invalid-job': 'API_ERROR',
  'not-supported': 'API_ERROR',
  'limit-exceeded': 'API_ERROR',
  'never-fits': 'API_ERROR',
  'not-leader': 'NETWORK_ERROR',
  'not-ready': 'NETWORK_ERROR',
  internal: 'API_ERROR',
};

/** Calls to the scheduler of one cluster. Every failure is a CliError. */
export interface Session {
  readonly cluster: Cluster;
  call<R extends Exclude<RouteId, 'events'>>(route: R, ...args: CallArguments<R>): Promise<RouteAnswer<R>>;
  /** Told that something of the job may have changed; ends by the signal, and quietly when there are no events to be had. */
  follow(filter: Filter, signal: AbortSignal, changed: () => void): Promise<void>;
  /** `http://host:port` of the scheduler, or of the proxy before it. */
  pageUrl(): string;
}

interface Filter {
  readonly role: string;
  readonly environment: string;
  readonly name: string;
}

export interface SessionOptions {
  readonly triesMax?: number;
  readonly timeoutMs?: number;
}

export async function openSession(io: Io, cluster: Cluster, options: SessionOptions = {}): Promise<Session> {
  const urls = await schedulerUrls(cluster, io.signal, options.timeoutMs);
  const credentials = await credentialsFor(io, cluster, urls[0] ?? '');
  const client = createSchedulerClient({
    urls,
    credentials,
    triesMax: options.triesMax ?? CALL_TRIES_MAX,
    userAgent: 'aurora',
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });
  return {
    cluster,
    call: (route, ...args) => callWithErrors(io, client, route, args),
    follow: async (filter, signal, changed) => {
      try {
        const events = client.events({ ...filter, signal, onOpen: changed });
        while ((await events.next()).done !== true) changed();
      } catch {
        // Who follows also looks by itself: without events it only sees things later.
      }
    },
    pageUrl: () => cluster.proxyUrl?.replace(/\/+$/, '') ?? client.url(),
  };
}

async function callWithErrors<R extends Exclude<RouteId, 'events'>>(
  io: Io,
  client: SchedulerClient,
  route: R,
  args: CallArguments<R>,
): Promise<RouteAnswer<R>> {
  const [input, more] = args;
  const options = io.signal === undefined ? { ...more } : { ...more, signal: io.signal };
  try {
    return await client.call(route, ...([input, options] as unknown as CallArguments<R>));
  } catch (error) {
    throw io.signal?.aborted === true ? interrupted() : cliError(error, ROUTES[route].right !== 'read');
  }
}

function cliError(error: unknown, changes: boolean): unknown {
  if (error instanceof ApiError) return new Refusal(error);
  if (error instanceof NetworkError) {
    const unsure = error.uncertain && changes ? '; what was asked for may have been done' : '';
    return new CliError('NETWORK_ERROR', `${error.message}${unsure}`);
  }
  return error instanceof AnswerError ? new CliError('API_ERROR', error.message) : error;
}

/** What the scheduler refuses for the sake of the request, not of who asks or of its own state, ends with another code. */
export async function refusedAs<T>(exit: ExitName, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const refused = error instanceof Refusal && error.code !== 'internal' && error.exit === 'API_ERROR';
    throw refused ? new CliError(exit, error.message, error.details) : error;
  }
}

/** All entries of a list, page by page. */
export async function allPages<T>(
  read: (page: { readonly offset: number; readonly limit: number }) => Promise<{
    readonly items: readonly T[];
    readonly total: number;
  }>,
): Promise<readonly T[]> {
  const items: T[] = [];
  for (;;) {
    const page = await read({ offset: items.length, limit: PAGE });
    items.push(...page.items);
    if (page.items.length === 0 || items.length >= page.total) return items;
  }
}
