import { at, ErrorList } from './error-core.js';
import type { ConfigError } from './error-core.js';
import { describe, readScalar } from './scalar-core.js';
import type { AnyField, Shape, Struct, Type } from './schema-core.js';

/** What to do with a field the struct does not have: Aurora's client refuses it, its executor does not look at it. */
export type Unknown = 'refuse' | 'ignore';

/** Lists and maps longer than this are refused: far above any real job, far below what would stall a process. */
export const ENTRIES_MAX = 10_000;

/** Marks a value that was refused; its error is in the list. */
const REFUSED = Symbol('refused');

/**
 * Reads JSON against a struct: coerces scalars, fills defaults, gathers every error. The value is complete where `errors` does
 * not touch it; a refused field is absent from it, a refused entry from its list. Undefined when the JSON is no object at all.
 */
export function readStruct<T>(
  of: Struct<T>,
  json: unknown,
  unknown: Unknown,
  errors: ErrorList,
): Partial<T> | undefined {
  const value = read(of, json, '', { unknown, errors });
  return value === REFUSED ? undefined : (value as Partial<T>);
}

interface Reading {
  readonly unknown: Unknown;
  readonly errors: ErrorList;
}

function read({ shape }: Type<unknown>, json: unknown, path: string, reading: Reading): unknown {
  switch (shape.kind) {
    case 'list':
      return readList(shape, json, path, reading);
    case 'map':
      return readMap(shape, json, path, reading);
    case 'struct':
      return readFields(shape, json, path, reading);
    case 'choice':
      return readChoice(shape, json, path, reading);
    case 'string':
    case 'integer':
    case 'float':
    case 'boolean':
    case 'enum': {
      const value = readScalar(shape, json);
      return value === undefined ? refuse(shape, json, path, reading) : value;
    }
  }
}

function refuse(shape: Shape, json: unknown, path: string, { errors }: Reading): typeof REFUSED {
  errors.invalid(path, json, describe(shape));
  return REFUSED;
}

type Kind<K extends Shape['kind']> = Extract<Shape, { kind: K }>;

function readList(shape: Kind<'list'>, json: unknown, path: string, reading: Reading): unknown {
  if (!Array.isArray(json) || json.length < shape.min) return refuse(shape, json, path, reading);
  if (json.length > ENTRIES_MAX) {
    reading.errors.invalid(path, json, `a list of at most ${ENTRIES_MAX}`);
    return REFUSED;
  }
  return json
    .map((entry: unknown, index) => read(shape.of, entry, at(path, index), reading))
    .filter((entry) => entry !== REFUSED);
}

function readMap(shape: Kind<'map'>, json: unknown, path: string, reading: Reading): unknown {
  if (!isObject(json)) return refuse(shape, json, path, reading);
  const entries = Object.entries(json);
  if (entries.length > ENTRIES_MAX) {
    reading.errors.invalid(path, json, `an object of at most ${ENTRIES_MAX} entries`);
    return REFUSED;
  }
  return present(entries.map(([key, entry]) => [key, read(shape.of, entry, at(path, key), reading)]));
}

function readFields(shape: Kind<'struct'>, json: unknown, path: string, reading: Reading): unknown {
  if (!isObject(json)) return refuse(shape, json, path, reading);
  if (reading.unknown === 'refuse') refuseUnknown(shape, json, path, reading);
  return present(
    Object.entries(shape.fields).map(([name, field]) => [
      name,
      readField(field, Object.hasOwn(json, name) ? json[name] : undefined, at(path, name), reading),
    ]),
  );
}

function readField(field: AnyField, json: unknown, path: string, reading: Reading): unknown {
  if (json !== undefined) return read(field.of, json, path, reading);
  if (field.label === 'defaulted') return read(field.of, field.default, path, reading);
  if (field.label === 'required') {
    reading.errors.add({ issue: 'missing', path, value: undefined, expected: describe(field.of.shape) });
  }
  return REFUSED;
}

function refuseUnknown(shape: Kind<'struct'>, json: object, path: string, { errors }: Reading): void {
  const names = Object.keys(shape.fields);
  for (const [name, value] of Object.entries(json)) {
    if (Object.hasOwn(shape.fields, name)) continue;
    const expected = `${shape.name} (${names.join(', ')})`;
    errors.add({ issue: 'unknown', path: at(path, name), value, expected });
  }
}

/** How far an error speaks against an alternative of a choice: a field it does not have most, one it still lacks least. */
function against({ issue, value }: ConfigError): number {
  if (issue === 'unknown') return 20;
  if (issue === 'missing') return 1;
  return isObject(value) ? 10 : 2;
}

/**
 * The alternative that fits best, the first of equals. Unknown fields count here even where they are ignored, for they are what
 * tells the alternatives apart. Then the errors of that one are reported.
 */
function readChoice(shape: Kind<'choice'>, json: unknown, path: string, reading: Reading): unknown {
  if (!isObject(json)) return refuse(shape, json, path, reading);
  const tries = shape.of.map((struct) => {
    const errors = new ErrorList();
    read(struct, json, path, { unknown: 'refuse', errors });
    return { struct, weight: errors.errors.reduce((sum, error) => sum + against(error), 0) };
  });
  const best = tries.reduce((least, next) => (next.weight < least.weight ? next : least));
  return read(best.struct, json, path, reading);
}

/** An object of the entries that were not refused. `fromEntries` defines `__proto__` as a key like any other. */
function present(entries: readonly (readonly [string, unknown])[]): object {
  return Object.fromEntries(entries.filter(([, value]) => value !== REFUSED));
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
