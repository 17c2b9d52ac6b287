import type { IncomingMessage, Server } from 'node:http';
import type { Express } from 'express';

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
}

/** What a text may be; `allowed` says in words what the pattern means, as errors put it after "allowed is". */
type TextRule =
  | { readonly choices: readonly string[]; readonly pattern?: never; readonly allowed?: never }
  | { readonly pattern: RegExp; readonly allowed: string; readonly choices?: never }
  | { readonly choices?: never; readonly pattern?: never; readonly allowed?: never };

/** One option of a process: its flag is `--kebab-name`, its variable `MURMUR_KEBAB_NAME` in capitals. */
export type OptionSpec =
  | (TextRule & {
      readonly type: 'string';
      readonly default: string | null;
      readonly help: string;
      readonly secret?: boolean;
    })
  | {
      readonly type: 'integer';
      readonly default: number;
      readonly min: number;
      readonly max: number;
      readonly unit?: string;
      readonly help: string;
    }
  | { readonly type: 'boolean'; readonly default: boolean; readonly help: string };

export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** `httpPort` -> number, and so on. A string option with default null is required. */
export type OptionValues<T extends OptionTable> = {
  readonly [K in keyof T]: T[K] extends { type: 'integer' }
    ? number
    : T[K] extends { type: 'boolean' }
      ? boolean
      : string;
};

/** What a service library hands back: tests start it on port 0 and read the port here. */
export interface RunningService {
  /** The HTTP port that really listens. */
  readonly port: number;
  /** Finishes what it holds and closes everything, within `graceMs`. Idempotent. */
  stop(): Promise<void>;
}

/** The HTTP side of a process: `/health`, `/metrics`, `/quitquitquit`, `/abortabortabort` are already on it. */
export interface ProcessHttp {
  readonly app: Express;
  /** Whether a request may stop or change the process: it comes from this machine, or has the cluster key. */
  mayControl(req: IncomingMessage): boolean;
  /** Guards `/internal/*`: 401 without `Authorization: Bearer <cluster key>`. */
  listen(port: number, host: string): Promise<number>;
  /** Stops accepting, waits for requests under way up to `graceMs`, then cuts. */
  close(graceMs: number): Promise<void>;
  readonly server: Server;
}
