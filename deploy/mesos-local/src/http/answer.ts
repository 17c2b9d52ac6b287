import type { IncomingMessage, ServerResponse } from 'node:http';
import { asciiJson, isCallback, toAscii } from './route-core.js';

/** A finished answer. `json` is text already; a `jsonp` callback is put around it where the request asks for one. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?:
    | { readonly json: string }
    | { readonly text: string }
    | { readonly html: string }
    | { readonly bytes: Buffer; readonly type: string };
  /** Instead of a body: writes head and all the rest itself. */
  readonly stream?: (response: ServerResponse) => void;
}

/** Thrown by a handler: answered with this status and the message as text. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** 200 with a value as one line of ASCII JSON. */
export function jsonAnswer(value: unknown): HttpAnswer {
  return { status: 200, body: { json: asciiJson(value) } };
}

/** 200 with JSON that is already text (from the codec). */
export function jsonTextAnswer(json: string): HttpAnswer {
  return { status: 200, body: { json: toAscii(json) } };
}

export function textAnswer(status: number, text: string): HttpAnswer {
  return { status, body: { text } };
}

/** No body, as Mesos answers actions. */
export function emptyAnswer(status = 200): HttpAnswer {
  return { status };
}

/** 405 with Mesos's `Allow` header and text. */
export function methodNotAllowed(allowed: readonly string[], method: string): HttpAnswer {
  const text = `405 Method Not Allowed. Expecting one of { '${allowed.join("', '")}' }, but received '${method}'.`;
  return { status: 405, headers: { allow: allowed.join(', ') }, body: { text } };
}

/** Writes an answer, once. A `jsonp` that is no name is 400. */
export function writeAnswer(response: ServerResponse, answer: HttpAnswer, jsonp: string | null = null): void {
  if (response.headersSent || response.destroyed) return;
  if (answer.stream !== undefined) {
    answer.stream(response);
    return;
  }
  const body = answer.body;
  if (body !== undefined && 'json' in body && jsonp !== null && answer.status === 200) {
    if (isCallback(jsonp)) write(response, answer, Buffer.from(`${jsonp}(${body.json});`), 'text/javascript');
    else
      writeAnswer(
        response,
        textAnswer(400, `jsonp is '${jsonp.slice(0, 64)}', allowed is a name such as a.b`),
      );
    return;
  }
  if (body === undefined) write(response, answer, Buffer.alloc(0), null);
  else if ('json' in body) write(response, answer, Buffer.from(body.json), 'application/json');
  else if ('text' in body) write(response, answer, Buffer.from(body.text), 'text/plain; charset=utf-8');
  else if ('html' in body) write(response, answer, Buffer.from(body.html), 'text/html; charset=utf-8');
  else write(response, answer, body.bytes, body.type);
}

function write(response: ServerResponse, answer: HttpAnswer, bytes: Buffer, type: string | null): void {
  response.writeHead(answer.status, {
    ...(type === null ? {} : { 'content-type': type }),
    'content-length': bytes.length,
    ...answer.headers,
  });
  response.end(bytes);
}

/** Largest request body taken, bytes: a hello of a full agent, an ACCEPT of a thousand tasks. */
export const BODY_BYTES_MAX = 32 * 1024 * 1024;

/** Reads the whole body. Throws HttpError 413 beyond `maxBytes`, 400 when it ends early. */
export async function readBody(request: IncomingMessage, maxBytes = BODY_BYTES_MAX): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > maxBytes) break;
      parts.push(part);
    }
  } catch {
    throw new HttpError(400, 'The body ended before its time');
  }
  if (length > maxBytes)
    throw new HttpError(413, `The body is longer than ${maxBytes} bytes`, { connection: 'close' });
  return Buffer.concat(parts);
}
