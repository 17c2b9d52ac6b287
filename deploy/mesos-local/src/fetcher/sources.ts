import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { reasonOf } from '../containerizer/reason.js';
import { FetchError, type FetchRequest } from './types.js';
import type { Source } from './uri-core.js';

const MAX_ERROR_BYTES = 4096;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** The bytes of a source. Throws FetchError, while it is opened or while it is read. */
export function openSource(
  source: Source,
  user: FetchRequest['user'],
  redirects: number,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  if (source.kind === 'http') return download(source.url, redirects, signal);
  return user === null ? readFile(source.path) : readAs(source.path, user, signal);
}

async function* readFile(path: string): AsyncGenerator<Uint8Array> {
  // Not blocking: the open of a pipe would wait for whoever writes to it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw new FetchError(reasonOf(error), { cause: error });
  });
  try {
    if (!(await file.stat()).isFile()) throw new FetchError('is no file');
    yield* file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>;
  } finally {
    await file.close();
  }
}

/** A task may fetch what its user may read, not what the agent may: so that user reads it. */
async function* readAs(
  path: string,
  user: NonNullable<FetchRequest['user']>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const become = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--init-groups', '--'];
  const read = [
    '/bin/sh',
    '-c',
    '[ ! -e "$1" ] || [ -f "$1" ] || { echo "is no file" >&2; exit 1; }; exec cat -- "$1"',
  ];
  yield* outputOf('setpriv', [...become, ...read, 'sh', path], 'ignore', signal);
}

/** What a program writes, and an error with its stderr where it ends with another status than 0. */
export async function* outputOf(
  program: string,
  args: readonly string[],
  stdin: number | 'ignore',
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const child = spawn(program, [...args], {
    stdio: [stdin, 'pipe', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    signal,
    killSignal: 'SIGKILL',
  });
  let failure: unknown = null;
  let complaint = '';
  child.on('error', (error) => (failure = error));
  child.stderr?.on('data', (bytes: Buffer) => {
    complaint = (complaint + bytes.toString()).slice(0, MAX_ERROR_BYTES);
  });
  const closed = once(child, 'close');
  closed.catch(() => undefined);
  try {
    if (child.stdout !== null) yield* child.stdout as AsyncIterable<Buffer>;
    await closed.catch(() => undefined);
  } finally {
    child.kill('SIGKILL');
  }
  signal.throwIfAborted();
  if (failure !== null)
    throw new FetchError(`cannot run ${program}: ${reasonOf(failure)}`, { cause: failure });
  if (child.exitCode !== 0)
    throw new FetchError(complaint.trim() || `${program} ended with ${child.exitCode ?? 'a signal'}`);
}

async function* download(url: string, redirects: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const response = await request(url, redirects, signal);
  if (!response.ok) {
    await response.body?.cancel();
    throw new FetchError(`the server answered ${response.status}`);
  }
  if (response.body === null) return;
  try {
    yield* Readable.fromWeb(response.body) as AsyncIterable<Uint8Array>;
  } catch (error) {
    signal.throwIfAborted();
    throw new FetchError(`the answer broke off: ${reasonOf(error)}`, { cause: error });
  }
}

async function request(first: string, redirects: number, signal: AbortSignal): Promise<Response> {
  let url = first;
  for (let hop = 0; hop <= redirects; hop += 1) {
    const response = await get(url, signal);
    const location = response.headers.get('location');
    if (!REDIRECTS.has(response.status) || location === null) return response;
    await response.body?.cancel();
    if (!URL.canParse(location, url))
      throw new FetchError(`is redirected to ${JSON.stringify(location)}, which is no URL`);
    url = new URL(location, url).href;
    if (!/^https?:/.test(url))
      throw new FetchError(`is redirected to ${url}: only http and https are followed`);
  }
  throw new FetchError(`more than ${redirects} redirects`);
}

async function get(url: string, signal: AbortSignal): Promise<Response> {
  try {
    // Archives are stored as they are; an encoding on top would only be undone again.
    return await fetch(url, { redirect: 'manual', signal, headers: { 'accept-encoding': 'identity' } });
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error ? error.cause : null;
    throw new FetchError(`cannot be reached: ${reasonOf(cause ?? error)}`, { cause: error });
  }
}
