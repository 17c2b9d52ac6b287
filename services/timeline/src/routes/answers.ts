/** How pages become answers. */
import { statusEntity, type Entity, type Id } from '@murmur/model';
import { linkHeader, originOf } from '@murmur/public-api';
import type { Request, Response } from 'express';
import type { Page } from '../page.js';
import type { Rendered } from '../rendered.js';

export function rendered({ status, author }: Rendered, req: Request): Entity {
  return statusEntity(status, author, originOf(req));
}

/** A page and its `Link`: `next` only where the walk down is known to go on (see `Page`). */
export function sendStatuses(req: Request, res: Response, page: Page<Rendered>): void {
  const ids = page.items.map(({ id }) => id);
  const cursors = page.nextMaxId === null ? ids : [...ids, page.nextMaxId];
  setLink(req, res, cursors, page.nextMaxId === null ? ['prev'] : ['next', 'prev']);
  res.json(page.items.map(({ item }) => rendered(item, req)));
}

/** Only the links named in `kept`: not every list can be walked both ways, nor every page further down. */
export function setLink(
  req: Request,
  res: Response,
  ids: readonly Id[],
  kept: readonly ('next' | 'prev')[],
): void {
  const link = linkHeader({ origin: originOf(req), pathAndQuery: req.originalUrl }, ids);
  if (link === null) return;
  const parts = link.split(', <').map((part, i) => (i === 0 ? part : `<${part}`));
  const wanted = parts.filter((part) => kept.some((rel) => part.endsWith(`; rel="${rel}"`)));
  if (wanted.length > 0) res.set('Link', wanted.join(', '));
}
