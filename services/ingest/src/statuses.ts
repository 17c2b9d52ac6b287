import { statusRows } from '@murmur/cache';
import { deletedStatusEntity, statusEntity, type Account, type Id } from '@murmur/model';
import {
  ApiError,
  asyncRoute,
  notFound,
  originOf,
  pathId,
  requestFields,
  requireScope,
  requireUser,
  sendEntity,
  userOf,
} from '@murmur/public-api';
import type { IRouter, Request, RequestHandler, Response } from 'express';
import { withinMs } from './bounded.js';
import { readDraft } from './draft-core.js';
import { putEvent } from './events.js';
import { readKey } from './idempotency-core.js';
import { postStatus } from './post.js';
import { receivedAtMs } from './received.js';
import { findStatus } from './status-source.js';
import type { Tools } from './tools.js';

const mayWrite = [requireScope('write:statuses'), requireUser];

/** `entry` is what a request goes through first, the reading of its token and its body. */
export function postRoute(router: IRouter, tools: Tools, entry: readonly RequestHandler[]): void {
  router.post(
    '/api/v1/statuses',
    [...entry, ...mayWrite],
    asyncRoute((req, res) => post(tools, req, res)),
  );
}

export function deleteRoute(router: IRouter, tools: Tools): void {
  router.delete(
    '/api/v1/statuses/:id',
    mayWrite,
    asyncRoute((req, res) => remove(tools, req, res)),
  );
}

async function post(tools: Tools, req: Request, res: Response): Promise<void> {
  const origin = originOf(req);
  const draft = readDraft(requestFields(req));
  const idempotencyKey = readKey(req.get('idempotency-key'));
  const author = await authorOf(tools, userOf(req).accountId);
  const status = await postStatus(tools, { draft, author, idempotencyKey, receivedAtMs: receivedAtMs(req) });
  sendEntity(res, statusEntity(status, author, origin));
}

/** The token's account. Accounts are never deleted, so a token without one is no good. */
async function authorOf(tools: Tools, id: Id): Promise<Account> {
  const author = await tools.accounts.snapshot(id);
  if (author === null) throw new ApiError('invalid_token');
  return author;
}

/** Other people's statuses are 404, as unknown ones are. */
async function remove(tools: Tools, req: Request, res: Response): Promise<void> {
  const origin = originOf(req);
  const statusId = pathId(req);
  const author = await authorOf(tools, userOf(req).accountId);
  const found = await findStatus(tools, statusId);
  if (found.kind !== 'there' || found.status.authorId !== author.id) throw notFound();
  await putEvent(tools, {
    kind: 'delete',
    statusId,
    authorId: author.id,
    receivedAtMs: receivedAtMs(req),
    attempt: 0,
  });
  if (!(await withinMs(statusRows(tools.rows).bury(statusId)))) tools.metrics.cacheWriteFailed();
  res.json(deletedStatusEntity(found.status, author, origin));
}
