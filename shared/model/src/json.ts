import { parseId, type Id } from './ids.js';
import { VISIBILITIES, type Account, type Status, type Visibility } from './types.js';

/** Raised when bytes are not what they should be; `where` names the field. */
export class CodecError extends Error {
  constructor(where: string, problem: string) {
    super(`${where}: ${problem}`);
    this.name = 'CodecError';
  }
}

type Fields = Record<string, unknown>;

export function fieldsOf(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CodecError(where, 'an object is required');
  return value as Fields;
}

export function idOf(fields: Fields, name: string): Id {
  const value = fields[name];
  const id = typeof value === 'string' ? parseId(value) : null;
  if (id === null) throw new CodecError(name, `a decimal id is required, not ${JSON.stringify(value)}`);
  return id;
}

export function idOrNullOf(fields: Fields, name: string): Id | null {
  return fields[name] === null ? null : idOf(fields, name);
}

export function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new CodecError(name, 'a string is required');
  return value;
}

export function countOf(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new CodecError(name, 'a whole number from 0 is required');
  return value;
}

export function flagOf(fields: Fields, name: string): boolean {
  const value = fields[name];
  if (typeof value !== 'boolean') throw new CodecError(name, 'true or false is required');
  return value;
}

function visibilityOf(fields: Fields): Visibility {
  const value = fields['visibility'];
  const known = VISIBILITIES.find((v) => v === value);
  if (known === undefined)
    throw new CodecError('visibility', `one of ${VISIBILITIES.join(', ')} is required`);
  return known;
}

/** The stored JSON form of an account: ids as decimal strings, times in unix ms. */
export function accountToJson(account: Account): Fields {
  return { ...account, id: String(account.id) };
}

export function accountFromJson(value: unknown): Account {
  const f = fieldsOf(value, 'account');
  return {
    id: idOf(f, 'id'),
    username: textOf(f, 'username'),
    displayName: textOf(f, 'displayName'),
    note: textOf(f, 'note'),
    createdAtMs: countOf(f, 'createdAtMs'),
    followersCount: countOf(f, 'followersCount'),
    followingCount: countOf(f, 'followingCount'),
    statusesCount: countOf(f, 'statusesCount'),
    lastStatusAtMs: f['lastStatusAtMs'] === null ? null : countOf(f, 'lastStatusAtMs'),
  };
}

/** The stored JSON form of a status: ids as decimal strings, times in unix ms. */
export function statusToJson(status: Status): Fields {
  return {
    ...status,
    id: String(status.id),
    authorId: String(status.authorId),
    inReplyToId: status.inReplyToId === null ? null : String(status.inReplyToId),
    inReplyToAccountId: status.inReplyToAccountId === null ? null : String(status.inReplyToAccountId),
  };
}

export function statusFromJson(value: unknown): Status {
  const f = fieldsOf(value, 'status');
  return {
    id: idOf(f, 'id'),
    authorId: idOf(f, 'authorId'),
    text: textOf(f, 'text'),
    visibility: visibilityOf(f),
    inReplyToId: idOrNullOf(f, 'inReplyToId'),
    inReplyToAccountId: idOrNullOf(f, 'inReplyToAccountId'),
    sensitive: flagOf(f, 'sensitive'),
    spoilerText: textOf(f, 'spoilerText'),
    language: f['language'] === null ? null : textOf(f, 'language'),
    createdAtMs: countOf(f, 'createdAtMs'),
    repliesCount: countOf(f, 'repliesCount'),
  };
}
