import { request, type Agent, type IncomingMessage } from 'node:http';
import type { Leader } from './leader.js';

/** Until the head of an answer must be there, ms. */
const HEAD_TIMEOUT_MS = 15_000;
/** Of the text of a refusal, what goes into the log, bytes. */
const TEXT_MAX = 2_000;

export interface Post {
  readonly to: Leader;
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly agent?: Agent;
}

/** Posts JSON; resolves with the head of the answer, whose body is to be read. Rejects when nothing answers in time. */
export function post({ to, path, body, headers, signal, agent }: Post): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = request({
      host: to.host,
      port: to.port,
      path,
      method: 'POST',
      signal,
      ...(agent === undefined ? {} : { agent }),
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'content-length': Buffer.byteLength(body),
        ...headers,
      },
    });
    const late = setTimeout(() => {
      call.destroy(new Error(`no answer within ${HEAD_TIMEOUT_MS} ms`));
    }, HEAD_TIMEOUT_MS);
    call.once('response', (answer) => {
      clearTimeout(late);
      resolve(answer);
    });
    call.once('error', (error) => {
      clearTimeout(late);
      reject(error);
    });
    call.end(body);
  });
}

/** The text of an answer, for the log. */
export async function readText(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (text.length < TEXT_MAX) text += chunk.toString('utf8');
  }
  return text.slice(0, TEXT_MAX);
}
