import { ERRORS, type ErrorCode } from './errors.js';

/** Decisions of the client. */

export type Credentials =
  { readonly token: string } | { readonly user: string; readonly password: string } | null;

/** `name` and `value` as one path segment each; a name that is missing is an error of the program. */
export function fillPath(path: string, params: Readonly<Record<string, string | number>>): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined || value === '')
      throw new TypeError(`the parameter ${name} of ${path} is missing`);
    return encodeURIComponent(value);
  });
}

/** `?a=1&b=2`, without what is undefined; '' when nothing is left. */
export function queryText(query: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`],
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

export function authorization(credentials: Credentials): string | null {
  if (credentials === null) return null;
  if ('token' in credentials) return `Bearer ${credentials.token}`;
  return `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`, 'utf8').toString('base64')}`;
}

/** The origin of a scheduler's URL; what is no http(s) URL is an error that names it. */
export function originOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    throw new TypeError(`${JSON.stringify(url)} is not the URL of a scheduler, as http://host:8081`);
  return parsed.origin;
}

/**
 * Where a redirect of a scheduler leads: to the leader, which is the same path on another host. Credentials go along, so anything else is
 * refused: another path, another protocol than http(s), and from https to http.
 */
export function leaderOf(from: string, pathAndQuery: string, location: string | null): string | null {
  if (location === null || !URL.canParse(location, from)) return null;
  const to = new URL(location, from);
  const was = new URL(pathAndQuery, from);
  const same = to.pathname === was.pathname && to.search === was.search;
  const safe = to.protocol === 'https:' || (to.protocol === 'http:' && was.protocol === 'http:');
  return same && safe && to.username === '' ? to.origin : null;
}

/** The time before attempt `tried` + 1, ms: doubling from `firstMs`, at most `maxMs`, between half and whole of it. */
export function pauseMs(tried: number, firstMs: number, maxMs: number, random: number): number {
  const whole = Math.min(maxMs, firstMs * 2 ** Math.min(tried - 1, 20));
  return whole / 2 + (whole / 2) * random;
}

export interface ErrorParts {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: readonly string[];
}

/** Reads an answer's body as an error of the API; null when it is none. */
export function readError(body: unknown): ErrorParts | null {
  if (!isObject(body) || !isObject(body['error'])) return null;
  const { code, message, details } = body['error'];
  if (typeof code !== 'string' || typeof message !== 'string' || !Object.hasOwn(ERRORS, code)) return null;
  const list: readonly unknown[] = Array.isArray(details) ? details : [];
  return {
    code: code as ErrorCode,
    message,
    details: list.filter((line) => typeof line === 'string'),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
