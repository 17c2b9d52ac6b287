import { parseId, type Id } from '@murmur/model';
import type { Request } from 'express';
import { bodyFieldsOf } from './bodies.js';
import { urlencodedFields, type FieldMap } from './body-core.js';
import { notFound } from './error-core.js';
import { fieldReader } from './field-core.js';
import type { FieldReader } from './types.js';

function queryFields(req: Request): FieldMap | null {
  const at = req.url.indexOf('?');
  return at === -1 ? null : urlencodedFields(req.url.slice(at + 1));
}

/** Body first, then query. Throws a 400 `ApiError` for a query with too many fields. */
export function requestFields(req: Request): FieldReader {
  return fieldReader(...[bodyFieldsOf(req), queryFields(req)].filter((map) => map !== null));
}

/** The id in the path. What is no id can be no record: 404. */
export function pathId(req: Request, name = 'id'): Id {
  const raw = req.params[name];
  const id = typeof raw === 'string' ? parseId(raw) : null;
  if (id === null) throw notFound();
  return id;
}
