import * as containers from './container-schema-core.js';
import * as jobs from './job-schema-core.js';
import type { FieldLabel, Shape, Struct } from './schema-core.js';
import * as services from './service-schema-core.js';
import * as thermos from './thermos-schema-core.js';
import * as updates from './update-schema-core.js';

/** Every struct under Aurora's name for it, with its fields and defaults: what a loader, a command line and the README need. */
export const schema: Readonly<Record<string, Struct<unknown>>> = Object.fromEntries(
  [thermos, updates, services, containers, jobs]
    .flatMap((module) => Object.values<unknown>({ ...module }))
    .filter(isStruct)
    .map((struct) => [struct.shape.name, struct]),
);

export interface FieldRow {
  readonly name: string;
  /** Pystachio's words: `Integer`, `List(Process)`. */
  readonly type: string;
  readonly label: FieldLabel;
  /** The default as JSON; absent unless the label is `defaulted`. */
  readonly default?: unknown;
}

/** The fields of a struct, in the schema's order. */
export function fieldRows(struct: Struct<unknown>): readonly FieldRow[] {
  return Object.entries(struct.shape.fields).map(([name, { of, label, default: value }]) => ({
    name,
    type: typeName(of.shape),
    label,
    ...(label === 'defaulted' ? { default: value } : {}),
  }));
}

function typeName(shape: Shape): string {
  switch (shape.kind) {
    case 'string':
      return 'String';
    case 'integer':
      return 'Integer';
    case 'float':
      return 'Float';
    case 'boolean':
      return 'Boolean';
    case 'enum':
      return `Enum(${shape.values.join(', ')})`;
    case 'list':
      return `List(${typeName(shape.of.shape)})`;
    case 'map':
      return `Map(String, ${typeName(shape.of.shape)})`;
    case 'struct':
      return shape.name;
    case 'choice':
      return `Choice(${shape.of.map((struct) => struct.shape.name).join(', ')})`;
  }
}

function isStruct(value: unknown): value is Struct<unknown> {
  if (typeof value !== 'object' || value === null || !('shape' in value)) return false;
  return (value.shape as Shape).kind === 'struct';
}
