import { formatError } from '../error-core.js';
import { readJobs } from '../parse-core.js';
import { readFileBounded } from './files.js';
import { jsonLines, nearestAround } from './json-lines-core.js';
import { jsonErrorAt } from './json-place-core.js';
import { JSON_BYTES_MAX } from './limits-core.js';
import { failure } from './result-core.js';
import type { LoadError, LoadResult } from './result-core.js';

/** A text file of bounded size, or what is wrong with it. */
export async function readText(
  file: string,
  max: number,
): Promise<{ readonly text: string } | { readonly error: LoadError }> {
  const wrong = (message: string): { readonly error: LoadError } => ({
    error: { file, line: null, message },
  });
  try {
    const read = await readFileBounded(file, max, 'it');
    if (!read.ok) return wrong(`cannot be read: ${read.error}`);
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(read.bytes) };
  } catch (error) {
    if (error instanceof TypeError) return wrong('is not UTF-8');
    const { code } = error as NodeJS.ErrnoException;
    return wrong(code === 'ENOENT' ? 'there is no such file' : `cannot be read: ${code ?? String(error)}`);
  }
}

/** Loads a file of JSON jobs, `{"jobs": [..]}` or a bare one: `--read-json`. */
export async function loadJson(file: string): Promise<LoadResult> {
  const read = await readText(file, JSON_BYTES_MAX);
  if ('error' in read) return failure([read.error]);
  let json: unknown;
  try {
    json = JSON.parse(read.text);
  } catch {
    return failure([syntaxError(file, read.text)]);
  }
  const result = readJobs(json);
  if (!result.ok) {
    const lines = jsonLines(read.text);
    return failure(
      result.errors.map((error) => ({
        file,
        line: nearestAround(error.path, lines) ?? null,
        message: formatError(error),
      })),
    );
  }
  const entries = (json as { readonly jobs?: readonly unknown[] }).jobs ?? [json];
  const jobs = result.value.map((job, index) => ({ job, json: entries[index], file, line: null }));
  return { ok: true, jobs, tasks: [], printed: '' };
}

/** JSON.parse does not always say where; people look for a line. */
function syntaxError(file: string, text: string): LoadError {
  const at = jsonErrorAt(text);
  const before = text.slice(0, at).split('\n');
  const found = at >= text.length ? 'the end' : JSON.stringify(text.slice(at, at + 1));
  const column = (before.at(-1)?.length ?? 0) + 1;
  return { file, line: before.length, column, message: `not JSON: ${found} is not expected here` };
}
