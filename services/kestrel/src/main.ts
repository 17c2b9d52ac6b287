import { parseOptions, runProcess, OptionError } from '@murmur/service';
import { loadConfig } from './config/file.js';
import { shownConfig } from './config/shown.js';
import { kestrelOptions, type KestrelOptions } from './options.js';
import { startKestrel, type RunningKestrel, type StartTools } from './start.js';

const definition = {
  name: 'murmur-kestrel',
  summary: 'The queue server, Kestrel-compatible.',
  options: kestrelOptions,
  start: startReloadable,
};

/** SIGHUP reads the config file again, as the command `reload` does. */
async function startReloadable(options: KestrelOptions, tools: StartTools): Promise<RunningKestrel> {
  const running = await startKestrel(options, tools);
  process.on('SIGHUP', () => void running.reload());
  return running;
}

/** `--print-config`: the options and the config file as they would be used. Answers whether that was asked for. */
async function printConfig(argv: readonly string[]): Promise<boolean> {
  if (!argv.includes('--print-config') || argv.includes('--help')) return false;
  const withoutFlag = argv.filter((arg) => arg !== '--print-config');
  try {
    const shown = parseOptions(definition, kestrelOptions, argv, process.env);
    const used = parseOptions(definition, kestrelOptions, withoutFlag, process.env);
    if (shown.kind !== 'print' || used.kind !== 'run') return false;
    const config = shownConfig(await loadConfig(used.values.config));
    process.stdout.write(
      `${JSON.stringify({ options: JSON.parse(shown.text) as unknown, config }, null, 2)}\n`,
    );
  } catch (error) {
    if (error instanceof OptionError) return false;
    process.stderr.write(`${definition.name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
  return true;
}

if (!(await printConfig(process.argv.slice(2)))) await runProcess(definition);
