/** The one file that knows undici: calls whose answer is small, and calls whose answer is a stream. */
import { Agent, type Dispatcher } from 'undici';

/** Shorter than the 5 s after which a Node server closes an idle connection, so that it is not closed under a call. */
const KEEP_ALIVE_MS = 4_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Of an answer that should be short, this much is taken; more is an error. */
export const ANSWER_BYTES_MAX = 1024 * 1024;

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  /** `http://host:port` */
  readonly origin: string;
  /** With query, from the slash on. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** From the call to the end of the answer (`call`) or of its head (`open`), ms. */
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; of a repeated header the first. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** To be read by one reader. Ends when the server ends it, throws `NoAnswer` when the connection broke or was closed. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** The whole of it as text, at most `ANSWER_BYTES_MAX`: for an answer that turned out to be no stream. */
  text(): Promise<string>;
  /** Cuts the connection. Idempotent. */
  close(): void;
}

/** Calls go one after the other over one connection per origin, so their order is kept; each stream has its own connection. */
export interface Http {
  /** Rejects with `NoAnswer`. */
  call(call: HttpCall, signal?: AbortSignal): Promise<HttpAnswer>;
  /** Resolves with the head of the answer; what follows may take for ever. Rejects with `NoAnswer`. */
  open(call: HttpCall, signal?: AbortSignal): Promise<HttpStream>;
  /** Cuts what is under way. */
  close(): Promise<void>;
}

/** No whole answer: refused, cut, too late, or too long. The call may have been acted on all the same. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

export function openHttp(): Http {
  const connect = { timeout: CONNECT_TIMEOUT_MS };
  const calls = new Agent({ connect, connections: 1, pipelining: 1, keepAliveTimeout: KEEP_ALIVE_MS });
  const streams = new Agent({ connect, pipelining: 0 });
  return {
    open: (call, signal) => open(streams, call, signal),
    call: async (call, signal) => {
      const started = Date.now();
      const stream = await open(calls, call, signal);
      const late = setTimeout(() => stream.close(), Math.max(1, call.timeoutMs - (Date.now() - started)));
      try {
        return { status: stream.status, headers: stream.headers, body: await stream.text() };
      } finally {
        clearTimeout(late);
      }
    },
    close: async () => {
      await Promise.all([calls.destroy(), streams.destroy()]);
    },
  };
}

async function open(agent: Agent, call: HttpCall, signal?: AbortSignal): Promise<HttpStream> {
  const { method, origin, path, headers, timeoutMs } = call;
  const own = new AbortController();
  const late = setTimeout(() => own.abort(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
  try {
    const answer = await agent.request({
      method,
      origin,
      path,
      headers: { ...headers },
      body: call.body,
      signal: signal === undefined ? own.signal : AbortSignal.any([own.signal, signal]),
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return {
      status: answer.statusCode,
      headers: flat(answer.headers),
      chunks: chunksOf(call, answer.body),
      text: () => textOf(call, answer.body),
      close: () => own.abort(new Error('closed')),
    };
  } catch (error) {
    throw noAnswer(call, error);
  } finally {
    clearTimeout(late);
  }
}

/** Origin that a 307 of a master leads to, whose Location has no scheme; null for another answer, or for nonsense. */
export function redirectedTo(
  { status, headers }: Pick<HttpAnswer, 'status' | 'headers'>,
  asked: string,
): string | null {
  const { location } = headers;
  if (status !== 307 || location === undefined || !URL.canParse(location, asked)) return null;
  return new URL(location, asked).origin;
}

type Body = Dispatcher.ResponseData['body'];

async function* chunksOf(call: HttpCall, body: Body): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of body) yield chunk as Uint8Array;
  } catch (error) {
    throw noAnswer(call, error);
  }
}

async function textOf(call: HttpCall, body: Body): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksOf(call, body)) {
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) throw noAnswer(call, new Error(`over ${ANSWER_BYTES_MAX} bytes`));
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function flat(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      const first = Array.isArray(value) ? value[0] : value;
      return first === undefined ? [] : [[name.toLowerCase(), first]];
    }),
  );
}

function noAnswer({ method, origin, path }: HttpCall, error: unknown): NoAnswer {
  const reason = error instanceof Error ? error.message : String(error);
  return new NoAnswer(`${method} ${origin}${path}: ${reason}`, { cause: error });
}
