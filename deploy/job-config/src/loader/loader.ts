import { basename, dirname, join } from 'node:path';
import { Evaluator } from './evaluator.js';
import type { Evaluation } from './evaluator.js';
import { FolderReader } from './files.js';
import { loadJson, readText } from './json.js';
import { faultError, judge, listed } from './judge-core.js';
import type { NameOf } from './judge-core.js';
import {
  FILE_BYTES_MAX,
  KILL_AFTER_MS,
  LOAD_TIMEOUT_MS,
  MEMORY_MAX_BYTES,
  NAMES_MAX,
} from './limits-core.js';
import { PACKAGE_FOLDER, readPrelude } from './prelude.js';
import type { ChildLimits, Evaluated, EvaluateRequest } from './protocol-core.js';
import { failure } from './result-core.js';
import type { Failure, ListResult, LoadError, LoadRequest, LoadResult, RawResult } from './result-core.js';
import { defaultCacheFolder } from './snapshot.js';

export interface LoaderOptions {
  /** Where the snapshot of Python is kept; null: nowhere. Default: `$XDG_CACHE_HOME/murmur` or `~/.cache/murmur`. */
  readonly cacheFolder?: string | null;
  /** Where this package is installed, for a program that was bundled away from it. */
  readonly packageFolder?: string;
  /** Time for one evaluation, in ms. */
  readonly timeoutMs?: number;
  /** Memory for one evaluation beyond Python's own, in bytes. */
  readonly memoryMaxBytes?: number;
}

/** Loads configs one at a time, all in one child process that is started with the first. */
export interface Loader {
  /** The jobs of a `.aurora` file. */
  load(request: LoadRequest): Promise<LoadResult>;
  /** The jobs of a JSON file. No Python runs. */
  loadJson(file: string): Promise<LoadResult>;
  /** The jobs as the config has them, before interpolation. */
  raw(request: LoadRequest): Promise<RawResult>;
  /** The keys of the jobs, as far as the config says them: no job need be complete. */
  configList(request: LoadRequest): Promise<ListResult>;
  close(): Promise<void>;
}

type Answer = { readonly ok: true; readonly evaluated: Evaluated; readonly nameOf: NameOf } | Failure;

/** Starts nothing yet: the first load does, in about half a second, and once per version in a few, for the snapshot. */
export function createLoader(options: LoaderOptions = {}): Loader {
  const { cacheFolder = defaultCacheFolder(), packageFolder = PACKAGE_FOLDER } = options;
  const limits: ChildLimits = {
    loadTimeoutMs: options.timeoutMs ?? LOAD_TIMEOUT_MS,
    killAfterMs: KILL_AFTER_MS,
    memoryMaxBytes: options.memoryMaxBytes ?? MEMORY_MAX_BYTES,
  };
  let evaluator: Evaluator | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const ask = async (mode: EvaluateRequest['mode'], request: LoadRequest): Promise<Answer> => {
    evaluator ??= new Evaluator(readPrelude(packageFolder), cacheFolder, limits);
    return evaluateFile(evaluator, mode, request, limits);
  };
  /** One after another: there is one Python, and it does one thing at a time. */
  const queued = (mode: EvaluateRequest['mode'], request: LoadRequest): Promise<Answer> => {
    const turn = last.then(() => ask(mode, request));
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    loadJson,
    load: async (request) => {
      const answer = await queued('load', request);
      return answer.ok ? judge(answer.evaluated, request.select?.jobKey ?? null, answer.nameOf) : answer;
    },
    raw: async (request) => {
      const answer = await queued('raw', request);
      return answer.ok ? { ok: true, jobs: answer.evaluated.raw ?? [] } : answer;
    },
    configList: async (request) => {
      const answer = await queued('list', request);
      return answer.ok ? { ok: true, jobs: listed(answer.evaluated.keys ?? [], answer.nameOf) } : answer;
    },
    close: async () => {
      await last;
      await evaluator?.close();
    },
  };
}

async function evaluateFile(
  evaluator: Evaluator,
  mode: EvaluateRequest['mode'],
  { file, bindings = {}, environment = {}, select }: LoadRequest,
  limits: ChildLimits,
): Promise<Answer> {
  for (const [what, names] of Object.entries({ bindings, environment })) {
    const count = Object.keys(names).length;
    if (count <= NAMES_MAX) continue;
    return failure([{ file, line: null, message: `${what}: ${count} names; allowed are ${NAMES_MAX}` }]);
  }
  const read = await readText(file, FILE_BYTES_MAX);
  if ('error' in read) return failure([read.error]);
  const folder = dirname(file);
  const name = basename(file);
  const nameOf: NameOf = (inner) => (inner === '' || inner === name ? file : join(folder, inner));
  const request: EvaluateRequest = {
    mode,
    file: name,
    text: read.text,
    bindings: Object.entries(bindings),
    environment,
    select: select?.jobKey ?? null,
  };
  const evaluation = await evaluator.evaluate(request, new FolderReader(folder));
  const stopped = stoppedError(evaluation, limits, nameOf);
  if (stopped !== undefined) return failure([stopped]);
  if (!evaluation.ok) return failure([]);
  const { error, printed } = evaluation.answer;
  if (error === undefined) return { ok: true, evaluated: evaluation.answer, nameOf };
  return { ...failure([faultError(error, [], nameOf)]), printed };
}

/** The error of a config that was stopped; undefined for one that ran to an end of its own. */
function stoppedError(evaluation: Evaluation, limits: ChildLimits, nameOf: NameOf): LoadError | undefined {
  const fault = evaluation.ok ? (evaluation.answer.error ?? null) : evaluation.at;
  const end = evaluation.ok ? ENDS[(fault?.fatal ?? '') || ''] : evaluation.end;
  if (end === undefined) return undefined;
  const place = { file: nameOf(fault?.file ?? ''), line: fault?.line ?? null };
  const seconds = limits.loadTimeoutMs / 1000;
  const mebibytes = limits.memoryMaxBytes / 1024 / 1024;
  switch (end) {
    case 'time':
      return { ...place, message: `stopped after ${seconds} s`, expected: `a config that is done by then` };
    case 'memory':
      return { ...place, message: `stopped: it needs more than ${mebibytes} MiB of memory` };
    case 'died': {
      const words = evaluation.ok ? '' : evaluation.lastWords;
      if (words.includes(STACK_FULL)) return { ...place, message: 'stopped: it is nested too deep' };
      return { ...place, message: `the Python that ran it ended${words === '' ? '' : `: ${words}`}` };
    }
  }
}

/** The last words of a Python whose own calls went deeper than its stack: of a value in a value in a value, without end. */
const STACK_FULL = 'Maximum call stack size exceeded';

/** Exceptions that end an evaluation for good. */
const ENDS: Readonly<Record<string, 'time' | 'memory'>> = {
  TimeUp: 'time',
  KeyboardInterrupt: 'time',
  MemoryError: 'memory',
};
