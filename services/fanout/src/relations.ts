import { applyFollow, applyUnfollow, type VectorCache } from '@murmur/cache';
import type { Event } from '@murmur/model';
import type { Store } from '@murmur/store';
import type { Outcome } from './deliver.js';

export interface RelationPorts {
  readonly vectors: VectorCache;
  readonly store: Pick<Store, 'relationships'>;
}

/**
 * Does to the caches once more what ingest did. Two events may overtake each other on their way through two
 * Kestrels, so what counts is what MySQL says now, not which of the two this one is.
 */
export async function applyRelation(
  { vectors, store }: RelationPorts,
  event: Extract<Event, { kind: 'follow' | 'unfollow' }>,
): Promise<Outcome> {
  const { followerId, followeeId } = event;
  const [relationship] = await store.relationships(followerId, [followeeId]);
  const apply = relationship?.following === true ? applyFollow : applyUnfollow;
  const done = await apply(vectors, followerId, followeeId);
  return done ? { kind: 'done' } : { kind: 'again', pushed: false };
}
