import { queryText } from './client-core.js';
import { redirect, refusal, REDIRECTS_MAX, type Link } from './link.js';
import { AnswerError, ApiError, NetworkError } from './failures.js';
import { open } from './request.js';
import { ROUTES } from './routes.js';
import * as shapes from './shapes.js';
import { SseParser, type SseEvent } from './sse-core.js';

/** The server sends a comment at least this often, ms. */
export const HEARTBEAT_MS = 15_000;
/** A stream without a byte for so long is dead, ms. */
const SILENCE_MS = 3 * HEARTBEAT_MS;
/** Attempts in a row without one event. */
export const STREAM_TRIES_MAX = 10;

/** Whatever ended a stream, the next attempt waits as after so many. */
const TRIES_PAUSED_AS = 3;

export interface EventOptions {
  /** Globs. */
  readonly role?: string;
  readonly environment?: string;
  readonly name?: string;
  /** Of the last event that was seen. */
  readonly lastEventId?: string;
  readonly signal?: AbortSignal;
  /** Told each time the stream stands: what changed before may be read now, and nothing is missed after. */
  readonly onOpen?: () => void;
}

export interface StreamedEvent {
  readonly id: string | null;
  readonly event: shapes.EventShape;
}

/** The client's `events`. */
export async function* followEvents(link: Link, options: EventOptions): AsyncIterableIterator<StreamedEvent> {
  const { lastEventId = null, signal, onOpen, ...filter } = options;
  const ended = (): boolean => signal?.aborted === true;
  const path = ROUTES.events.path + queryText(filter);
  let last = lastEventId;
  for (let tried = 0; ;) {
    const stop = new AbortController();
    try {
      const both = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
      for await (const raw of stream(link, path, last, both, stop, onOpen)) {
        tried = 0;
        last = raw.id ?? last;
        const event = readEvent(link.origin(), raw);
        if (event !== null) yield { id: raw.id, event };
      }
    } catch (error) {
      if (ended()) return;
      tried++;
      if (tried >= STREAM_TRIES_MAX || !isPassing(error)) throw error;
      link.next();
    } finally {
      stop.abort();
    }
    if (ended()) return;
    await link.pause(Math.max(TRIES_PAUSED_AS, tried), signal).catch(() => undefined);
    if (ended()) return;
  }
}

/** One connection's events; it ends or throws when the connection does. */
async function* stream(
  link: Link,
  path: string,
  last: string | null,
  signal: AbortSignal,
  stop: AbortController,
  onOpen: (() => void) | undefined,
): AsyncGenerator<SseEvent> {
  const response = await connect(link, path, last, signal);
  onOpen?.();
  const parser = new SseParser();
  const decoder = new TextDecoder();
  let silence = setTimeout(() => stop.abort(), SILENCE_MS);
  try {
    for await (const chunk of response.body ?? []) {
      clearTimeout(silence);
      silence = setTimeout(() => stop.abort(), SILENCE_MS);
      yield* parser.push(decoder.decode(chunk as Uint8Array, { stream: true }));
    }
  } catch (error) {
    throw new NetworkError(link.origin(), 'the stream of events broke', false, { cause: error });
  } finally {
    clearTimeout(silence);
  }
}

async function connect(
  link: Link,
  path: string,
  last: string | null,
  signal: AbortSignal,
): Promise<Response> {
  for (let hops = 0; hops <= REDIRECTS_MAX; hops++) {
    const headers = { ...link.headers(), accept: 'text/event-stream' };
    const response = await open(link.fetch, {
      method: 'GET',
      url: link.origin() + path,
      headers: last === null ? headers : { ...headers, 'last-event-id': last },
      body: null,
      timeoutMs: link.timeoutMs,
      signal,
    });
    if (response.status === 200) return response;
    if (response.status !== 307) throw refusal(link.origin(), response.status, await response.text());
    await response.body?.cancel();
    redirect(link, path, response.headers.get('location'));
  }
  throw new NetworkError(
    link.origin(),
    `more than ${REDIRECTS_MAX} redirects: no leader is agreed on`,
    false,
  );
}

/** null: a kind that this client does not know. */
function readEvent(origin: string, { kind, data }: SseEvent): shapes.EventShape | null {
  if (!shapes.event.options.some((option) => option.shape.kind.value === kind)) return null;
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    throw new AnswerError(origin, 'an event that is not JSON');
  }
  const result = shapes.event.safeParse(json);
  if (!result.success) throw new AnswerError(origin, `an event of another shape: ${result.error.message}`);
  return result.data;
}

function isPassing(error: unknown): boolean {
  return error instanceof NetworkError || (error instanceof ApiError && error.retry);
}
