import type { ScalarName } from './schema.js';

/** A field whose JSON cannot be its type; the text names the field by its path. */
export class FieldDecodeError extends Error {
  override readonly name = 'FieldDecodeError';
}

/** Bounds of the integer types; 64-bit ones are exact only up to 2^53, which is what a JSON number carries here. */
const INTEGERS: Readonly<Partial<Record<ScalarName, readonly [min: number, max: number]>>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  int64: [-(2 ** 63), 2 ** 63],
  uint64: [0, 2 ** 64],
};

/** Standard alphabet, padded (RFC 4648 section 4); the URL alphabet is refused, as Mesos does. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** One scalar of Mesos's JSON: numbers and booleans may be text. Throws FieldDecodeError. */
export function decodeScalar(type: ScalarName, json: unknown, path: string): string | number | boolean {
  if (type === 'string' || type === 'bytes') {
    if (typeof json !== 'string') throw unexpected(json, path);
    if (type === 'bytes' && !BASE64.test(json))
      throw new FieldDecodeError(`Failed to base64 decode bytes field '${path}'`);
    return json;
  }
  if (type === 'bool') {
    if (typeof json === 'boolean') return json;
    if (json === 'true') return true;
    if (json === 'false') return false;
    if (typeof json !== 'string') throw unexpected(json, path);
    throw new FieldDecodeError(`Failed to parse '${json}' as a JSON boolean for field '${path}'`);
  }
  const bounds = INTEGERS[type];
  const number = decodeNumber(json, path, bounds === undefined);
  if (bounds === undefined) return number;
  const integer = Math.trunc(number); // as Mesos casts
  const [min, max] = bounds;
  if (integer < min || integer > max)
    throw new FieldDecodeError(`Number ${number} out of range for field '${path}' (${min} to ${max})`);
  return integer === 0 ? 0 : integer;
}

function decodeNumber(json: unknown, path: string, infinite: boolean): number {
  if (typeof json === 'number') return json;
  if (typeof json !== 'string') throw unexpected(json, path);
  if (infinite && json === 'Infinity') return Infinity;
  if (infinite && json === '-Infinity') return -Infinity;
  if (!NUMBER.test(json))
    throw new FieldDecodeError(`Failed to parse '${json}' as a JSON number for field '${path}'`);
  return Number(json);
}

function unexpected(json: unknown, path: string): FieldDecodeError {
  const kind = Array.isArray(json) ? 'array' : json === null ? 'null' : typeof json;
  return new FieldDecodeError(`Not expecting a JSON ${kind} for field '${path}'`);
}

/** The JSON text of a scalar, ASCII only. Doubles keep a fraction (`4.0`), as Mesos prints them. */
export function encodeScalar(type: ScalarName, value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value).replace(NON_ASCII, escapeUnit);
  if (typeof value !== 'number') return String(value);
  if (type !== 'double' && type !== 'float') return integerText(value);
  if (!Number.isFinite(value)) return `"${value}"`; // "Infinity": what the parser takes
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : String(value);
}

/** Never in exponent form: a strict reader of int64 takes digits only. */
function integerText(value: number): string {
  return Math.abs(value) < 1e21 ? String(value) : BigInt(value).toString();
}

/** Naive clients count characters where RecordIO counts bytes; with ASCII both are the same. */
const NON_ASCII = /[\u007f-\uffff]/g;

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
