/** One entry of a job's `constraints`, for the agent attribute it is keyed by. */
export type ParsedConstraint =
  /** The agent has any of the values; negated: none of them. */
  | { readonly kind: 'value'; readonly negated: boolean; readonly values: readonly string[] }
  /** At most this many active instances of the job per value of the attribute. */
  | { readonly kind: 'limit'; readonly limit: number };

export const CONSTRAINT_EXPECTED =
  "limit:<integer of at least 1>, or values joined by commas, '!' before them negates";
/** The attribute whose agents take nothing but jobs that ask for it. */
export const DEDICATED = 'dedicated';

const LIMIT_PREFIX = 'limit:';
const LIMIT = /^\s*\+?\d+\s*$/;

/** Reads `limit:3`, `a,b` or `!a,b`. Undefined for a limit below 1 or an empty value, which no agent could have. */
export function parseConstraint(text: string): ParsedConstraint | undefined {
  if (text.startsWith(LIMIT_PREFIX)) {
    const digits = text.slice(LIMIT_PREFIX.length);
    const limit = Number(digits);
    return LIMIT.test(digits) && Number.isSafeInteger(limit) && limit >= 1
      ? { kind: 'limit', limit }
      : undefined;
  }
  const negated = text.startsWith('!');
  const values = [...new Set((negated ? text.slice(1) : text).split(','))];
  return values.includes('') ? undefined : { kind: 'value', negated, values };
}

/** The text that `parseConstraint` reads as this. */
export function printConstraint(constraint: ParsedConstraint): string {
  if (constraint.kind === 'limit') return `${LIMIT_PREFIX}${constraint.limit}`;
  return `${constraint.negated ? '!' : ''}${constraint.values.join(',')}`;
}

/** What a dedicated constraint of this role may be, in words. */
export function dedicatedExpected(role: string): string {
  return `"${role}/<label>" or "*/<label>": hosts dedicated to another role are not for this one`;
}

/** Whether `role/label` or `*` and a label, one value, not negated, not a limit. */
export function isDedicatedFor(role: string, text: string): boolean {
  const constraint = parseConstraint(text);
  if (constraint?.kind !== 'value' || constraint.negated || constraint.values.length !== 1) return false;
  const [owner, label] = split(constraint.values[0] ?? '');
  return (owner === '*' || owner === role) && label !== '';
}

function split(value: string): readonly [string, string] {
  const slash = value.indexOf('/');
  return slash < 0 ? [value, ''] : [value.slice(0, slash), value.slice(slash + 1)];
}
