import { resolve } from 'node:path';
import {
  didYouMean,
  createLoader,
  formatLoadError,
  type Job,
  type JobKey,
  type ListResult,
  type LoadedJob,
  type LoadError,
  type LoadRequest,
  type LoadResult,
} from '@murmur/job-config';
import type { Context } from './context.js';
import { CliError, interrupted, type ExitName } from './exit-core.js';
import { formatKey } from './keys-core.js';
import { bindings } from './options-core.js';

/** What a config sees of the environment. */
const PASSED = ['USER', 'LOGNAME'];

/** A job of a config: as parsed, and as JSON for the scheduler. */
export interface ConfigJob {
  readonly job: Job;
  readonly json: Record<string, unknown>;
}

/** The one job that the key names. Throws CliError INVALID_CONFIGURATION with file and line of each error. */
export async function loadJob(context: Context, key: JobKey, file: string): Promise<ConfigJob> {
  const result = await load(context, file, { jobKey: key });
  if (!result.ok) throw invalidConfig(file, result.errors);
  const job = selectJob(result.jobs, key);
  if (job === undefined) {
    const keys = result.jobs.map((each) => formatKey(each.job));
    const near = didYouMean(formatKey(key), keys);
    const message = `${file}: it has no job ${formatKey(key)}${near} (${keys.join(', ')})`;
    throw new CliError('INVALID_CONFIGURATION', message);
  }
  return { job: job.job, json: jsonOf(job) };
}

function selectJob(jobs: readonly LoadedJob[], key: JobKey): LoadedJob | undefined {
  return jobs.find(({ job }) => formatKey(job) === formatKey(key));
}

/** A job's JSON is an object: otherwise it would not have parsed. */
function jsonOf({ json, job }: LoadedJob): Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as Record<string, unknown>)
    : { ...job };
}

/** All jobs of a config, complete and checked, or everything that is wrong. */
export async function load(
  context: Context,
  file: string,
  select?: NonNullable<LoadRequest['select']>,
): Promise<LoadResult> {
  return withLoader(context, file, async (loader, request, json) => {
    if (json) return loader.loadJson(request.file);
    const result = await loader.load(select === undefined ? request : { ...request, select });
    if (result.printed !== undefined && result.printed !== '') context.out.note(result.printed.trimEnd());
    return result;
  });
}

/** The keys of a config's jobs, as far as the config says them. */
export async function listJobs(context: Context, file: string): Promise<ListResult> {
  return withLoader(context, file, async (loader, request, json) => {
    if (!json) return loader.configList(request);
    const result = await loader.loadJson(request.file);
    return result.ok
      ? { ok: true, jobs: result.jobs.map(({ job, line }) => ({ ...job, file, line })) }
      : result;
  });
}

async function withLoader<T>(
  context: Context,
  file: string,
  use: (loader: ReturnType<typeof createLoader>, request: LoadRequest, json: boolean) => Promise<T>,
): Promise<T> {
  const { io, options } = context;
  const bound = bindings(options);
  const json = options.flag('--read-json');
  if (json && Object.keys(bound).length > 0)
    throw new CliError('USAGE', '--bind: JSON has nothing to bind; allowed without --read-json');
  const environment = Object.fromEntries(
    PASSED.flatMap((name) => (io.env[name] === undefined ? [] : [[name, io.env[name] ?? '']])),
  );
  // As it was given, so that errors name it so.
  const path = io.cwd === process.cwd() ? file : resolve(io.cwd, file);
  const cache = io.env['XDG_CACHE_HOME'] ?? '';
  const loader = createLoader(cache === '' ? {} : { cacheFolder: resolve(io.cwd, cache, 'murmur') });
  try {
    const result = await use(loader, { file: path, bindings: bound, environment }, json);
    // Ctrl-C reaches the loader's process too: what it says then is not about the config.
    if (io.signal?.aborted === true) throw interrupted();
    return result;
  } finally {
    await loader.close();
  }
}

export function invalidConfig(
  file: string,
  errors: readonly LoadError[],
  exit: ExitName = 'INVALID_CONFIGURATION',
): CliError {
  const [first, ...rest] = errors.map(formatLoadError);
  return new CliError(exit, first ?? `${file}: it does not load`, rest);
}
