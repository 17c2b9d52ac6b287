import { makeContext, type Verb } from './context.js';
import { messageOf } from './errors-core.js';
import { CliError, EXIT } from './exit-core.js';
import type { Io } from './io.js';
import { Options } from './options-core.js';
import { openOutput, type Output } from './output.js';
import { parse } from './parser.js';
import { lineText } from './text-core.js';
import { version } from './version.js';

/** Each verb is loaded when it is called: the loader of configs and the client of ZooKeeper are not cheap. */
const HANDLERS: Readonly<Record<string, () => Promise<Verb>>> = {
  'job create': async () => (await import('./verbs/create.js')).create,
  'job kill': async () => (await import('./verbs/kill.js')).kill,
  'job killall': async () => (await import('./verbs/kill.js')).killall,
  'job add': async () => (await import('./verbs/grow.js')).add,
  'job scale': async () => (await import('./verbs/grow.js')).scale,
  'job restart': async () => (await import('./verbs/restart.js')).restart,
  'job status': async () => (await import('./verbs/look.js')).status,
  'job list': async () => (await import('./verbs/look.js')).list,
  'job diff': async () => (await import('./verbs/diff.js')).diff,
  'job inspect': async () => (await import('./verbs/inspect.js')).inspect,
  'job open': async () => (await import('./verbs/open.js')).open,
  'job why': async () => (await import('./verbs/look.js')).why,
  'task run': async () => (await import('./verbs/task-run.js')).taskRun,
  'task ssh': async () => (await import('./verbs/task-ssh.js')).taskSsh,
  'config list': async () => (await import('./verbs/config.js')).configList,
  'config validate': async () => (await import('./verbs/config.js')).configValidate,
  'quota get': async () => (await import('./verbs/quota.js')).quotaGet,
  capacity: async () => (await import('./verbs/capacity.js')).capacity,
  completion: async () => (await import('./verbs/completion.js')).completion,
};
const COMPLETE = '__complete';

/** Verbs that can be called; the table of verbs is held against it. */
export const HANDLED: readonly string[] = Object.keys(HANDLERS);

/**
 * The program: takes the words behind `aurora`, writes to the streams it is given, and resolves with the exit code. It never rejects,
 * and leaves nothing open.
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const verbose = argv.includes('-v') || argv.includes('--verbose');
  const out = openOutput(io, verbose);
  try {
    return await perform(argv, io, out);
  } catch (error) {
    out.endProgress();
    return tell(io, out, verbose, error);
  }
}

async function perform(argv: readonly string[], io: Io, out: Output): Promise<number> {
  if (argv[0] === COMPLETE) {
    const { completeWords } = await import('./verbs/completion.js');
    return completeWords(makeContext(io, out, argv.slice(1), new Options({})));
  }
  const parsed = parse(argv, version());
  if (parsed.kind === 'text') {
    io.stdout.write(parsed.text);
    return EXIT.OK;
  }
  const handler = HANDLERS[parsed.verb.name];
  if (handler === undefined) throw new Error(`the verb ${parsed.verb.name} has no handler`);
  const verb = await handler();
  return verb(makeContext(io, out, parsed.args, parsed.options));
}

/** One clear line, and its details; an error that nobody foresaw is shown with its stack by `--verbose`. */
function tell(io: Io, out: Output, verbose: boolean, error: unknown): number {
  const { colours } = out;
  if (error instanceof CliError) {
    out.note(`${colours.red('aurora:')} ${lineText(error.message)}`);
    for (const detail of error.details) out.note(`  ${lineText(detail)}`);
    if (error.exit === 'USAGE') out.note('aurora: --help behind the verb shows how it is used');
    return EXIT[error.exit];
  }
  if (io.signal?.aborted === true) return EXIT.INTERRUPTED;
  const stack = verbose && error instanceof Error ? error.stack : undefined;
  const text = stack ?? messageOf(error);
  out.note(`${colours.red('aurora:')} unexpected: ${text}`);
  return EXIT.UNKNOWN;
}
