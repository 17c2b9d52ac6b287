import { CliError } from './exit-core.js';
import { optionName } from './spec-core.js';

export type OptionValue = boolean | number | string | readonly string[] | undefined;

/** Options of one call, by their long names. Asking for one of another kind is a mistake of the program. */
export class Options {
  readonly #values: Readonly<Record<string, OptionValue>>;

  constructor(values: Readonly<Record<string, OptionValue>>) {
    this.#values = values;
  }

  flag(long: string): boolean {
    // The parser takes `--no-x` for the opposite of `--x`.
    if (long.startsWith('--no-')) return this.#values[optionName(long.replace('--no-', '--'))] === false;
    return this.#values[optionName(long)] === true;
  }

  text(long: string): string | undefined {
    const value = this.#values[optionName(long)];
    return typeof value === 'string' ? value : undefined;
  }

  /** Of an integer or a number without a default. */
  number(long: string): number | undefined {
    const value = this.#values[optionName(long)];
    return typeof value === 'number' ? value : undefined;
  }

  /** Of one with a default. */
  integer(long: string): number {
    const value = this.number(long);
    if (value === undefined) throw new Error(`the flag ${long} has no default`);
    return value;
  }

  list(long: string): readonly string[] {
    const value = this.#values[optionName(long)];
    return Array.isArray(value) ? (value as readonly string[]) : [];
  }
}

const BINDING = /^([\w.[\]/-]+)=(.*)$/s;

/** `--bind name=value`, as often as it was given; the last of equal names wins. */
export function bindings(options: Options): Readonly<Record<string, string>> {
  const pairs = options.list('--bind').map((text) => {
    const match = BINDING.exec(text);
    if (match === null) throw new CliError('USAGE', `--bind is "${text}", allowed is name=value`);
    return [match[1] ?? '', match[2] ?? ''] as const;
  });
  return Object.fromEntries(pairs);
}

export type Goal = 'PENDING' | 'RUNNING' | 'FINISHED';

/** `--wait-until`, or what `--wait` stands for. */
export function waitGoal(options: Options): Goal {
  if (options.flag('--wait')) return 'RUNNING';
  const goal = options.text('--wait-until');
  return goal === 'RUNNING' || goal === 'FINISHED' ? goal : 'PENDING';
}

const COUNT = /^\d{1,9}$/;

/** A number of instances, at least 1. */
export function count(text: string): number {
  if (COUNT.test(text) && Number(text) >= 1) return Number(text);
  throw new CliError('USAGE', `count is "${text}", allowed is an integer of at least 1`);
}

const SIZE = /^(\d+(?:\.\d+)?)(KB|MB|GB|TB)?$/i;
const MIB: Readonly<Record<string, number>> = { KB: 1 / 1024, MB: 1, GB: 1024, TB: 1024 * 1024 };

/** `128MB`, `1.5GB`, `64` (MB), in MiB. */
export function mebibytes(long: string, text: string): number {
  const [, number = '', unit = 'MB'] = SIZE.exec(text) ?? [];
  const size = Number(number) * (MIB[unit.toUpperCase()] ?? 0);
  if (size > 0) return size;
  throw new CliError('USAGE', `${long} is "${text}", allowed is a size above 0 such as 64MB or 1.5GB`);
}
