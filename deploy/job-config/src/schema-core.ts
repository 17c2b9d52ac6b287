/**
 * A small language for describing Aurora's structs. A struct is a table of fields; its TypeScript type is derived from the
 * table, and the reader (`read-core.ts`), the README's tables and later the loader read the same table: they cannot disagree.
 *
 * A parsed value looks as Aurora's client prints it in JSON: snake_case names, times in seconds, sizes in bytes; every field with
 * a default is present, a field without one is absent while it is unset (Pystachio's `Empty`).
 */
export type Shape =
  | { readonly kind: 'string'; readonly pattern?: RegExp; readonly expected: string }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'float'; readonly min: number; readonly above: boolean; readonly max: number }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'enum'; readonly values: readonly string[]; readonly anyCase: boolean }
  | { readonly kind: 'list'; readonly of: Type<unknown>; readonly min: number }
  | { readonly kind: 'map'; readonly of: Type<unknown> }
  | StructShape
  | { readonly kind: 'choice'; readonly of: readonly Struct<unknown>[] };

interface StructShape {
  readonly kind: 'struct';
  /** Aurora's name of the struct. */
  readonly name: string;
  readonly fields: Readonly<Record<string, AnyField>>;
}

/** Describes values of type T. */
export interface Type<T> {
  readonly shape: Shape;
  /** Carries T for inference only; never set. */
  readonly type?: T;
}

export interface Struct<T> extends Type<T> {
  readonly shape: StructShape;
}

export type FieldLabel = 'required' | 'defaulted' | 'optional';

export interface Field<T, L extends FieldLabel> {
  readonly label: L;
  readonly of: Type<T>;
  /** What is read when the field is absent: JSON, as a user would write it. */
  readonly default?: unknown;
}
export type AnyField = Field<unknown, FieldLabel>;

type KeysOf<F, L extends FieldLabel> = {
  [K in keyof F]: F[K] extends Field<unknown, L> ? K : never;
}[keyof F];
type FieldValue<E> = E extends Field<infer T, FieldLabel> ? T : never;

/** The TypeScript type of a table of fields. */
export type Of<F> = { readonly [K in KeysOf<F, 'required' | 'defaulted'>]: FieldValue<F[K]> } & {
  readonly [K in KeysOf<F, 'optional'>]?: FieldValue<F[K]>;
};
export type ValueOf<S> = S extends Type<infer T> ? T : never;

const INTEGER_MAX = Number.MAX_SAFE_INTEGER;

/** Text. With a pattern, `expected` says in words what the pattern means. */
export function text(pattern?: RegExp, expected = 'a string'): Type<string> {
  return { shape: { kind: 'string', expected, ...(pattern === undefined ? {} : { pattern }) } };
}

export function integer(min: number, max = INTEGER_MAX): Type<number> {
  return { shape: { kind: 'integer', min, max } };
}

export function float(min: number, max = Number.MAX_VALUE): Type<number> {
  return { shape: { kind: 'float', min, above: false, max } };
}

export function floatAbove(min: number): Type<number> {
  return { shape: { kind: 'float', min, above: true, max: Number.MAX_VALUE } };
}

export const boolean: Type<boolean> = { shape: { kind: 'boolean' } };

/** A closed set of words. `anyCase`: read in any case, kept as spelled here. */
export function oneOf<const V extends string>(values: readonly V[], anyCase = false): Type<V> {
  return { shape: { kind: 'enum', values, anyCase } };
}

export function list<T>(of: Type<T>, min = 0): Type<readonly T[]> {
  return { shape: { kind: 'list', of, min } };
}

/** A map with text keys, an object in JSON. */
export function mapOf<T>(of: Type<T>): Type<Readonly<Record<string, T>>> {
  return { shape: { kind: 'map', of } };
}

export function struct<const F extends Readonly<Record<string, AnyField>>>(
  name: string,
  fields: F,
): Struct<Of<F>> {
  return { shape: { kind: 'struct', name, fields } };
}

/** One of several structs. JSON carries no mark of which: it is the one that the fields fit, the first of them if several do. */
export function choice<const S extends readonly Struct<unknown>[]>(...of: S): Type<ValueOf<S[number]>> {
  return { shape: { kind: 'choice', of } };
}

export function required<T>(of: Type<T>): Field<T, 'required'> {
  return { label: 'required', of };
}

export function optional<T>(of: Type<T>): Field<T, 'optional'> {
  return { label: 'optional', of };
}

/** A field that is read from `value` while it is absent. */
export function withDefault<T>(of: Type<T>, value: unknown): Field<T, 'defaulted'> {
  return { label: 'defaulted', of, default: value };
}
