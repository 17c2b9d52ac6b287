/**
 * The pagination contract. `max_id` is an exclusive upper bound, `since_id` an exclusive lower bound (newest
 * first), `min_id` asks for the page directly above it. The `Link` header is as the strictest client wants it:
 * absolute URLs, one header, `next` first, one space after each semicolon and comma; none for an empty page.
 */
import type { Id } from '@murmur/model';
import type { PageRange } from '@murmur/store';
import { ApiError } from './error-core.js';
import type { FieldReader, LinkTarget, PageLimits } from './types.js';

export const PAGE_DEFAULT = 20;
export const PAGE_MAX = 40;
const WHOLE = Number.MAX_SAFE_INTEGER;
/** Characters of a `Link` header, which repeats the query twice: proxies cut off answers with longer headers. */
export const LINK_CHARACTERS_MAX = 8_000;
/** Not repeated in links: the cursors, which change, and a token, which must not spread. */
const NOT_KEPT: ReadonlySet<string> = new Set(['max_id', 'since_id', 'min_id', 'access_token']);

/** A `limit` above the maximum gives the maximum, as Mastodon does; other bad values are a 422 `ApiError`. */
export function pageParams(fields: FieldReader, limits: PageLimits = {}): PageRange {
  const { default: byDefault = PAGE_DEFAULT, max = PAGE_MAX } = limits;
  const asked = (fields.string('limit') === '' ? null : fields.integer('limit', 1, WHOLE)) ?? byDefault;
  return {
    limit: Math.min(asked, max),
    maxId: cursor(fields, 'max_id'),
    sinceId: cursor(fields, 'since_id'),
    minId: cursor(fields, 'min_id'),
  };
}

function cursor(fields: FieldReader, name: string): Id | null {
  // Clients were seen to send an empty cursor for "from the top".
  return fields.string(name) === '' ? null : fields.id(name);
}

/** `ids` are those of the page, in any order; null for an empty page. Throws 400 for a query that is too long to repeat. */
export function linkHeader(target: LinkTarget, ids: readonly Id[]): string | null {
  const [first] = ids;
  if (first === undefined) return null;
  let oldest = first;
  let newest = first;
  for (const id of ids) {
    if (id < oldest) oldest = id;
    if (id > newest) newest = id;
  }
  const at = target.pathAndQuery.indexOf('?');
  const path = at === -1 ? target.pathAndQuery : target.pathAndQuery.slice(0, at);
  const kept = at === -1 ? [] : keptPairs(target.pathAndQuery.slice(at + 1));
  const url = (name: string, id: Id) =>
    `${target.origin}${safePath(path)}?${[...kept, `${name}=${id}`].join('&')}`;
  const link = `<${url('max_id', oldest)}>; rel="next", <${url('min_id', newest)}>; rel="prev"`;
  if (link.length <= LINK_CHARACTERS_MAX) return link;
  throw new ApiError('malformed', { error: 'The query is too long for the links to other pages' });
}

function keptPairs(query: string): string[] {
  return [...new URLSearchParams(query)]
    .filter(([name]) => !NOT_KEPT.has(name))
    .map(([name, value]) => new URLSearchParams([[name, value]]).toString());
}

/** A path may hold bytes that would end the URL or the header early. */
function safePath(path: string): string {
  return path.replace(/[^A-Za-z0-9\-._~!$&'()*+=:@/%]/gu, (c) => encodeURIComponent(c));
}
