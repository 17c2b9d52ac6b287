import { statSync } from 'node:fs';
import type { Log } from '@murmur/service';
import { parseArguments, USAGE, UsageError, type ToolCommand } from './arguments.js';
import { dumpFile } from './dump.js';
import { packFiles, packQueue, packQueueTo, type Packed } from './pack.js';
import { journalsAt, verifiedLine, verifyFile } from './verify.js';

/** Where the tool says what it finds. */
export interface ToolOutput {
  out(line: string): void;
  err(line: string): void;
}

const DAMAGED = 1;
const FAILED = 2;

/** Runs `kestrel-journal` with these arguments; answers its exit code. */
export function runTool(argv: readonly string[], output: ToolOutput): number {
  try {
    return run(parseArguments(argv), output);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    output.err(`kestrel-journal: ${message}`);
    if (error instanceof UsageError) output.err('Try kestrel-journal --help.');
    return FAILED;
  }
}

function run(command: ToolCommand, output: ToolOutput): number {
  switch (command.kind) {
    case 'help':
      for (const line of USAGE.trimEnd().split('\n')) output.out(line);
      return 0;
    case 'dump':
      return dump(command, output);
    case 'verify':
      return verify(command.paths, output);
    case 'pack':
      return pack(command.paths, command.out, output);
  }
}

function dump(command: Extract<ToolCommand, { kind: 'dump' }>, output: ToolOutput): number {
  let code = 0;
  for (const file of command.files) {
    if (statSync(file).isDirectory()) throw new UsageError(`dump: ${file} is a folder; allowed are files`);
    if (command.files.length > 1 && !command.json) output.out(`${file}:`);
    const { good, size } = dumpFile(file, command, (line) => {
      output.out(line);
    });
    if (good < size) {
      output.err(`${file}: damaged at byte ${good}: ${size - good} bytes are no whole records`);
      code = DAMAGED;
    }
  }
  return code;
}

function verify(paths: readonly string[], output: ToolOutput): number {
  let code = 0;
  for (const path of paths) {
    const files = journalsAt(path);
    if (files.length === 0) output.out(`${path}: no journals`);
    for (const file of files) {
      const verified = verifyFile(file);
      output.out(verifiedLine(verified));
      if (verified.damagedAt !== null) code = DAMAGED;
    }
  }
  return code;
}

function pack(paths: readonly string[], out: string | null, output: ToolOutput): number {
  const packed = packPaths(paths, out, quietLog(output));
  for (const { file, at, lost } of packed.damage)
    output.err(`${file}: damaged at byte ${at}: ${lost} bytes are not in the pack`);
  output.out(`${packed.path}: ${packed.items} items, ${packed.bytes} bytes`);
  return packed.damage.length > 0 ? DAMAGED : 0;
}

function packPaths(paths: readonly string[], out: string | null, log: Log): Packed {
  const [folder, queue, ...more] = paths;
  if (folder !== undefined && statSync(folder).isDirectory()) {
    if (queue === undefined || more.length > 0)
      throw new UsageError('pack DIR QUEUE: one folder and one queue');
    return out === null ? packQueue(folder, queue, log) : packQueueTo(folder, queue, out, log);
  }
  if (out === null) throw new UsageError('pack FILE...: -o OUT is missing');
  return packFiles(paths, out, log);
}

/** What goes wrong beside the work is told on the error output. */
function quietLog(output: ToolOutput): Log {
  const nothing = (): void => undefined;
  const say = (fields: object, message = ''): void => {
    const { err } = fields as { err?: unknown };
    output.err(`${message}${err instanceof Error ? `: ${err.message}` : ''}`);
  };
  const log: Log = { debug: nothing, info: nothing, warn: say, error: say, child: () => log };
  return log;
}
