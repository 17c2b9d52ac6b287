/** The routes of the public API that the demo uses; edge-api.md sections 1 and 4. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Http, HttpAnswer, HttpRequest } from '../http.js';
import { retryInMs, type Outcome } from './schedule-core.js';

/** Long enough for one rate window of 5 minutes. */
export const PATIENT_MS = 310_000;
/** A post does not wait for a rate window. */
export const IMPATIENT_MS = 5_000;

export type ApiResult =
  | { readonly kind: 'ok'; readonly body: unknown; readonly headers: HttpAnswer['headers'] }
  /** `status` null: no answer came. `reason` is short: it is counted. */
  | { readonly kind: 'failed'; readonly status: number | null; readonly reason: string };

export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
}

export interface Api {
  call(method: HttpRequest['method'], path: string, options?: CallOptions): Promise<ApiResult>;
  /** As `call`, but anything but success is an ApiFailure. */
  must(method: HttpRequest['method'], path: string, options?: CallOptions): Promise<unknown>;
}

export interface CallOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  /** How long a 429 may be waited out, ms. */
  readonly patienceMs?: number;
  /** False: a repeat would do it twice, so the caller wants to know of a lost answer. */
  readonly repeatable?: boolean;
}

export interface ApiHooks {
  /** Each attempt that will be followed by another. */
  readonly onRetry: (reason: string) => void;
}

export function openApi(http: Http, origin: string, hooks: ApiHooks): Api {
  async function call(
    method: HttpRequest['method'],
    path: string,
    options: CallOptions = {},
  ): Promise<ApiResult> {
    const { patienceMs = PATIENT_MS, repeatable = true } = options;
    const request = requestOf(method, origin + path, options);
    for (let attempt = 1; ; attempt++) {
      const answer = await http.send(request).catch(() => null);
      if (answer !== null && answer.status >= 200 && answer.status < 300) return okOf(answer);
      const reason = answer === null ? 'no answer' : `HTTP ${answer.status}`;
      const wait = retryInMs(outcomeOf(answer), attempt, Date.now(), patienceMs, Math.random);
      if (wait === null || (answer === null && !repeatable))
        return { kind: 'failed', status: answer?.status ?? null, reason };
      hooks.onRetry(reason);
      await sleep(wait);
    }
  }

  return {
    call,
    must: async (method, path, options) => {
      const result = await call(method, path, options);
      if (result.kind === 'failed') throw new ApiFailure(`${method} ${path}: ${result.reason}`);
      return result.body;
    },
  };
}

function requestOf(method: HttpRequest['method'], url: string, options: CallOptions): HttpRequest {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`;
  if (options.idempotencyKey !== undefined) headers['idempotency-key'] = options.idempotencyKey;
  if (options.body === undefined) return { method, url, headers };
  headers['content-type'] = 'application/json';
  return { method, url, headers, body: JSON.stringify(options.body) };
}

function okOf(answer: HttpAnswer): ApiResult {
  try {
    return { kind: 'ok', body: JSON.parse(answer.body) as unknown, headers: answer.headers };
  } catch {
    return { kind: 'failed', status: answer.status, reason: 'an answer that is not JSON' };
  }
}

function outcomeOf(answer: HttpAnswer | null): Outcome {
  if (answer === null) return { status: null, retryAfterMs: null, resetAtMs: null };
  const retryAfter = Number(answer.headers['retry-after'] ?? Number.NaN);
  const resetAt = Date.parse(answer.headers['x-ratelimit-reset'] ?? '');
  return {
    status: answer.status,
    retryAfterMs: Number.isNaN(retryAfter) ? null : retryAfter * 1_000,
    resetAtMs: Number.isNaN(resetAt) ? null : resetAt,
  };
}

/** A text field of an answer; an ApiFailure when it is not there. */
export function fieldOf(body: unknown, name: string): string {
  const value =
    typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
  if (typeof value !== 'string' || value === '') throw new ApiFailure(`the answer has no ${name}`);
  return value;
}

/** Runs `work` on every item, `width` at a time; the first failure ends it. */
export async function each<T>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        await work(items[index] as T, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
}
