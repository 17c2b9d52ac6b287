import { fillPath, queryText } from './client-core.js';
import { AnswerError, ApiError, NetworkError } from './failures.js';
import { followEvents, type EventOptions, type StreamedEvent } from './follow.js';
import {
  createLink,
  jsonOf,
  redirect,
  refusal,
  REDIRECTS_MAX,
  type ClientOptions,
  type Link,
} from './link.js';
import { exchange, type Answer } from './request.js';
import { ROUTES, type Route, type RouteId } from './routes.js';
import type { CallArguments, CallOptions, RouteAnswer } from './types.js';

export interface SchedulerClient {
  /** Rejects with an ApiError, a NetworkError, an AnswerError, or the signal's reason. */
  call<R extends Exclude<RouteId, 'events'>>(route: R, ...args: CallArguments<R>): Promise<RouteAnswer<R>>;
  /**
   * Changes from now on, or from `lastEventId` on. A stream that breaks is taken up where it broke; it ends by the signal, or with the
   * error after several attempts in a row that failed.
   */
  events(options?: EventOptions): AsyncIterableIterator<StreamedEvent>;
  /** The origin that is asked next. */
  url(): string;
}

/** A client of the scheduler's API. It holds no connection and no timer between calls. */
export function createSchedulerClient(options: ClientOptions): SchedulerClient {
  const link = createLink(options);
  return {
    call: async <R extends Exclude<RouteId, 'events'>>(id: R, ...args: CallArguments<R>) => {
      const [input = {}, more = {}] = args as [input?: LooseInput, options?: CallOptions];
      const route: Route = ROUTES[id];
      const path = fillPath(route.path, input.params ?? {}) + queryText(input.query ?? {});
      const answer = await tryCall(link, route, path, input.body, more);
      return parsed(link.origin(), route, answer) as RouteAnswer<R>;
    },
    events: (events = {}) => followEvents(link, events),
    url: () => link.origin(),
  };
}

interface LooseInput {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
}

async function tryCall(
  link: Link,
  route: Route,
  path: string,
  body: unknown,
  more: CallOptions,
): Promise<Answer> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt(link, route, path, body, more);
    } catch (error) {
      if (tried >= link.triesMax || !mayRepeat(route, error)) throw error;
      link.next();
      await link.pause(tried, more.signal);
    }
  }
}

/** One attempt: it follows redirects to the leader. Throws an ApiError for an answer that refuses. */
async function attempt(
  link: Link,
  route: Route,
  path: string,
  body: unknown,
  { signal, timeoutMs = link.timeoutMs }: CallOptions,
): Promise<Answer> {
  for (let hops = 0; hops <= REDIRECTS_MAX; hops++) {
    const origin = link.origin();
    const headers = { ...link.headers(), accept: 'application/json' };
    const answer = await exchange(link.fetch, {
      method: route.method.toUpperCase(),
      url: origin + path,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      timeoutMs,
      signal,
    });
    if (answer.status >= 200 && answer.status < 300) return answer;
    if (answer.status !== 307) throw refusal(origin, answer.status, answer.text);
    redirect(link, path, answer.headers.get('location'));
  }
  throw new NetworkError(
    link.origin(),
    `more than ${REDIRECTS_MAX} redirects: no leader is agreed on`,
    false,
  );
}

/** Whether a call that failed so surely had no effect, or may have it twice. */
function mayRepeat(route: Route, error: unknown): boolean {
  const reads = route.method === 'get' || route.right === 'read';
  if (error instanceof NetworkError) return reads || !error.uncertain;
  if (!(error instanceof ApiError) || !error.retry) return false;
  return error.status === 503 || (reads && error.code === 'internal');
}

function parsed(origin: string, route: Route, answer: Answer): unknown {
  const json = jsonOf(answer.text);
  if (json === undefined) throw new AnswerError(origin, 'not JSON');
  if (route.answer === null) return json;
  const result = route.answer.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new AnswerError(origin, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'another shape'}`);
}
