import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Download, Files } from './files.js';
import { browseEntry } from './info-core.js';
import { FILES_STATUS, FilesError } from './path-core.js';

/** Answers of the files API; `path` is the last part of the URL's. */
export type FilesAction = 'browse' | 'read' | 'download' | 'debug';
export const FILES_ACTIONS: readonly FilesAction[] = ['browse', 'read', 'download', 'debug'];

/** Status, content type, and a body: text, or a file that is open. */
export interface FilesAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Download;
}

/** A name of a function in JSONP; anything else would be a script of the asker's making. */
const CALLBACK = /^[A-Za-z_$][\w$.]{0,127}$/;

/**
 * Answers `/files/<action>?…`. 400 with what is wrong, 403 for a path that leads out of what was attached, 404 with an empty
 * body for an unknown one. `read` gives text: bytes that are no UTF-8 become U+FFFD; offsets and lengths are bytes.
 */
export async function answerFiles(
  files: Files,
  action: FilesAction,
  query: URLSearchParams,
): Promise<FilesAnswer> {
  try {
    const jsonp = query.get('jsonp');
    if (jsonp !== null && !CALLBACK.test(jsonp)) {
      throw new FilesError('invalid', 'jsonp: is not the name of a function.\n');
    }
    if (action === 'debug') return json(Object.fromEntries(files.attached()), jsonp);
    const path = query.get('path') ?? '';
    if (path === '') throw new FilesError('invalid', "Expecting 'path=value' in query.\n");
    if (action === 'browse') return json((await files.list(path)).map(browseEntry), jsonp);
    if (action === 'read') return json(await readText(files, path, query), jsonp);
    return { status: 200, type: 'application/octet-stream', body: await files.download(path) };
  } catch (error) {
    if (!(error instanceof FilesError)) throw error;
    return { status: FILES_STATUS[error.kind], type: 'text/plain; charset=utf-8', body: error.message };
  }
}

async function readText(
  files: Files,
  path: string,
  query: URLSearchParams,
): Promise<{ readonly data: string; readonly offset: number }> {
  const offset = number(query, 'offset');
  const length = number(query, 'length');
  const { size, data } = await files.read(path, offset ?? 0, offset === null ? 0 : length);
  return { data: data.toString('utf8'), offset: offset ?? size };
}

/** A count of bytes; null where it is not given or -1. */
function number(query: URLSearchParams, name: 'offset' | 'length'): number | null {
  const text = query.get(name);
  if (text === null) return null;
  const value = Number(text);
  if (!/^-?\d{1,16}$/.test(text) || !Number.isSafeInteger(value)) {
    throw new FilesError(
      'invalid',
      `Failed to parse ${name}: ${JSON.stringify(text)} is no number of bytes.\n`,
    );
  }
  if (value < -1) {
    throw new FilesError('invalid', `Negative ${name} provided: ${value}.\n`);
  }
  return value === -1 ? null : value;
}

function json(value: unknown, jsonp: string | null): FilesAnswer {
  const text = JSON.stringify(value);
  return jsonp === null
    ? { status: 200, type: 'application/json', body: text }
    : { status: 200, type: 'text/javascript', body: `${jsonp}(${text});` };
}

/** Writes an answer; a file is sent as long as it was when it was opened, and closed. */
export async function sendFilesAnswer(answer: FilesAnswer, response: ServerResponse): Promise<void> {
  const { status, type, body } = answer;
  response.statusCode = status;
  response.setHeader('Content-Type', type);
  // A sandbox holds what a task wrote: no browser is to take it for a page of this server.
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (typeof body === 'string') {
    response.setHeader('Content-Length', Buffer.byteLength(body));
    response.end(body);
    return;
  }
  const { handle, size, name } = body;
  response.setHeader('Content-Length', size);
  response.setHeader('Content-Disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}`);
  try {
    if (size === 0) response.end();
    else await pipeline(handle.createReadStream({ start: 0, end: size - 1, autoClose: false }), response);
  } finally {
    await handle.close();
  }
}
