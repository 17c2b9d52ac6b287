import { statSync } from 'node:fs';
import { join } from 'node:path';
import { listBackups, restoreBackup, verifyBackup } from './backups.js';
import { parseCommand, USAGE, type StorageCommand } from './command-core.js';
import { nodeFiles } from './files.js';
import { logName, newestLog } from './names-core.js';
import { Output } from './output.js';
import { StorageError } from './port.js';
import { readLog, type LogRead } from './read-log.js';

export interface CommandStreams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

const EXIT_OK = 0;
const EXIT_STORAGE = 1;
const EXIT_INPUT = 2;

/** What was asked for is not there, or cannot be asked for. */
class InputError extends Error {
  override readonly name = 'InputError';
}

/**
 * The subcommands `backup` and `log` of the scheduler's process; `argv` begins with one of them. Gives the exit code: 1 when there is a problem with the
 * storage, 2 for bad input; either is one line on `stderr`. Only `backup restore` changes anything.
 */
export async function storageCommand(argv: readonly string[], streams: CommandStreams): Promise<number> {
  const command = parseCommand(argv);
  const output = new Output(streams.stdout);
  try {
    if (typeof command === 'string') throw new InputError(command);
    if (command.kind === 'help') output.line(USAGE);
    else await perform(command, output);
    await output.drained();
    return EXIT_OK;
  } catch (error) {
    if (!(error instanceof InputError || error instanceof StorageError)) throw error;
    await output.drained();
    streams.stderr.write(`murmur-scheduler ${argv[0] ?? ''}: ${error.message}\n`);
    return error instanceof InputError ? EXIT_INPUT : EXIT_STORAGE;
  } finally {
    output.end();
  }
}

async function perform(command: StorageCommand, output: Output): Promise<void> {
  if (statSync(command.data, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new InputError(`--data: ${command.data} is no folder`);
  }
  switch (command.kind) {
    case 'backup list':
      return list(command.data, output);
    case 'backup verify':
      return verifyBackups(command.data, command.name, output);
    case 'backup restore':
      return restore(command.data, command.name, output);
    case 'log dump':
      return dump(command.data, output);
    case 'log verify': {
      const { name, read } = await logOf(command.data, output, () => undefined);
      output.line(`${name}: ${describeLog(read)}`);
    }
  }
}

async function list(data: string, output: Output): Promise<void> {
  for (const { name, at, bytes } of await listBackups(nodeFiles, data)) {
    output.line(`${name}  ${new Date(at).toISOString()}  ${bytes} bytes`);
  }
}

/** That one, or all. */
async function verifyBackups(data: string, name: string | null, output: Output): Promise<void> {
  const names = name === null ? (await listBackups(nodeFiles, data)).map((backup) => backup.name) : [name];
  if (name !== null) await checkKnown(data, name);
  for (const each of names) {
    const { position, chunks, bytes } = await verifyBackup(data, each);
    output.line(`${each}: whole; up to entry ${position}, ${chunks} chunks, ${bytes} bytes`);
  }
}

async function restore(data: string, name: string, output: Output): Promise<void> {
  await checkKnown(data, name);
  const { position, log, replaced } = await restoreBackup({ folder: data, backup: name });
  output.line(`${name} is restored, up to entry ${position}, as ${join(data, log)}`);
  if (replaced === null) return;
  output.line(
    `the replaced log is kept as ${join(data, replaced)}; it counts again once ${log} is moved away`,
  );
}

async function checkKnown(data: string, name: string): Promise<void> {
  const names = (await listBackups(nodeFiles, data)).map((backup) => backup.name);
  if (names.includes(name)) return;
  const known = names.length === 0 ? 'there are none' : `there are ${names.join(', ')}`;
  throw new InputError(`there is no backup ${name} in ${data}; ${known}`);
}

async function dump(data: string, output: Output): Promise<void> {
  const { read } = await logOf(data, output, (position, bytes) => output.line(entryLine(position, bytes)));
  const bytesCut = read.newest?.bytesCut ?? 0;
  if (bytesCut > 0) output.line(JSON.stringify({ unfinishedBytes: bytesCut }));
}

/** An entry is the JSON of a transaction; one that is not is shown as it is. */
function entryLine(position: number, bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(
      typeof value === 'object' && value !== null ? { position, ...value } : { position, value },
    );
  } catch {
    return JSON.stringify({ position, base64: Buffer.from(bytes).toString('base64') });
  }
}

async function logOf(
  data: string,
  output: Output,
  entry: (position: number, bytes: Uint8Array) => void,
): Promise<{ readonly name: string; readonly read: LogRead }> {
  const number = newestLog(await nodeFiles.list(data));
  if (number === null) throw new InputError(`--data: ${data} has no log`);
  const visitor = { snapshot: () => undefined, entry };
  const read = await readLog(nodeFiles, join(data, logName(number)), visitor, () => output.drained());
  return { name: logName(number), read };
}

function describeLog({ snapshot, position, newest, stale }: LogRead): string {
  const covered = snapshot?.position ?? 0;
  return [
    snapshot === null ? 'no snapshot' : `snapshot up to entry ${covered}, ${snapshot.chunks} chunks`,
    position === covered ? 'no entries after it' : `entries ${covered + 1} to ${position}`,
    `${newest?.bytesCut ?? 0} bytes unfinished`,
    ...(stale.length === 0 ? [] : [`to be removed: ${stale.join(', ')}`]),
  ].join('; ');
}
