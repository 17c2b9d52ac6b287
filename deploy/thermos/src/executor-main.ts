import { EnvironmentError, readExecutorEnvironment } from '@murmur/engine';
import { createLog, EXIT, OptionError, parseOptions, type OptionValues } from '@murmur/service';
import { checkpointRootOf } from './checkpoint-root.js';
import { createExecutor, type ExecutorOptions } from './executor/executor.js';
import { executorOptions } from './options.js';
import type { RunnerLogger } from './runner/index.js';

const NAME = 'murmur-thermos';
const SUMMARY = "The executor: runs one task of Aurora's kind for a Mesos agent.";
const MB = 1024 * 1024;

export function executorHelp(): string {
  const parsed = parseOptions(
    { name: `${NAME} executor`, summary: SUMMARY },
    executorOptions,
    ['--help'],
    {},
  );
  return parsed.kind === 'print' ? parsed.text : '';
}

/** The whole of `murmur-thermos executor`: reads flags and the agent's environment, runs, exits. */
export function runExecutor(argv: readonly string[]): void {
  let values: OptionValues<typeof executorOptions>;
  try {
    const parsed = parseOptions(
      { name: `${NAME} executor`, summary: SUMMARY },
      executorOptions,
      argv,
      process.env,
    );
    if (parsed.kind === 'print') {
      process.stdout.write(parsed.text);
      return;
    }
    values = parsed.values;
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    usage(error.message);
  }
  const log = createLog({ name: NAME, level: values.logLevel });
  const die = (err: unknown): void => {
    // The processes go on; another executor, or the end of the container, takes care of them.
    log.error({ err }, 'unexpected error, exiting');
    process.exit(EXIT.failed);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
  try {
    const executor = createExecutor({ ...optionsOf(values), log, exit: (code) => process.exit(code) });
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => executor.shutdown(`The executor got ${signal}.`));
    executor.start();
  } catch (error) {
    if (error instanceof EnvironmentError) usage(error.message);
    die(error);
  }
}

function usage(message: string): never {
  process.stderr.write(`${NAME} executor: ${message}\n`);
  process.exit(EXIT.usage);
}

function optionsOf(values: OptionValues<typeof executorOptions>): Omit<ExecutorOptions, 'log' | 'exit'> {
  const environment = readExecutorEnvironment(process.env);
  const { switchUser, preserveEnv, sessionTimeoutMs, idleExitMs } = values;
  return {
    environment,
    checkpointRoot: checkpointRootOf(values.checkpointRoot, environment.directory),
    switchUser,
    preserveEnv,
    sessionTimeoutMs,
    idleExitMs,
    zk: values.announcerEnsemble,
    facts: {
      announcerRoot: values.announcerServersetPath,
      announcerHostname: values.announcerHostname,
      announcerAllowCustomPath: values.announcerAllowCustomServersetPath,
    },
    loggerDefaults: {
      destination: values.runnerLoggerDestination as RunnerLogger['destination'],
      mode: values.runnerLoggerMode as RunnerLogger['mode'],
      rotate: { log_size: values.runnerRotateLogSizeMb * MB, backups: values.runnerRotateLogBackups },
    },
  };
}
