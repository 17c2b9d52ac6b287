/** How the command line is described. */

export interface ArgSpec {
  readonly name: string;
  readonly optional?: boolean;
  /** Takes the rest of the line. */
  readonly rest?: boolean;
  /** What the shell completes here. */
  readonly completes?: 'key' | 'instance' | 'file' | 'cluster';
}

export type FlagKind = 'flag' | 'text' | 'list' | 'integer' | 'number' | 'choice';

export interface FlagSpec {
  /** `--bind` */
  readonly long: string;
  readonly short?: string;
  readonly kind: FlagKind;
  /** The value's name in the help. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly default?: string | number;
  /** Of integers and numbers; without it at least 0. */
  readonly min?: number;
  readonly what: string;
  readonly hidden?: boolean;
}

export interface VerbSpec {
  /** `job create`; a noun alone has its arguments right after it. */
  readonly name: string;
  readonly what: string;
  readonly args: readonly ArgSpec[];
  readonly flags: readonly FlagSpec[];
  readonly example: string;
}
