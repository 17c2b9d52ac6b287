import { ID_MAX, parseId, type Id } from '@murmur/model';
import type { FieldMap } from './body-core.js';
import { invalidField, type ApiError } from './error-core.js';
import type { FieldReader, StringLimits } from './types.js';

/** Unicode characters of a field nobody set a tighter limit for. */
export const FIELD_CHARACTERS_MAX = 10_000;
export const LIST_ITEMS_MAX = 200;

const TRUE: ReadonlySet<unknown> = new Set([true, 1, '1', 'true', 'True', 'TRUE', 't', 'on']);
const FALSE: ReadonlySet<unknown> = new Set([false, 0, '0', 'false', 'False', 'FALSE', 'f', 'off', '']);
const FORBIDDEN = /\0|\p{Surrogate}/u;
/** How much of a bad value an error repeats. */
const SHOWN_CHARACTERS = 40;

/** A reader over the first map that has the name. */
export function fieldReader(...maps: readonly FieldMap[]): FieldReader {
  const find = (name: string): unknown => {
    for (const map of maps) {
      const value = map.get(name);
      if (value !== undefined) return value;
    }
    return null;
  };
  const reader: FieldReader = {
    has: (name) => find(name) !== null,
    string: (name, limits) => nullOr(find(name), (value) => text(name, value, limits)),
    required: (name, limits) => {
      const value = reader.string(name, limits);
      if (value === null || value.trim() === '') throw invalidField(name, 'ERR_BLANK', "can't be blank");
      return value;
    },
    boolean: (name) => nullOr(find(name), (value) => truth(name, value)),
    id: (name) => nullOr(find(name), (value) => decimalId(name, value)),
    integer: (name, min, max) => nullOr(find(name), (value) => whole(name, value, min, max)),
    oneOf: (name, allowed) => nullOr(find(name), (value) => choice(name, value, allowed)),
    list: (name) => items(name, find(name)).map((item) => text(name, item)),
    ids: (name) => items(name, find(name)).map((item) => decimalId(name, item)),
  };
  return reader;
}

function nullOr<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null ? null : read(value);
}

/** A value as an error may repeat it: bounded, and never deep. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const plain = typeof value === 'string' ? value : String(value);
  const cut = plain.length > SHOWN_CHARACTERS ? `${plain.slice(0, SHOWN_CHARACTERS)}…` : plain;
  return JSON.stringify(cut);
}

function refused(name: string, value: unknown, allowed: string): ApiError {
  return invalidField(name, 'ERR_INVALID', `is ${shown(value)}, allowed is ${allowed}`);
}

function text(name: string, value: unknown, limits: StringLimits = {}): string {
  // A larger whole number was rounded by JSON already: an id would be another one.
  const isExact = typeof value === 'number' && (Number.isSafeInteger(value) || !Number.isInteger(value));
  const plain = isExact ? String(value) : value;
  if (typeof plain !== 'string') throw refused(name, value, 'a string');
  if (FORBIDDEN.test(plain))
    throw invalidField(name, 'ERR_INVALID', 'has a null character or half a surrogate pair');
  const { charactersMax = FIELD_CHARACTERS_MAX } = limits;
  const characters = characterCount(plain, charactersMax);
  if (characters > charactersMax)
    throw invalidField(name, 'ERR_TOO_LONG', `has ${characters} characters, allowed are ${charactersMax}`);
  return plain;
}

/** Unicode characters; code units where there are few enough of those anyway. */
function characterCount(plain: string, enough: number): number {
  if (plain.length <= enough) return plain.length;
  let count = 0;
  for (const character of plain) count += character === '' ? 0 : 1;
  return count;
}

function truth(name: string, value: unknown): boolean {
  if (TRUE.has(value)) return true;
  if (FALSE.has(value)) return false;
  throw refused(name, value, 'true or false');
}

function decimalId(name: string, value: unknown): Id {
  const plain = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  const id = typeof plain === 'string' ? parseId(plain) : null;
  if (id === null) throw refused(name, value, `a decimal id from 0 to ${ID_MAX}`);
  return id;
}

function whole(name: string, value: unknown, min: number, max: number): number {
  const plain = typeof value === 'string' && /^-?[0-9]{1,15}$/.test(value) ? Number(value) : value;
  if (typeof plain !== 'number' || !Number.isInteger(plain) || plain < min || plain > max)
    throw refused(
      name,
      value,
      max === Number.MAX_SAFE_INTEGER
        ? `a whole number from ${min} up`
        : `a whole number from ${min} to ${max}`,
    );
  return plain;
}

function choice<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  const known = allowed.find((one) => one === value);
  if (known === undefined)
    throw invalidField(name, 'ERR_INCLUSION', `is ${shown(value)}, allowed is one of ${allowed.join(', ')}`);
  return known;
}

function items(name: string, value: unknown): readonly unknown[] {
  if (value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > LIST_ITEMS_MAX)
    throw invalidField(name, 'ERR_TOO_LONG', `has ${list.length} items, allowed are ${LIST_ITEMS_MAX}`);
  return list;
}
