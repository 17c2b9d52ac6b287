import { applyFollow, applyUnfollow } from '@murmur/cache';
import { relationshipEntity } from '@murmur/model';
import {
  ApiError,
  asyncRoute,
  notFound,
  pathId,
  requireScope,
  requireUser,
  userOf,
} from '@murmur/public-api';
import type { Request, Response, Router } from 'express';
import { withinMs } from './bounded.js';
import { putEvent } from './events.js';
import { receivedAtMs } from './received.js';
import type { Tools } from './tools.js';

type Change = 'follow' | 'unfollow';

export function followRoutes(router: Router, tools: Tools): void {
  const mayFollow = [requireScope('write:follows'), requireUser];
  for (const change of ['follow', 'unfollow'] as const)
    router.post(
      `/api/v1/accounts/:id/${change}`,
      mayFollow,
      asyncRoute((req, res) => apply(tools, change, req, res)),
    );
}

/**
 * MySQL first, then the caches, then the event that makes fan-out do the same to the caches once more. All of it
 * every time: whoever repeats a request whose answer was an error wants the rest of it done.
 */
async function apply(tools: Tools, change: Change, req: Request, res: Response): Promise<void> {
  const followerId = userOf(req).accountId;
  const followeeId = pathId(req);
  if (followeeId === followerId)
    throw new ApiError('forbidden', {
      error: `This action is not allowed: an account cannot ${change} itself`,
    });
  if ((await tools.accounts.get(followeeId)) === null) throw notFound();
  const at = receivedAtMs(req);
  if (change === 'follow') await tools.store.follow(followerId, followeeId, at);
  else await tools.store.unfollow(followerId, followeeId);
  const vectors = change === 'follow' ? applyFollow : applyUnfollow;
  const told = await withinMs(vectors(tools.vectors, followerId, followeeId));
  if (!told) tools.metrics.cacheWriteFailed();
  await tools.accounts.refresh([followerId, followeeId]);
  await putEvent(tools, { kind: change, followerId, followeeId, receivedAtMs: at, attempt: 0 });
  const [relationship] = await tools.store.relationships(followerId, [followeeId]);
  if (relationship === undefined) throw new Error('the store gave no relationship');
  res.json(relationshipEntity(relationship));
}
