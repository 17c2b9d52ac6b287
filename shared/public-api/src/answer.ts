import type { Entity } from '@murmur/model';
import type { Response } from 'express';

/**
 * Answers 200 with an entity: what `res.json` sends, byte for byte, but in one write. Express makes a buffer of a
 * long body, and a head and a buffer leave as two pieces, behind several looks at both.
 */
export function sendEntity(res: Response, entity: Entity): void {
  const body = JSON.stringify(entity);
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Content-Length', Buffer.byteLength(body));
  res.end(body);
}
