import { createLog } from './log.js';
import { OptionError, parseOptions } from './options.js';
import type { Log, OptionTable, OptionValues, RunningService } from './types.js';

/** Exit codes of every Murmur process. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** Why a service cannot start that is no fault of the program: a port in use, a folder that cannot be written. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export interface ProcessDefinition<T extends OptionTable> {
  readonly name: string;
  readonly summary: string;
  readonly options: T;
  readonly start: (
    values: OptionValues<T>,
    tools: { readonly log: Log; readonly quit: () => void; readonly abort: () => void },
  ) => Promise<RunningService>;
}

/**
 * The whole of a `main.ts`: reads flags and environment, starts the service, stops it on SIGTERM, SIGINT or
 * `/quitquitquit` within `graceMs`, and exits 0. `/abortabortabort` exits at once. An unexpected error is
 * logged and exits 1: a supervisor starts a fresh process rather than keep one in an unknown state. When `start` rejects with
 * an OptionError or a StartError, that is one line on stderr and exit 2 or 1.
 */
export async function runProcess<const T extends OptionTable>(
  definition: ProcessDefinition<T>,
): Promise<void> {
  const values = readOptions(definition);
  if (values === null) return;
  const { graceMs, logLevel, instance } = common(values);
  const log = createLog({ name: definition.name, level: logLevel }).child({ instance });
  const die = (err: unknown): void => {
    log.error({ err }, 'unexpected error, exiting');
    process.exit(EXIT.failed);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);

  let running: RunningService | null = null;
  let stopping = false;
  const quit = (): void => {
    if (stopping) return;
    stopping = true;
    log.info({ graceMs }, 'stopping');
    const late = setTimeout(() => {
      log.warn({ graceMs }, 'not stopped within the grace time');
      process.exit(EXIT.failed);
    }, graceMs + GRACE_MARGIN_MS);
    Promise.resolve(running?.stop()).then(() => {
      clearTimeout(late);
      log.info({}, 'stopped');
      process.exit(EXIT.ok);
    }, die);
  };
  process.on('SIGTERM', quit);
  process.on('SIGINT', quit);
  const abort = (): void => process.exit(EXIT.failed);
  try {
    running = await definition.start(values, { log, quit, abort });
  } catch (error) {
    if (!(error instanceof OptionError || error instanceof StartError)) throw error;
    refuse(definition.name, error);
  }
  log.info({ port: running.port }, 'started');
}

/** A service keeps its own bound of `graceMs`; this much later the process is ended all the same, ms. */
const GRACE_MARGIN_MS = 1_000;

function readOptions<T extends OptionTable>(definition: ProcessDefinition<T>): OptionValues<T> | null {
  try {
    const parsed = parseOptions(definition, definition.options, process.argv.slice(2), process.env);
    if (parsed.kind === 'run') return parsed.values;
    process.stdout.write(parsed.text);
    return null;
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    refuse(definition.name, error);
  }
}

/**
 * The flags of a program that is no service, checked by `check` too, which may throw OptionError. `--help` and `--print-config` end the process
 * with 0; a value that is not allowed is one line on stderr, and exit 2.
 */
export function optionsOrExit<const T extends OptionTable>(
  about: { readonly name: string; readonly summary: string; readonly options: T },
  check: (values: OptionValues<T>) => OptionValues<T> = (values) => values,
): OptionValues<T> {
  try {
    const parsed = parseOptions(about, about.options, process.argv.slice(2), {});
    if (parsed.kind === 'run') return check(parsed.values);
    process.stdout.write(parsed.text);
    process.exit(EXIT.ok);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    refuse(about.name, error);
  }
}

/** One line, without a stack: whoever started the process can mend it. */
function refuse(name: string, error: OptionError | StartError): never {
  process.stderr.write(`${name}: ${error.message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
  process.exit(error instanceof OptionError ? EXIT.usage : EXIT.failed);
}

function common(values: object): { graceMs: number; logLevel: string; instance: string } {
  const given = values as Partial<Record<string, unknown>>;
  return {
    graceMs: typeof given['graceMs'] === 'number' ? given['graceMs'] : 5_000,
    logLevel: typeof given['logLevel'] === 'string' ? given['logLevel'] : 'info',
    instance: typeof given['instance'] === 'string' ? given['instance'] : '0',
  };
}
