import fc from 'fast-check';
import type { AnyField, FieldType, Message, ScalarName } from '../../src/index.js';

const SCALARS: Readonly<Record<ScalarName, fc.Arbitrary<unknown>>> = {
  string: fc.string({ unit: 'binary' }),
  bool: fc.boolean(),
  int32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  uint32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  int64: fc.maxSafeInteger(),
  uint64: fc.maxSafeNat(),
  float: fc.float({ noNaN: true }).map(noMinusZero),
  double: fc.double({ noNaN: true }).map(noMinusZero),
  bytes: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')),
};

function noMinusZero(value: number): number {
  return value === 0 ? 0 : value;
}

/** Any value of a message, `depth` levels of optional messages deep; defaults are always set, as `decode` gives them. */
export function arbitraryMessage<T>(type: Message<T>, depth = 2): fc.Arbitrary<T> {
  const entries = Object.entries(type.fields).flatMap(([name, field]) => {
    const value = arbitraryField(field, depth);
    return value === null ? [] : [[name, value] as const];
  });
  const requiredKeys = Object.entries(type.fields).flatMap(([name, field]) =>
    field.label === 'required' || field.default !== undefined ? [name] : [],
  );
  return fc.record(Object.fromEntries(entries), { requiredKeys }) as unknown as fc.Arbitrary<T>;
}

function arbitraryField(field: AnyField, depth: number): fc.Arbitrary<unknown> | null {
  const isMessage = typeof field.type !== 'string' && field.type.kind === 'message';
  if (isMessage && depth === 0 && field.label !== 'required') return null;
  const one = arbitraryType(field.type, Math.max(0, depth - 1));
  if (field.label === 'repeated') return fc.array(one, { minLength: 1, maxLength: 2 });
  if (field.label === 'map')
    return fc.dictionary(fc.string({ minLength: 1 }), one, { minKeys: 1, maxKeys: 2 });
  return one;
}

function arbitraryType(type: FieldType, depth: number): fc.Arbitrary<unknown> {
  if (typeof type === 'string') return SCALARS[type];
  return type.kind === 'enum' ? fc.constantFrom(...type.values) : arbitraryMessage(type, depth);
}
