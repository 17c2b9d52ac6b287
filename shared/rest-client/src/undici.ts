/** The one file that knows undici: one HTTP exchange, bounded in time and size. */
import { Agent } from 'undici';

/** Connections to one member; the rest of the requests to it waits within their time-out. */
const CONNECTIONS_PER_MEMBER = 64;
/** Shorter than the 5 s after which a Node server closes an idle connection, so that it is not closed under a request. */
const KEEP_ALIVE_MS = 4_000;

export interface Exchange {
  readonly origin: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly signal: AbortSignal;
  readonly bodyBytesMax: number;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

export interface Http {
  /** Rejects with a `NoAnswer`. */
  exchange(exchange: Exchange): Promise<Answer>;
  close(): Promise<void>;
}

export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly code: 'CONNECT' | 'CONNECTION_LOST' | 'BAD_ANSWER';

  constructor(code: NoAnswer['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** After these nothing has reached the member: even a POST may be sent to another one. */
const CONNECT_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export function openHttp(connectTimeoutMs: number): Http {
  const agent = new Agent({
    connections: CONNECTIONS_PER_MEMBER,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: { timeout: connectTimeoutMs },
  });
  return {
    exchange: async ({ origin, method, path, headers, body, signal, bodyBytesMax }) => {
      try {
        const answer = await agent.request({ origin, method, path, headers, body, signal });
        const bytes = await readAll(answer.body, bodyBytesMax);
        return {
          status: answer.statusCode,
          contentType: String(answer.headers['content-type'] ?? ''),
          body: bytes,
        };
      } catch (error) {
        throw noAnswerOf(error);
      }
    },
    close: () => agent.destroy(),
  };
}

async function readAll(chunks: AsyncIterable<unknown>, bytesMax: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    const part = Buffer.from(chunk as Uint8Array);
    bytes += part.length;
    // Leaving the loop closes the stream.
    if (bytes > bytesMax) throw new NoAnswer('BAD_ANSWER', `the body is longer than ${bytesMax} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function noAnswerOf(error: unknown): NoAnswer {
  if (error instanceof NoAnswer) return error;
  const isObject = typeof error === 'object' && error !== null;
  const code = isObject && 'code' in error ? String(error.code) : 'UNKNOWN';
  const message = isObject && 'message' in error ? String(error.message) : String(error);
  return new NoAnswer(CONNECT_CODES.has(code) ? 'CONNECT' : 'CONNECTION_LOST', message || code, error);
}
