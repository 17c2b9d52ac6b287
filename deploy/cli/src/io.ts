/** What a run of the program has of the world. */
export interface Io {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether stdout is a terminal: colours. */
  readonly isTTY: boolean;
  /** Whether stderr is one: progress in one line. Left out: as stdout. */
  readonly stderrIsTTY?: boolean;
  /** Whether stdin, stdout and stderr are the process's own, so that a child may have them. */
  readonly inheritable?: boolean;
  /** Aborted by ctrl-C. */
  readonly signal?: AbortSignal;
}

export interface Sink {
  write(text: string): unknown;
}
