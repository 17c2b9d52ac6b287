import type { ValueRange } from '@murmur/engine';
import { normaliseRanges, type Ranges } from './ranges-core.js';

/** A value as flags write it: `4`, `[31000-32000, 33000-33100]`, `{a, b}`, or any other text. */
export type FlagValue =
  | { readonly type: 'SCALAR'; readonly value: number }
  | { readonly type: 'RANGES'; readonly ranges: Ranges }
  | { readonly type: 'SET'; readonly items: readonly string[] }
  | { readonly type: 'TEXT'; readonly text: string };

/** A value of a flag cannot be read; says which part and what is allowed. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Blanks mean nothing. Whether it is a number, ranges, a set or text is guessed from its form, as in Mesos. */
export function parseValue(text: string): FlagValue {
  const value = text.replaceAll(' ', '');
  if (value === '') throw new ValueError('Expecting non-empty string');
  if (value.startsWith('[')) return { type: 'RANGES', ranges: parseRanges(value) };
  if (value.startsWith('{')) return { type: 'SET', items: parseSet(value) };
  const bracket = /[[\]{}]/.exec(value)?.[0];
  if (bracket !== undefined) throw new ValueError(`Unexpected '${bracket}' found`);
  const number = NUMBER.test(value) ? Number(value) : NaN;
  return Number.isFinite(number) && number >= 0
    ? { type: 'SCALAR', value: number }
    : { type: 'TEXT', text: value };
}

/** `[1-5, 7-9]`; ranges that overlap or touch are merged. */
function parseRanges(text: string): Ranges {
  if (!text.endsWith(']')) throw new ValueError(`Mismatched brackets in '${text}'`);
  const inner = text.slice(1, -1);
  if (inner === '') return [];
  return normaliseRanges(inner.split(',').map(parseRange));
}

function parseRange(text: string): ValueRange {
  const match = /^(\d+)-(\d+)$/.exec(text);
  if (match === null) throw new ValueError(`Expecting a range like 31000-32000 in '${text}'`);
  const [begin, end] = [Number(match[1]), Number(match[2])];
  if (!Number.isSafeInteger(begin) || !Number.isSafeInteger(end)) {
    throw new ValueError(`Expecting numbers below 2^53 in '${text}'`);
  }
  if (begin > end) throw new ValueError(`Expecting begin <= end in '${text}'`);
  return { begin, end };
}

function parseSet(text: string): readonly string[] {
  if (!text.endsWith('}')) throw new ValueError(`Mismatched brackets in '${text}'`);
  const items = text
    .slice(1, -1)
    .split(',')
    .filter((item) => item !== '');
  const bracket = items.find((item) => /[[\]{}]/.test(item));
  if (bracket !== undefined) throw new ValueError(`Mismatched brackets in '${bracket}'`);
  return [...new Set(items)].sort();
}
