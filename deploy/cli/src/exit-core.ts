/** Aurora's exit codes. `task ssh` and `task run` give the code of the command instead. */
export const EXIT = {
  OK: 0,
  DIE: 1,
  USAGE: 2,
  INVALID_CONFIGURATION: 3,
  COMMAND_FAILURE: 4,
  INVALID_COMMAND: 5,
  INVALID_PARAMETER: 6,
  NETWORK_ERROR: 7,
  TIMEOUT: 9,
  API_ERROR: 10,
  UNKNOWN: 20,
  AUTH: 30,
  INTERRUPTED: 130,
} as const;

export type ExitName = keyof typeof EXIT;
export type ExitCode = (typeof EXIT)[ExitName];

/** An end that is foreseen: its message is for people, and its lines are all that is shown. */
export class CliError extends Error {
  readonly exit: ExitName;
  /** More of it, a line each. */
  readonly details: readonly string[];

  constructor(exit: ExitName, message: string, details: readonly string[] = []) {
    super(message);
    this.name = 'CliError';
    this.exit = exit;
    this.details = details;
  }
}

/** ctrl-C. */
export function interrupted(): CliError {
  return new CliError('INTERRUPTED', 'interrupted');
}
