/**
 * Bodies and queries as flat maps from field name to value. Maps, not objects: `__proto__` is a name like
 * any other. Values stay what they were (a string, a JSON value, a list); the reader judges them.
 */
import { ApiError } from './error-core.js';

export type FieldMap = Map<string, unknown>;

/** Fields in one body or query. The widest form of the API has a dozen; lists count per item. */
export const FIELDS_MAX = 512;

function tooMany(): ApiError {
  return new ApiError('malformed', {
    error: `The request has more fields than the ${FIELDS_MAX} that are allowed`,
  });
}

/** An empty text has no fields. Throws a 400 `ApiError` unless the text is a JSON object. */
export function jsonFields(text: string): FieldMap {
  if (text.trim() === '') return new Map();
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ApiError('malformed', { error: 'The request body is not a JSON object' });
  const entries = Object.entries(value);
  if (entries.length > FIELDS_MAX) throw tooMany();
  return new Map(entries);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError('malformed', { error: 'The request body is not valid JSON' });
  }
}

/** A query or an urlencoded body, without its `?`. Never fails on rubbish: what is no escape stays as it is. */
export function urlencodedFields(text: string): FieldMap {
  return pairFields(new URLSearchParams(text));
}

/** Name-value pairs as a form sends them: `k[]` and repeated names become a list. */
export function pairFields(pairs: Iterable<readonly [string, string]>): FieldMap {
  const fields: FieldMap = new Map();
  let count = 0;
  for (const [rawName, value] of pairs) {
    if (++count > FIELDS_MAX) throw tooMany();
    addPair(fields, rawName, value);
  }
  return fields;
}

function addPair(fields: FieldMap, rawName: string, value: string): void {
  const isList = rawName.endsWith('[]');
  const name = isList ? rawName.slice(0, -2) : rawName;
  const before = fields.get(name);
  if (Array.isArray(before)) before.push(value);
  else if (before !== undefined) fields.set(name, [before, value]);
  else fields.set(name, isList ? [value] : value);
}
