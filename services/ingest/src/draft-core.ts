import {
  SPOILER_CHARACTERS_MAX,
  STATUS_CHARACTERS_MAX,
  VISIBILITIES,
  parseId,
  type Id,
  type Visibility,
} from '@murmur/model';
import { invalidField, notFound, type FieldReader } from '@murmur/public-api';
import { isBlank, statusCharacters } from './text-core.js';

/** A status as asked for, checked, but not yet one: no id, no author, and its parent not looked up. */
export interface Draft {
  readonly text: string;
  readonly visibility: Visibility;
  readonly inReplyToId: Id | null;
  readonly sensitive: boolean;
  readonly spoilerText: string;
  readonly language: string | null;
}

/** ISO 639 with an optional region or script, as clients send it. */
const LANGUAGE = /^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$/;
/** Fields that a text-only server must refuse rather than drop in silence. */
const NOT_HERE = ['poll', 'poll[options]', 'poll[expires_in]', 'scheduled_at'];

/** Throws 422, naming the field and what is allowed; 404 for an `in_reply_to_id` that cannot be an id. */
export function readDraft(fields: FieldReader): Draft {
  const text = fields.string('status') ?? '';
  if (isBlank(text))
    throw invalidField(
      'status',
      'ERR_BLANK',
      `can't be blank, allowed are 1 to ${STATUS_CHARACTERS_MAX} characters`,
    );
  const length = statusCharacters(text);
  if (length > STATUS_CHARACTERS_MAX)
    throw invalidField(
      'status',
      'ERR_TOO_LONG',
      `has ${length} characters, allowed are ${STATUS_CHARACTERS_MAX}`,
    );
  refuseUnsupported(fields);
  const spoilerText = fields.string('spoiler_text', { charactersMax: SPOILER_CHARACTERS_MAX }) ?? '';
  return {
    text,
    visibility: fields.oneOf('visibility', VISIBILITIES) ?? 'public',
    inReplyToId: parentId(fields),
    // As in Mastodon: a content warning makes a status sensitive.
    sensitive: fields.boolean('sensitive') === true || spoilerText !== '',
    spoilerText,
    language: language(fields),
  };
}

function refuseUnsupported(fields: FieldReader): void {
  if (fields.list('media_ids').length > 0)
    throw invalidField('media_ids', 'ERR_INVALID', 'cannot be given, statuses here are text only');
  for (const name of NOT_HERE)
    if (fields.has(name))
      throw invalidField(name, 'ERR_INVALID', 'cannot be given, it is not supported here');
}

function parentId(fields: FieldReader): Id | null {
  const raw = fields.string('in_reply_to_id');
  if (raw === null || raw === '') return null;
  const id = parseId(raw);
  if (id === null) throw notFound();
  return id;
}

function language(fields: FieldReader): string | null {
  const raw = fields.string('language');
  if (raw === null || raw === '') return null;
  if (!LANGUAGE.test(raw))
    throw invalidField(
      'language',
      'ERR_INVALID',
      `is ${JSON.stringify(raw.slice(0, 40))}, allowed are codes of ISO 639, such as en or pt-BR`,
    );
  return raw;
}
