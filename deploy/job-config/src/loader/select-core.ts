import { nearest } from '@murmur/model';
import type { JobKey } from '../key-core.js';
import { CANDIDATES_MAX } from './limits-core.js';
import { shownKey } from './result-core.js';
import type { ListedJob, LoadError } from './result-core.js';

/** What to say when a key does not select exactly one job: which there are, and which is nearest. */
export function selectionError(
  jobs: readonly ListedJob[],
  wanted: readonly number[],
  select: JobKey,
  file: string,
): LoadError {
  const key = shownKey(select);
  if (wanted.length > 1) {
    const lines = wanted.map((index) => jobs[index]?.line ?? '?').join(', ');
    return {
      file,
      line: jobs[wanted[1] ?? 0]?.line ?? null,
      message: `several jobs have the key ${key} (lines ${lines})`,
      expected: 'keys that are unique in the config',
    };
  }
  const keys = [...new Set(jobs.map(shownKey))];
  const near = nearest(key, keys);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  const more = keys.length > CANDIDATES_MAX ? `, and ${keys.length - CANDIDATES_MAX} more` : '';
  return {
    file,
    line: null,
    message: `there is no job ${key} in this config${hint}`,
    expected: `one of ${keys.slice(0, CANDIDATES_MAX).join(', ')}${more}`,
  };
}
