import type { Shape } from './schema-core.js';

/**
 * Scalars as Pystachio reads them: a template that has resolved to text is still a number or a boolean, so `"3"` is an integer.
 * Stricter in two places, where Pystachio hides a slip: a fraction is no integer (it cuts `1.5` to 1), and a boolean is neither
 * a number nor a text.
 */
type ScalarShape = Extract<Shape, { kind: 'string' | 'integer' | 'float' | 'boolean' | 'enum' }>;

const INTEGER = /^\s*[+-]?\d+\s*$/;
const FLOAT = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;
const BOOLEANS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  ['true', true],
  ['1', true],
  [1, true],
  ['false', false],
  ['0', false],
  [0, false],
]);

/** The value as this scalar, or undefined when it is none. */
export function readScalar(shape: ScalarShape, value: unknown): string | number | boolean | undefined {
  switch (shape.kind) {
    case 'string':
      return readText(shape, value);
    case 'integer':
      return within(shape, readNumber(value, INTEGER, Number.isSafeInteger));
    case 'float': {
      const number = within(shape, readNumber(value, FLOAT, Number.isFinite));
      return shape.above && number === shape.min ? undefined : number;
    }
    case 'boolean':
      if (typeof value === 'boolean') return value;
      return BOOLEANS.get(typeof value === 'string' ? value.toLowerCase() : value);
    case 'enum':
      if (typeof value !== 'string') return undefined;
      return shape.values.find((word) => word === (shape.anyCase ? value.toUpperCase() : value));
  }
}

/** What the shape allows, in words. */
export function describe(shape: Shape): string {
  switch (shape.kind) {
    case 'string':
      return shape.expected;
    case 'integer':
      return `an integer${bounds(shape.min, shape.max, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)}`;
    case 'float':
      if (shape.above) return `a number above ${shape.min}`;
      return `a number${bounds(shape.min, shape.max, -Number.MAX_VALUE, Number.MAX_VALUE)}`;
    case 'boolean':
      return 'true or false';
    case 'enum':
      return `one of ${shape.values.join(', ')}`;
    case 'list':
      return `a list${shape.min > 0 ? ` of at least ${shape.min}` : ''}`;
    case 'map':
      return 'an object';
    case 'struct':
      return `an object (${shape.name})`;
    case 'choice':
      return `an object (${shape.of.map((struct) => struct.shape.name).join(' or ')})`;
  }
}

function readText({ pattern }: Extract<Shape, { kind: 'string' }>, value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && (pattern?.test(text) ?? true) ? text : undefined;
}

function readNumber(
  value: unknown,
  grammar: RegExp,
  allowed: (number: number) => boolean,
): number | undefined {
  if (typeof value === 'string' && !grammar.test(value)) return undefined;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  // `+ 0` makes -0 a 0: JSON prints them alike, so they must be alike.
  const number = Number(value) + 0;
  return allowed(number) ? number : undefined;
}

function within({ min, max }: { min: number; max: number }, number: number | undefined): number | undefined {
  return number !== undefined && number >= min && number <= max ? number : undefined;
}

function bounds(min: number, max: number, lowest: number, highest: number): string {
  if (max < highest) return ` from ${min} to ${max}`;
  return min > lowest ? ` of at least ${min}` : '';
}
