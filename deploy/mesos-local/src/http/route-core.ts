/** What a request is for, once prefix, trailing slash and escapes are out of the way. */
export interface Target {
  /** `/state`; never with a slash at its end, but for the root. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/**
 * Reads a request target. libprocess serves every endpoint below the name of its process too (`/master/state`,
 * `/slave(1)/state`) and bears a slash at the end; so does this. `name` is that of the process, without slashes.
 * Null where the escapes are broken.
 */
export function readTarget(url: string, name: string): Target | null {
  const mark = url.indexOf('?');
  const raw = mark < 0 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  let path: string;
  try {
    path = decodeURIComponent(raw);
  } catch {
    return null;
  }
  const prefix = `/${name}`;
  if (path === prefix || path.startsWith(`${prefix}/`)) path = path.slice(prefix.length);
  while (path.length > 1 && path.endsWith('/')) path = path.slice(0, -1);
  return { path: path === '' ? '/' : path, query };
}

/** The longest name of a JSONP callback that is taken, characters. */
const CALLBACK_LENGTH_MAX = 128;

/** True for what may stand before `(...)`: dotted JavaScript names. Anything else would let a link run a script. */
export function isCallback(name: string): boolean {
  return name.length <= CALLBACK_LENGTH_MAX && /^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*$/.test(name);
}

/** JSON on one line with nothing but ASCII in it: some clients count characters where they should count bytes. */
export function asciiJson(value: unknown): string {
  return toAscii(JSON.stringify(value));
}

/** Escapes what is not ASCII in a JSON text. */
export function toAscii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Does an `Accept` header allow this media type? Absent = everything. `q=0` excludes. */
export function acceptsType(accept: string | undefined, type: string): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  const family = `${type.split('/')[0] ?? ''}/*`;
  return accept.split(',').some((entry) => {
    const [range = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
    const refused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    return !refused && (range === type || range === family || range === '*/*');
  });
}
