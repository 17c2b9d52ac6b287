/**
 * A small language for describing Mesos messages. A message is a table of fields; the TypeScript type is derived from the
 * table, and the codec (`json-core.ts`) reads the table too, so that type and wire form cannot disagree.
 *
 * A message value looks as on the wire: snake_case names, ids as `{ value }`, absent = unset, an absent list = an empty one.
 * `bytes` are base64 strings, 64-bit integers are numbers (exact up to 2^53, as JSON carries them).
 */
export type ScalarName =
  'string' | 'bool' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'float' | 'double' | 'bytes';

interface ScalarTypes {
  string: string;
  bool: boolean;
  int32: number;
  uint32: number;
  int64: number;
  uint64: number;
  float: number;
  double: number;
  bytes: string;
}

/** A closed set of names; integers are never used for enums in Mesos's JSON. */
export interface Enumeration<V extends string> {
  readonly kind: 'enum';
  readonly name: string;
  readonly values: readonly V[];
}

/** A message of type T: its name in the .proto file and its fields in declaration order. */
export interface Message<T> {
  readonly kind: 'message';
  readonly name: string;
  readonly fields: Readonly<Record<string, AnyField>>;
  /** Carries T for inference only; never set. */
  readonly type?: T;
}

export type FieldLabel = 'required' | 'optional' | 'repeated' | 'map';
export type FieldType = ScalarName | Enumeration<string> | Message<unknown>;

export interface Field<T, L extends FieldLabel> {
  readonly label: L;
  readonly type: FieldType;
  /** Explicit default of the .proto file, printed when the field is unset. */
  readonly default?: T;
}
export type AnyField = Field<unknown, FieldLabel>;

type Value<S> = S extends ScalarName
  ? ScalarTypes[S]
  : S extends Enumeration<infer V>
    ? V
    : S extends Message<infer T>
      ? T
      : never;

export type ValueOf<E> = E extends Enumeration<infer V> ? V : never;

type KeysOf<F, L extends FieldLabel> = {
  [K in keyof F]: F[K] extends Field<unknown, L> ? K : never;
}[keyof F];

/** The TypeScript type of a table of fields. */
export type Of<F> = {
  readonly [K in KeysOf<F, 'required'>]: F[K] extends Field<infer T, 'required'> ? T : never;
} & {
  readonly [K in KeysOf<F, 'optional'>]?: F[K] extends Field<infer T, 'optional'> ? T : never;
} & {
  readonly [K in KeysOf<F, 'repeated'>]?: F[K] extends Field<infer T, 'repeated'> ? readonly T[] : never;
} & {
  readonly [K in KeysOf<F, 'map'>]?: F[K] extends Field<infer T, 'map'> ? Readonly<Record<string, T>> : never;
};

export function enumeration<const V extends string>(name: string, values: readonly V[]): Enumeration<V> {
  return { kind: 'enum', name, values };
}

export function message<T>(name: string, fields: Readonly<Record<string, AnyField>>): Message<T> {
  return { kind: 'message', name, fields };
}

export function required<const S extends FieldType>(type: S): Field<Value<S>, 'required'> {
  return { label: 'required', type };
}

export function optional<const S extends FieldType>(type: S): Field<Value<S>, 'optional'> {
  return { label: 'optional', type };
}

/** An optional field that is printed with this value while it is unset. */
export function withDefault<const S extends FieldType>(
  type: S,
  value: Value<S>,
): Field<Value<S>, 'optional'> {
  return { label: 'optional', type, default: value };
}

export function repeated<const S extends FieldType>(type: S): Field<Value<S>, 'repeated'> {
  return { label: 'repeated', type };
}

/** A map with string keys, an object in JSON. */
export function mapOf<const S extends FieldType>(type: S): Field<Value<S>, 'map'> {
  return { label: 'map', type };
}
