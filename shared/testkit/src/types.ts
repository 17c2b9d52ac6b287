/** A real server started for a test on a free port of 127.0.0.1, with a temporary folder, gone after `stop`. */
export interface TestServer {
  readonly host: string;
  readonly port: number;
  readonly pid: () => number | null;
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
  /** SIGSTOP / SIGCONT: there, but silent. */
  pause(): void;
  resume(): void;
  /** Starts it again on the same port with the same folder. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface MariaDbServer extends TestServer {
  /** `mysql://user:password@host:port/database` of a fresh, empty database. */
  createDatabase(): Promise<string>;
}
