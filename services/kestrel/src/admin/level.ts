import type { Log } from '@murmur/service';
import type { Reply } from './format-core.js';

/** Names of ours, and those of Kestrel's that mean the same. */
const LEVELS: Readonly<Record<string, string>> = {
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
  trace: 'debug',
  all: 'debug',
  warning: 'warn',
  critical: 'error',
  fatal: 'error',
};
const NAMES = ['', 'root', 'kestrel', 'murmur-kestrel'];

/**
 * `logging?name=&level=`: sets the least level that is logged; without `level`, tells it. There is one logger; what was derived
 * from it before, such as that of a queue, keeps its level.
 */
export function setLevel(log: Log, query: URLSearchParams): Reply {
  const name = query.get('name') ?? '';
  const asked = query.get('level');
  if (!NAMES.includes(name))
    return wrong(`name: ${JSON.stringify(name)} is not allowed; allowed is nothing, or murmur-kestrel`);
  if (!hasLevel(log)) return { status: 501, answer: { error: 'this log has no level' } };
  if (asked === null) return { status: 200, answer: { level: log.level } };
  const level = Object.hasOwn(LEVELS, asked.toLowerCase()) ? LEVELS[asked.toLowerCase()] : undefined;
  if (level === undefined)
    return wrong(`level: ${JSON.stringify(asked)} is not allowed; allowed is debug, info, warn or error`);
  log.level = level;
  return { status: 200, answer: { level } };
}

function wrong(error: string): Reply {
  return { status: 400, answer: { error } };
}

function hasLevel(log: Log): log is Log & { level: string } {
  return 'level' in log && typeof log.level === 'string';
}
