import { Agent, request, type Dispatcher } from 'undici';

/** Everything on this side of HTTP that can go wrong before there is an answer; `code` as Node.js or undici names it. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: string;
  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Cut at `ANSWER_BYTES_MAX`. */
  readonly body: string;
}

/** An answer whose body has no end. */
export interface HttpStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Ends when the other side closes, throws HttpError when the connection breaks. To be read once. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** The rest of a body that is an answer after all (an error's text), cut at `ANSWER_BYTES_MAX`. */
  text(): Promise<string>;
  close(): void;
}

/** POSTs to one origin. Calls go one after the other over one connection, so their order is kept; each stream has its own. */
export interface HttpClient {
  readonly origin: string;
  call(path: string, body: string, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  stream(path: string, body: string, headers?: Readonly<Record<string, string>>): Promise<HttpStream>;
  /** Breaks what is under way. */
  close(): Promise<void>;
}

/** A Mesos that cannot be connected to is away; the caller backs off and tries again. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** A call that is not answered by then has failed; what it did is found out by reconciliation. */
export const CALL_TIMEOUT_MS = 15_000;
/** Calls are answered with an empty body or a sentence. */
export const ANSWER_BYTES_MAX = 64 * 1024;

export function createHttpClient(origin: string): HttpClient {
  const connect = { timeout: CONNECT_TIMEOUT_MS };
  const calls = new Agent({
    connect,
    connections: 1,
    pipelining: 1,
    headersTimeout: CALL_TIMEOUT_MS,
    bodyTimeout: CALL_TIMEOUT_MS,
  });
  // A stream may be silent for as long as its heartbeats allow: that is watched by whoever reads it.
  const streams = new Agent({ connect, pipelining: 0, headersTimeout: CALL_TIMEOUT_MS, bodyTimeout: 0 });
  const post = async (
    dispatcher: Dispatcher,
    path: string,
    body: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Dispatcher.ResponseData> => {
    try {
      return await request(new URL(path, origin), {
        dispatcher,
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      });
    } catch (error) {
      throw httpError(`POST ${path} to ${origin}`, error);
    }
  };
  return {
    origin,
    call: async (path, body, headers) => {
      const response = await post(calls, path, body, headers);
      return {
        status: response.statusCode,
        headers: flat(response.headers),
        body: await readText(response.body, `answer of ${path} from ${origin}`),
      };
    },
    stream: async (path, body, headers) => {
      const response = await post(streams, path, body, headers);
      return {
        status: response.statusCode,
        headers: flat(response.headers),
        chunks: readChunks(response.body, `stream of ${path} from ${origin}`),
        text: () => readText(response.body, `answer of ${path} from ${origin}`),
        close: () => {
          response.body.on('error', () => undefined); // the break is ours
          response.body.destroy();
        },
      };
    },
    close: async () => {
      await Promise.all([calls.destroy(), streams.destroy()]);
    },
  };
}

async function* readChunks(body: AsyncIterable<Uint8Array>, what: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk;
  } catch (error) {
    throw httpError(what, error);
  }
}

async function readText(body: AsyncIterable<Uint8Array>, what: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of readChunks(body, what)) {
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes >= ANSWER_BYTES_MAX) break;
  }
  return Buffer.concat(parts).subarray(0, ANSWER_BYTES_MAX).toString('utf8');
}

function flat(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === 'string' ? value : value.join(', ')]],
    ),
  );
}

function httpError(what: string, error: unknown): HttpError {
  const { message, code } = error as Partial<NodeJS.ErrnoException>;
  return new HttpError(`${what}: ${message ?? 'failed'}`, code ?? 'UNKNOWN');
}
