/** The one file that knows undici: requests and long answers, bounded in time and size. */
import { Agent } from 'undici';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpStream {
  readonly status: number;
  readonly chunks: AsyncIterable<Uint8Array>;
  close(): void;
}

export interface Http {
  /** Rejects when no answer came in time. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** An answer that goes on until one side closes it. */
  stream(url: string, headers: Readonly<Record<string, string>>): Promise<HttpStream>;
  close(): Promise<void>;
}

/** Connections for requests; what is above waits here. */
const CONNECTIONS_MAX = 512;
/** The edge's lobby may hold a request for some seconds. */
const TIMEOUT_MS = 15_000;

export function openHttp(): Http {
  const requests = new Agent({ connections: CONNECTIONS_MAX, pipelining: 1, keepAliveTimeout: 4_000 });
  // A stream is silent between heartbeats; its reader watches over that.
  const streams = new Agent({ pipelining: 1, headersTimeout: TIMEOUT_MS, bodyTimeout: 0 });
  return {
    send: async ({ method, url, headers, body }) => {
      const { origin, pathname, search } = new URL(url);
      const answer = await requests.request({
        ...{ origin, path: pathname + search, method, headers },
        body: body ?? null,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return { status: answer.statusCode, headers: flat(answer.headers), body: await answer.body.text() };
    },
    stream: async (url, headers) => {
      const { origin, pathname, search } = new URL(url);
      const abort = new AbortController();
      const answer = await streams.request({
        ...{ origin, path: pathname + search, method: 'GET', headers },
        signal: abort.signal,
      });
      return {
        status: answer.statusCode,
        chunks: answer.body as AsyncIterable<Uint8Array>,
        close: () => abort.abort(),
      };
    },
    close: async () => {
      await Promise.all([requests.destroy(), streams.destroy()]);
    },
  };
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}
