import { OptionError, parseOptions, type OptionTable, type OptionValues } from '@murmur/service';

/** A wrong flag. */
const EXIT_USAGE = 2;

/**
 * A command that ends by itself: flags of this process, then `run`, whose result is the exit code. 2: bad usage; the
 * message names the flag, the value and what is allowed.
 */
export async function runCommand<T extends OptionTable>(
  about: { readonly name: string; readonly summary: string },
  options: T,
  run: (values: OptionValues<T>) => Promise<number>,
): Promise<void> {
  try {
    const parsed = parseOptions(about, options, process.argv.slice(2), process.env);
    if (parsed.kind === 'print') process.stdout.write(parsed.text);
    else process.exitCode = await run(parsed.values);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    console.error(`${about.name}: ${error.message}`);
    process.exitCode = EXIT_USAGE;
  }
}
