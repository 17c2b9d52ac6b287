import { didYouMean } from '@murmur/model';

/** What is wrong with one field. `value` is undefined when the field is missing. */
export interface ConfigError {
  readonly issue: 'invalid' | 'missing' | 'unknown';
  /** From the root, as `task.processes[1].max_failures`; empty for the root itself. */
  readonly path: string;
  readonly value: unknown;
  /** What is allowed; completes "is not …". */
  readonly expected: string;
}

export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: readonly ConfigError[] };

/** A config that is wrong in more places than these is wrong as a whole. */
export const ERRORS_MAX = 100;
/** Longer values are cut in messages. */
const SHOWN_CHARS_MAX = 80;

/** Gathers errors, at most `ERRORS_MAX`; what comes after is dropped. */
export class ErrorList {
  readonly #errors: ConfigError[] = [];

  get errors(): readonly ConfigError[] {
    return this.#errors;
  }

  add(error: ConfigError): void {
    if (this.#errors.length < ERRORS_MAX) this.#errors.push(error);
  }

  invalid(path: string, value: unknown, expected: string): void {
    this.add({ issue: 'invalid', path, value, expected });
  }

  /** Whether something at or below this field was found wrong. Once errors are dropped nobody knows: then it may have been. */
  touches(field: string): boolean {
    if (this.#errors.length >= ERRORS_MAX) return true;
    return this.#errors.some(
      ({ path }) => path.startsWith(field) && /^([.[]|$)/.test(path.slice(field.length)),
    );
  }
}

/** One line for people: `task.processes[1].max_failures: -1 is not an integer of at least 0`. */
export function formatError({ issue, path, value, expected }: ConfigError): string {
  const field = path === '' ? 'the whole config' : path;
  if (issue === 'missing') return `${field}: missing; it must be ${expected}`;
  if (issue === 'unknown') return `${field}: not a field of ${expected}${hint(path, expected)}`;
  return `${field}: ${show(value)} is not ${expected}`;
}

/** Its nearest neighbour; the struct's name is the first word of what is expected, its fields are the others. */
function hint(path: string, expected: string): string {
  const [field = ''] = /[^.[\]]+$/.exec(path) ?? [];
  return didYouMean(field, expected.match(/\w+/g)?.slice(1) ?? []);
}

/** `path.name`, or `path[name]` for a list's index. */
export function at(path: string, step: string | number): string {
  if (typeof step === 'number') return `${path}[${step}]`;
  return path === '' ? step : `${path}.${step}`;
}

/** A value as people read it: text in quotes and cut, a list or an object by its kind. */
function show(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return shown.length <= SHOWN_CHARS_MAX ? shown : `${shown.slice(0, SHOWN_CHARS_MAX)}…`;
}
