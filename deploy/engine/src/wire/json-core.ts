import { FieldDecodeError, decodeScalar, encodeScalar } from './scalars-core.js';
import type { AnyField, FieldType, Message } from './schema.js';

/**
 * Mesos's JSON, which is not protobuf's canonical mapping (stout `protobuf.hpp` and `jsonify`): names as in the .proto
 * file, unknown fields ignored, `null` = unset, enums by name (an unknown one is unset where the field is optional), numbers and
 * booleans also as text, a bare element for a list of one. Printed are all set fields in declaration order and unset ones
 * that have an explicit default.
 */

/** JSON that is not a message of the wanted type; the text is what Mesos would answer. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

type Fields = Record<string, unknown>;

/**
 * Reads a parsed JSON value as a message. Explicit defaults are filled in, so that a reader sees what Mesos would see.
 * Throws DecodeError: a wrong type names the field, missing required fields are listed with their paths.
 */
export function decode<T>(type: Message<T>, json: unknown): T {
  const missing: string[] = [];
  let value: Fields;
  try {
    value = decodeMessage(type, json, '', missing);
  } catch (error) {
    if (error instanceof FieldDecodeError) throw new DecodeError(error.message);
    throw error;
  }
  if (missing.length > 0) throw new DecodeError(`Missing required fields: ${missing.join(', ')}`);
  return value as T;
}

/** As `decode`, from text. Throws DecodeError with the place where the text stops being JSON. */
export function decodeText<T>(type: Message<T>, text: string): T {
  return decode(type, parseJson(text));
}

/** JSON.parse with Mesos's error: `syntax error at line N near: REST`. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const position = firstWrong(text);
    const line = text.slice(0, position).split('\n').length;
    const rest = text.slice(position).split('\n')[0] ?? '';
    throw new DecodeError(`syntax error at line ${line} near: ${rest.slice(0, NEAR_MAX)}`);
  }
}

/** How much of the offending text is quoted. */
const NEAR_MAX = 100;

/** The length of the longest beginning that could still become JSON; V8 does not always say where it stopped. */
function firstWrong(text: string): number {
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (canContinue(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function canContinue(prefix: string): boolean {
  try {
    JSON.parse(prefix);
    return true;
  } catch (error) {
    const { message } = error as SyntaxError; // JSON.parse throws nothing else
    const position = /position (\d+)/.exec(message)?.[1];
    return position === undefined ? message.includes('end of JSON') : Number(position) >= prefix.length;
  }
}

function decodeMessage<T>(type: Message<T>, json: unknown, path: string, missing: string[]): Fields {
  if (!isObject(json))
    throw new FieldDecodeError(`Expecting a JSON object for '${path === '' ? type.name : path}'`);
  const result: Fields = {};
  for (const [name, field] of Object.entries(type.fields)) {
    const at = path === '' ? name : `${path}.${name}`;
    const given = Object.hasOwn(json, name) ? json[name] : undefined;
    const value = given === undefined || given === null ? undefined : decodeField(field, given, at, missing);
    if (value !== undefined) result[name] = value;
    else if (field.default !== undefined) result[name] = field.default;
    else if (field.label === 'required') missing.push(at);
  }
  return result;
}

function decodeField(field: AnyField, json: unknown, path: string, missing: string[]): unknown {
  if (field.label === 'repeated') {
    const elements = flatten(json);
    const values = elements.flatMap((element, i) => {
      const value = decodeValue(field, element, `${path}[${i}]`, missing);
      return value === undefined ? [] : [value];
    });
    return values.length === 0 ? undefined : values;
  }
  if (Array.isArray(json)) throw new FieldDecodeError(`Not expecting a JSON array for field '${path}'`);
  if (field.label !== 'map') return decodeValue(field, json, path, missing);
  if (!isObject(json)) throw new FieldDecodeError(`Expecting a JSON object for field '${path}'`);
  const entries = Object.entries(json).flatMap(([key, element]) => {
    const value = element === null ? undefined : decodeValue(field, element, `${path}.${key}`, missing);
    return value === undefined ? [] : [[key, value] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** A bare element counts as a list of one; nulls are unset, so they are nothing. */
function flatten(json: unknown): unknown[] {
  return (Array.isArray(json) ? json.flat(Infinity) : [json]).filter((element) => element !== null);
}

function decodeValue(field: AnyField, json: unknown, path: string, missing: string[]): unknown {
  const { type } = field;
  if (typeof type === 'string') return decodeScalar(type, json, path);
  if (type.kind === 'message') return decodeMessage(type, json, path, missing);
  if (typeof json !== 'string')
    throw new FieldDecodeError(`Expecting the name of a ${type.name} for field '${path}'`);
  if (type.values.includes(json)) return json;
  if (field.label === 'required') throw new FieldDecodeError(`Failed to find enum for '${json}'`);
  return undefined;
}

function isObject(json: unknown): json is Fields {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** A message as one line of ASCII JSON. A required field that is unset is an error of the program and throws. */
export function encode<T>(type: Message<T>, value: T): string {
  const given = value as Fields;
  const parts: string[] = [];
  for (const [name, field] of Object.entries(type.fields)) {
    const text = encodeField(field, given[name]);
    if (text !== null) parts.push(`"${name}":${text}`);
    else if (field.label === 'required')
      throw new TypeError(`${type.name}: required field '${name}' is unset`);
  }
  return `{${parts.join(',')}}`;
}

function encodeField(field: AnyField, given: unknown): string | null {
  const value = given ?? field.default;
  if (value === undefined || value === null) return null;
  if (field.label === 'repeated') {
    const list = value as readonly unknown[];
    return list.length === 0
      ? null
      : `[${list.map((element) => encodeValue(field.type, element)).join(',')}]`;
  }
  if (field.label !== 'map') return encodeValue(field.type, value);
  const entries = Object.entries(value);
  if (entries.length === 0) return null;
  return `{${entries.map(([key, element]) => `${encodeScalar('string', key)}:${encodeValue(field.type, element)}`).join(',')}}`;
}

function encodeValue(type: FieldType, value: unknown): string {
  if (typeof type === 'string') return encodeScalar(type, value);
  return type.kind === 'message' ? encode(type, value) : `"${String(value)}"`;
}
