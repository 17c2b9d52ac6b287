import type { JobKey } from '../key-core.js';

/**
 * What the loader and its child say to each other: one line of JSON each, on one duplex pipe. The child speaks once it has started
 * (`ready` or `failed`), then only in answer to a `load`: any number of `read` and `at`, each of which it waits for, and one `answer`.
 */
export type ToChild =
  | {
      readonly type: 'start';
      /** The JSON for `boot.py`, and that file. */
      readonly prelude: string;
      readonly boot: string;
      /** A snapshot to restore, instead of running the prelude. */
      readonly snapshot: string | null;
      /** Where to write a snapshot. The child ends then. */
      readonly build: string | null;
      readonly limits: ChildLimits;
    }
  | { readonly type: 'load'; readonly request: EvaluateRequest }
  | { readonly type: 'file'; readonly base64: string }
  | { readonly type: 'refused'; readonly error: string; readonly refused: boolean }
  | { readonly type: 'noted' };

export type FromChild =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'read'; readonly path: string }
  | { readonly type: 'at'; readonly file: string; readonly line: number }
  | { readonly type: 'answer'; readonly answer: string };

export interface ChildLimits {
  readonly loadTimeoutMs: number;
  readonly killAfterMs: number;
  readonly memoryMaxBytes: number;
}

export interface EvaluateRequest {
  readonly mode: 'load' | 'list' | 'raw';
  /** The config's name within its folder. */
  readonly file: string;
  readonly text: string;
  readonly bindings: readonly (readonly [name: string, value: string])[];
  readonly environment: Readonly<Record<string, string>>;
  readonly select: JobKey | null;
}

/** [file, line], or null when no line of the config made it. */
export type Place = readonly [file: string, line: number] | null;

/** What the prelude answers. */
export interface Evaluated {
  readonly printed: string;
  readonly error?: Fault;
  readonly raw?: readonly unknown[];
  readonly keys?: readonly EvaluatedKey[];
  readonly wanted?: readonly number[];
  readonly jobs?: readonly (EvaluatedEntry & { readonly index: number })[];
  readonly tasks?: readonly EvaluatedEntry[];
  readonly errors?: readonly Fault[];
}

export interface EvaluatedKey {
  readonly cluster: string | null;
  readonly role: string | null;
  readonly environment: string | null;
  readonly name: string | null;
  readonly place: Place;
}

export interface EvaluatedEntry {
  readonly json: unknown;
  /** [path, file, line] of the fields that a line of the config set. */
  readonly lines: readonly (readonly [path: string, file: string, line: number])[];
}

export interface Fault {
  readonly file: string;
  readonly line: number | null;
  readonly column?: number | null;
  /** Below the job. */
  readonly path: string;
  readonly message: string;
  readonly expected: string | null;
  /** The job's place in the list. */
  readonly index?: number;
  readonly includes?: readonly string[];
  /** The exception that makes this Python unfit for another config. */
  readonly fatal?: string | false;
}

/** Cuts a stream of text into lines. Nothing is bounded here: the caller looks at `pending`. */
export class Lines {
  #rest = '';

  /** Characters of the line that is not complete yet. */
  get pending(): number {
    return this.#rest.length;
  }

  push(text: string): readonly string[] {
    const [first = '', ...more] = text.split('\n');
    if (more.length === 0) {
      this.#rest += first;
      return [];
    }
    const lines = [this.#rest + first, ...more];
    this.#rest = lines.pop() ?? '';
    return lines;
  }
}
