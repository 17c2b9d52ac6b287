/**
 * A status's way in. One put is the moment of truth: before it nothing is written but the claim of an
 * Idempotency-Key; after it the status is accepted, and caches are only told.
 */
import { addRecentPost, cacheKeys, cacheTtl, statusRows } from '@murmur/cache';
import { idToMs, type Account, type Id, type Status } from '@murmur/model';
import { ApiError, notFound, sha256Hex } from '@murmur/public-api';
import { withinMs } from './bounded.js';
import type { Draft } from './draft-core.js';
import { putEvent } from './events.js';
import { decideRepeat, decodeClaim, encodeClaim, type Claim } from './idempotency-core.js';
import { findStatus } from './status-source.js';
import type { Tools } from './tools.js';

export interface PostRequest {
  readonly draft: Draft;
  readonly author: Account;
  readonly idempotencyKey: string | null;
  /** Unix ms when the request came in. */
  readonly receivedAtMs: number;
}

/** Resolves with the accepted status, or with the one an earlier request with the same key made. */
export async function postStatus(tools: Tools, request: PostRequest): Promise<Status> {
  const { draft, author, idempotencyKey } = request;
  const id = await tools.ids.next();
  const inReplyToAccountId = await parentAuthor(tools, draft.inReplyToId, author.id);
  const make = (statusId: Id): Status => ({
    ...draft,
    id: statusId,
    authorId: author.id,
    inReplyToAccountId,
    // Of the id, not of the clock: put again under the same id, it is the same status.
    createdAtMs: idToMs(statusId),
    repliesCount: 0,
  });
  if (idempotencyKey === null) return accept(tools, request, make(id));
  const key = cacheKeys.idempotency(author.id, sha256Hex(idempotencyKey));
  const mine: Claim = { id, fingerprint: fingerprintOf(draft) };
  const earlier = await claim(tools, key, mine);
  if (earlier === null) return accept(tools, request, make(id));
  return repeat(tools, request, earlier, mine, make);
}

/**
 * The author of the parent. 404 when the parent does not exist, or is private and not for this author, who must not
 * learn that it exists; throws (503) when nobody can tell.
 */
async function parentAuthor(tools: Tools, parent: Id | null, author: Id): Promise<Id | null> {
  if (parent === null) return null;
  const found = await findStatus(tools, parent);
  if (found.kind !== 'there') throw notFound();
  const { authorId, visibility } = found.status;
  if (visibility !== 'private' || authorId === author) return authorId;
  const [relationship] = await tools.store.relationships(author, [authorId]);
  if (relationship?.following !== true) throw notFound();
  return authorId;
}

/** Null when the key is ours now (or the cache is away: then a repeat cannot be recognised, and posting goes on). */
async function claim(tools: Tools, key: string, mine: Claim): Promise<Claim | null> {
  const added = await tools.rows.add(key, encodeClaim(mine), cacheTtl.idempotency);
  if (added !== 'exists') return null;
  const bytes = await tools.rows.get(key);
  return bytes === null ? null : decodeClaim(bytes);
}

async function repeat(
  tools: Tools,
  request: PostRequest,
  earlier: Claim,
  mine: Claim,
  make: (id: Id) => Status,
): Promise<Status> {
  // MySQL away and no row: put it again. The worst that makes is the same status under the same id.
  const found = await findStatus(tools, earlier.id).catch(() => ({ kind: 'nowhere' }) as const);
  switch (decideRepeat(found.kind, earlier, mine.fingerprint)) {
    case 'answer_first':
      return found.kind === 'there' ? found.status : accept(tools, request, make(earlier.id));
    case 'gone':
      throw notFound();
    case 'put_again':
      return accept(tools, request, make(earlier.id));
    case 'conflict':
      throw new ApiError('conflict');
  }
}

/** Enough of a hash to tell two drafts apart; an accident, not an attacker, is what it is for. */
function fingerprintOf(draft: Draft): string {
  const { inReplyToId, ...rest } = draft;
  return sha256Hex(JSON.stringify({ ...rest, inReplyToId: String(inReplyToId) })).slice(0, 16);
}

async function accept(tools: Tools, request: PostRequest, status: Status): Promise<Status> {
  const { author, receivedAtMs } = request;
  await putEvent(tools, { kind: 'status', status, author, receivedAtMs, push: true, attempt: 0 });
  tools.metrics.queued(Math.max(0, tools.now() - receivedAtMs) / 1000);
  tools.metrics.accepted();
  if (!(await withinMs(tellCaches(tools, status)))) tools.metrics.cacheWriteFailed();
  return status;
}

async function tellCaches(tools: Tools, status: Status): Promise<boolean> {
  const entry = { id: status.id, authorId: status.authorId };
  const post = (key: string) => addRecentPost(tools.vectors, key, entry, cacheTtl.posts);
  const told = await Promise.all([
    statusRows(tools.rows).put(status),
    post(cacheKeys.posts(status.authorId)),
    status.visibility === 'public' ? post(cacheKeys.publicPosts()) : true,
  ]);
  return told.every(Boolean);
}
