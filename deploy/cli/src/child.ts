import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { messageOf } from './errors-core.js';
import { CliError } from './exit-core.js';
import type { Io } from './io.js';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
}

const SIGNALLED = 128;
/** What one command may say before it is ended, characters. */
const OUTPUT_CHARS_MAX = 16 * 1024 * 1024;

export interface Ended {
  readonly code: number;
  /** Of stdout and stderr together, where they were taken. */
  readonly output: string;
}

/** Runs it with the program's own terminal where there is one, else copies what it says. Gives its exit code as a shell would. */
export async function runInteractive(
  io: Io,
  command: Command,
  started: (child: ChildProcess) => void,
): Promise<number> {
  const child = start(command, io.inheritable === true ? 'inherit' : 'pipe');
  child.stdout?.setEncoding('utf8').on('data', (text: string) => io.stdout.write(text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => io.stderr.write(text));
  started(child);
  return exitCode(child, command);
}

/** Runs it with nothing to read; ctrl-C ends it. */
export async function runCaptured(io: Io, command: Command): Promise<Ended> {
  const child = start(command, 'pipe');
  let output = '';
  const take = (text: string): void => {
    output += text;
    if (output.length > OUTPUT_CHARS_MAX) child.kill();
  };
  child.stdout?.setEncoding('utf8').on('data', take);
  child.stderr?.setEncoding('utf8').on('data', take);
  child.stdin?.on('error', () => undefined).end();
  const stop = (): void => void child.kill();
  io.signal?.addEventListener('abort', stop);
  try {
    return { code: await exitCode(child, command), output };
  } finally {
    io.signal?.removeEventListener('abort', stop);
  }
}

function start({ file, args, ...options }: Command, stdio: 'inherit' | 'pipe'): ChildProcess {
  try {
    return spawn(file, [...args], { ...options, stdio });
  } catch (error) {
    throw cannotRun(file, error);
  }
}

function exitCode(child: ChildProcess, { file }: Command): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(cannotRun(file, error)));
    child.on('close', (code, signal) => {
      resolve(code ?? SIGNALLED + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

function cannotRun(file: string, error: unknown): CliError {
  return new CliError('COMMAND_FAILURE', `${file} cannot be run: ${messageOf(error)}`);
}
