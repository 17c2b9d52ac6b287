import { schema } from '../catalogue-core.js';
import type { FieldLabel, Shape, Struct } from '../schema-core.js';

/** The tables of the schema as JSON, from which the Python half makes its structs: so the two cannot disagree. */
export type SchemaJson = Readonly<Record<string, readonly FieldJson[]>>;

export interface FieldJson {
  readonly name: string;
  readonly label: FieldLabel;
  readonly type: ShapeJson;
  readonly default?: unknown;
}

/** A type as the prelude knows it. What a value may be beyond its type is checked after the evaluation, by `parseJob`. */
export type ShapeJson =
  | { readonly kind: 'string' | 'integer' | 'float' | 'boolean' }
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  | { readonly kind: 'list' | 'map'; readonly of: ShapeJson }
  | { readonly kind: 'struct'; readonly name: string }
  | { readonly kind: 'choice'; readonly of: readonly string[] };

/** Every struct of the schema, by its name. */
export function schemaJson(structs: Readonly<Record<string, Struct<unknown>>> = schema): SchemaJson {
  return Object.fromEntries(Object.entries(structs).map(([name, struct]) => [name, fieldsJson(struct)]));
}

function fieldsJson({ shape }: Struct<unknown>): readonly FieldJson[] {
  return Object.entries(shape.fields).map(([name, { label, of, default: value }]) => ({
    name,
    label,
    type: shapeJson(of.shape),
    ...(label === 'defaulted' ? { default: value } : {}),
  }));
}

function shapeJson(shape: Shape): ShapeJson {
  switch (shape.kind) {
    case 'string':
    case 'integer':
    case 'float':
    case 'boolean':
      return { kind: shape.kind };
    case 'enum':
      // A word in any case is text until the schema reads it.
      return shape.anyCase ? { kind: 'string' } : { kind: 'enum', values: shape.values };
    case 'list':
    case 'map':
      return { kind: shape.kind, of: shapeJson(shape.of.shape) };
    case 'struct':
      return { kind: 'struct', name: shape.name };
    case 'choice':
      return { kind: 'choice', of: shape.of.map((struct) => struct.shape.name) };
  }
}
