import type { z } from './zod.js';

/** A schema of the contract, for whoever reads inputs without knowing the library behind it. */
export type InputSchema = z.ZodType;

export type Input =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problems: readonly string[] };

/** A request that is wrong in more places than these is wrong as a whole. */
const PROBLEMS_MAX = 20;
const SHOWN_CHARS_MAX = 80;

/** Reads a value; a problem is one line that names the field, its value and what is allowed. */
export function readInput(schema: InputSchema, value: unknown, where: string): Input {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return { ok: true, value: result.data };
  const problems = result.error.issues
    .slice(0, PROBLEMS_MAX)
    .map((issue) => `${fieldText(where, issue.path)}: ${valueText(issue)}${issue.message}`);
  return { ok: false, problems };
}

function fieldText(where: string, path: readonly PropertyKey[]): string {
  return path.length === 0 ? where : `${where}'s ${path.map(String).join('.')}`;
}

function valueText({ code, input }: z.core.$ZodIssue): string {
  if (code === 'unrecognized_keys' || input === undefined) return '';
  const shown =
    typeof input === 'object' && input !== null
      ? Array.isArray(input)
        ? 'a list'
        : 'an object'
      : JSON.stringify(input);
  return `${shown.length > SHOWN_CHARS_MAX ? `${shown.slice(0, SHOWN_CHARS_MAX)}…` : shown} cannot be used: `;
}
