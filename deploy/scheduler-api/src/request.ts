import { NetworkError } from './failures.js';

/** One exchange over the network, by the platform's own fetch. */

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Failures before a connection stood: the request cannot have arrived. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** A longer answer is an error, bytes. */
const ANSWER_BYTES_MAX = 256 * 1024 * 1024;

/** The whole answer. Rejects with a NetworkError, or with the signal's reason when the caller gave up. */
export async function exchange(fetchOne: Fetch, request: Exchange): Promise<Answer> {
  const late = AbortSignal.timeout(request.timeoutMs);
  const signal = request.signal === undefined ? late : AbortSignal.any([late, request.signal]);
  try {
    const response = await fetchOne(request.url, init(request, signal));
    return { status: response.status, headers: response.headers, text: await readAll(response) };
  } catch (error) {
    request.signal?.throwIfAborted();
    throw networkError(request, error, late.aborted);
  }
}

/** The answer's head, with the body still to come; the caller's signal ends it. */
export async function open(
  fetchOne: Fetch,
  request: Omit<Exchange, 'signal'> & { readonly signal: AbortSignal },
): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), request.timeoutMs);
  try {
    return await fetchOne(request.url, init(request, AbortSignal.any([request.signal, late.signal])));
  } catch (error) {
    request.signal.throwIfAborted();
    throw networkError(request, error, late.signal.aborted);
  } finally {
    clearTimeout(timer);
  }
}

function init(request: Exchange, signal: AbortSignal): RequestInit {
  const { method, headers, body } = request;
  return { method, headers, signal, redirect: 'manual', ...(body === null ? {} : { body }) };
}

async function readAll(response: Response): Promise<string> {
  const length = Number(response.headers.get('content-length') ?? 0);
  if (length > ANSWER_BYTES_MAX) {
    await response.body?.cancel();
    throw new Error(`an answer of ${length} bytes, allowed are ${ANSWER_BYTES_MAX}`);
  }
  return response.text();
}

function networkError(
  { url, timeoutMs }: Exchange | Omit<Exchange, 'signal'>,
  error: unknown,
  late: boolean,
): NetworkError {
  const { origin } = new URL(url);
  if (late) return new NetworkError(origin, `nothing within ${timeoutMs} ms`, true, { cause: error });
  const code = codeOf(error);
  return new NetworkError(origin, code ?? textOf(error), code === null || !NOT_SENT.has(code), {
    cause: error,
  });
}

/** fetch hides the system's error behind causes; several addresses of one name are a list of errors. */
function codeOf(error: unknown): string | null {
  for (let at = error as ErrorLike | null | undefined, depth = 0; at && depth < CAUSES_MAX; depth++) {
    if (typeof at.code === 'string' && at.code !== '') return at.code;
    at = at.errors?.[0] ?? at.cause;
  }
  return null;
}

const CAUSES_MAX = 4;

/** What fetch throws may come from another realm, where `instanceof` does not know it. */
interface ErrorLike {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly cause?: ErrorLike | null;
  readonly errors?: readonly ErrorLike[];
}

function textOf(error: unknown): string {
  const { message } = (error ?? {}) as ErrorLike;
  return typeof message === 'string' ? message : String(error);
}
