import { authorization, leaderOf, originOf, pauseMs, readError, type Credentials } from './client-core.js';
import { AnswerError, ApiError } from './failures.js';
import type { Fetch } from './request.js';

/** Redirects from one scheduler to the next that are followed in one attempt. */
export const REDIRECTS_MAX = 3;
/** Attempts of one call, all told. */
export const TRIES_MAX = 4;
/** The pause after the first failed attempt, ms; it doubles. */
const PAUSE_FIRST_MS = 100;
const PAUSE_MAX_MS = 2_000;
const TIMEOUT_MS = 15_000;

export interface ClientOptions {
  /** One URL, or those of all schedulers of a cluster; the one that answered is asked again. */
  readonly urls: string | readonly string[];
  /** Asked at each request where it is a function. */
  readonly credentials?: Credentials | (() => Credentials);
  /** Of one attempt, ms. */
  readonly timeoutMs?: number;
  /** Attempts of one call. Only what surely had no effect is tried again: reads, and changes that nobody took. */
  readonly triesMax?: number;
  readonly userAgent?: string;
  readonly fetch?: Fetch;
  readonly random?: () => number;
}

/** Which scheduler is asked, and how. */
export interface Link {
  origin(): string;
  /** The next of the given URLs: this one does not answer or does not know the leader. */
  next(): void;
  /** The scheduler said that this one leads. */
  follow(origin: string): void;
  headers(): Record<string, string>;
  pause(tried: number, signal: AbortSignal | undefined): Promise<void>;
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  readonly triesMax: number;
}

export function createLink(options: ClientOptions): Link {
  const origins = [options.urls].flat().map(originOf);
  if (origins.length === 0) throw new TypeError('no URL of a scheduler is given');
  const { credentials = null, random = Math.random } = options;
  let at = 0;
  let current = origins[0] ?? '';
  return {
    origin: () => current,
    next: () => {
      at = (at + 1) % origins.length;
      current = origins[at] ?? current;
    },
    follow: (origin) => {
      current = origin;
    },
    headers: () => {
      const value = authorization(typeof credentials === 'function' ? credentials() : credentials);
      return {
        'user-agent': options.userAgent ?? 'murmur-scheduler-client',
        ...(value === null ? {} : { authorization: value }),
      };
    },
    pause: (tried, signal) => pause(pauseMs(tried, PAUSE_FIRST_MS, PAUSE_MAX_MS, random()), signal),
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    triesMax: options.triesMax ?? TRIES_MAX,
  };
}

/** Goes to the leader that the scheduler named. */
export function redirect(link: Link, path: string, location: string | null): void {
  const leader = leaderOf(link.origin(), path, location);
  if (leader === null)
    throw new AnswerError(
      link.origin(),
      `a redirect to ${location ?? 'nowhere'}, which is not the same path of a leader`,
    );
  link.follow(leader);
}

/** The error that an answer is. */
export function refusal(origin: string, status: number, text: string): ApiError | AnswerError {
  const error = readError(jsonOf(text));
  if (error !== null) return new ApiError(error.code, error.message, error.details);
  return new AnswerError(origin, `status ${status} without an error of the API`);
}

/** undefined: not JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Waits; rejects with the signal's reason as soon as it is given. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
  signal?.throwIfAborted();
}
