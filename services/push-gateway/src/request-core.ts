/** What a streaming request asks for: stream, token, cursor. No I/O. */
import { parseCursor, type Cursor } from '@murmur/model';
import { badCursor, REFUSALS, type Refusal } from './errors-core.js';

export const STREAMING_PATH = '/api/v1/streaming';

/** `user` carries home timelines; `user:notification` is accepted and silent until there are notifications. */
export const STREAMS = ['user', 'user:notification'] as const;
export type StreamName = (typeof STREAMS)[number];

export function streamNamed(name: string): StreamName | null {
  return STREAMS.find((known) => known === name) ?? null;
}

/** Paths of SSE streams below `STREAMING_PATH`. */
const PATHS: Readonly<Record<string, StreamName>> = {
  '/user': 'user',
  '/user/notification': 'user:notification',
};

export interface IncomingHead {
  /** Path and query as requested. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface StreamRequest {
  /** Null when none was named: a WebSocket may subscribe later. */
  readonly stream: StreamName | null;
  /** Named, but not offered here. */
  readonly unknownStream: boolean;
  readonly token: string | null;
  readonly cursor: Cursor | null;
}

export type Parsed =
  | { readonly kind: 'request'; readonly request: StreamRequest }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const refused = (refusal: Refusal): Parsed => ({ kind: 'refused', refusal });

/** Token: `Authorization: Bearer`, else `?access_token=`, else the first `Sec-WebSocket-Protocol`. */
export function parseStreamRequest(head: IncomingHead): Parsed {
  const at = head.url.indexOf('?');
  const path = (at < 0 ? head.url : head.url.slice(0, at)).replace(/\/+$/, '');
  const query = new URLSearchParams(at < 0 ? '' : head.url.slice(at + 1));
  const named = streamOf(path, query);
  if (named === 'unknown path') return refused(REFUSALS.unknownPath);
  const cursor = cursorOf(head, query);
  if (cursor !== null && 'status' in cursor) return refused(cursor);
  const stream = named === null ? null : streamNamed(named);
  const unknownStream = named !== null && stream === null;
  return { kind: 'request', request: { stream, unknownStream, token: tokenOf(head, query), cursor } };
}

/** The stream's name as given, whether offered or not; null when none is named. */
function streamOf(path: string, query: URLSearchParams): string | null {
  if (path === STREAMING_PATH) {
    const name = query.get('stream');
    return name === '' ? null : name;
  }
  const rest = path.startsWith(`${STREAMING_PATH}/`) ? path.slice(STREAMING_PATH.length) : '';
  return PATHS[rest] ?? 'unknown path';
}

function cursorOf(head: IncomingHead, query: URLSearchParams): Cursor | Refusal | null {
  const lastEventId = head.headers['last-event-id'];
  const since = query.get('since');
  const [name, text] =
    typeof lastEventId === 'string' && lastEventId !== '' ? ['Last-Event-ID', lastEventId] : ['since', since];
  if (text === null || text === '') return null;
  return parseCursor(text) ?? badCursor(name, text);
}

function tokenOf(head: IncomingHead, query: URLSearchParams): string | null {
  const { authorization } = head.headers;
  const bearer = typeof authorization === 'string' ? /^Bearer\s+(\S+)\s*$/i.exec(authorization) : null;
  if (bearer !== null) return bearer[1] ?? null;
  const fromQuery = query.get('access_token');
  if (fromQuery !== null && fromQuery !== '') return fromQuery;
  const protocols = head.headers['sec-websocket-protocol'];
  return typeof protocols === 'string' ? (protocols.split(',')[0] ?? '').trim() || null : null;
}
