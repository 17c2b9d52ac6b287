import { nearest } from '@murmur/model';
import { z } from 'zod';

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const SIZE_UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** `also` is what errors name as allowed beside the number. */
export function wholeNumber(min: number, max: number, also = ''): z.ZodNumber {
  const allowed = `a whole number from ${min} to ${max}${also}`;
  return z.number(allowed).int(allowed).min(min, allowed).max(max, allowed);
}

/** A number with a unit, such as `30s` or `16MiB`, or a plain number of the smallest unit. */
function withUnit(units: Readonly<Record<string, number>>, min: number, max: number, allowed: string) {
  return z.union([z.number(), z.string()], allowed).transform((value, context): number => {
    const text = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(String(value));
    const factor = text?.[2] === undefined ? undefined : units[text[2]];
    const result = typeof value === 'number' ? value : Math.round(Number(text?.[1]) * (factor ?? Number.NaN));
    if (Number.isSafeInteger(result) && result >= min && result <= max) return result;
    context.addIssue({ code: 'custom', message: allowed });
    return z.NEVER;
  });
}

/** What a time may be, as errors say it. */
export const A_DURATION = 'milliseconds, or text with a unit (ms, s, m, h, d), at most ten years';

/** Milliseconds, or text with a unit: `500ms`, `30s`, `5m`, `1h`, `2d`. */
export function duration(allowed = A_DURATION) {
  const max = 10 * 365 * 86_400_000;
  return withUnit(DURATION_UNITS, 0, max, allowed);
}

/** The same, or null. */
export function durationOrNull() {
  return duration(`${A_DURATION}, or null`).nullable();
}

/** Bytes, or text with a unit: `512B`, `64KiB`, `16MiB`, `1GiB`. */
export function size(min: number, max = Number.MAX_SAFE_INTEGER) {
  return withUnit(
    SIZE_UNITS,
    min,
    max,
    `bytes, or text with a unit (B, KiB, MiB, GiB), from ${min} to ${max}`,
  );
}

/** What is wrong with one field of the file. Where `keys` are unknown fields, the message lists those that are allowed. */
export interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly code?: string | undefined;
  readonly keys?: readonly string[] | undefined;
}

/** An object with these fields and no others: an error says `what` it is, or lists the fields. */
export function fieldsOf<T extends z.core.$ZodLooseShape>(shape: T, what: string) {
  const names = Object.keys(shape).join(', ');
  return z.strictObject(shape, { error: ({ code }) => (code === 'unrecognized_keys' ? names : what) });
}

/** Longer values are cut in messages. */
const SHOWN_CHARS_MAX = 100;

/** A config that cannot be used: for each wrong field the field, its value, what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(issues: readonly Issue[], raw: unknown) {
    super(issues.map((issue) => describe(issue, raw)).join('; '));
  }
}

function describe(issue: Issue, raw: unknown): string {
  const field = issue.path.reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : `${text}${text === '' ? '' : '.'}${String(key)}`,
    '',
  );
  if (issue.keys !== undefined) {
    const inside = field === '' ? 'the file' : field;
    const allowed = issue.message.split(', ');
    const unknown = issue.keys.map((key) => {
      const near = nearest(key, allowed);
      return `${JSON.stringify(key)}${near === undefined ? '' : ` (did you mean ${near}?)`}`;
    });
    return `${inside}: unknown field ${unknown.join(', ')}; allowed are ${allowed.join(', ')}`;
  }
  let value = raw;
  for (const key of issue.path) {
    value =
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  }
  return `${field === '' ? 'the file' : field}: ${shown(value)} is not allowed; allowed is ${issue.message}`;
}

/** A value as people read it. With YAML's aliases it may contain itself. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  let text: string;
  try {
    text = JSON.stringify(value);
  } catch {
    return 'what contains itself';
  }
  return text.length <= SHOWN_CHARS_MAX ? text : `${text.slice(0, SHOWN_CHARS_MAX)}...`;
}
