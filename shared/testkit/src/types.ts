/** A real server started for a test on a free port of 127.0.0.1, with a temporary folder, gone after `stop`. */
export interface TestServer {
  readonly host: string;
  readonly port: number;
  /** The folder that holds its data and its output (`output.log`). */
  readonly folder: string;
  readonly pid: () => number | null;
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
  /** SIGSTOP / SIGCONT: there, but silent. */
  pause(): void;
  resume(): void;
  /** Starts it again on the same port with the same folder; one that still runs is killed first. */
  restart(): Promise<void>;
  /** Ends it for good and removes its folder. Idempotent. */
  stop(): Promise<void>;
}

export interface MariaDbServer extends TestServer {
  /** `mysql://user:password@host:port/database` of a fresh, empty database. */
  createDatabase(): Promise<string>;
}

/** A process of this project (or any other) under test. */
export interface TestProcess extends TestServer {
  /** What it wrote to stdout and stderr up to now. */
  output(): Promise<string>;
  /** Sends a signal; does not wait. */
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit code, or with the signal's name, once the present run has ended. */
  exited(): Promise<number | NodeJS.Signals | null>;
}

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the environment of the test process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Ready when this URL answers 2xx... */
  readonly readyUrl?: string;
  /** ...or when this port of 127.0.0.1 accepts. One of the two is needed. */
  readonly readyPort?: number;
  /** How long it may take to get ready, ms; default `READY_TIMEOUT_MS`. */
  readonly readyTimeoutMs?: number;
}
