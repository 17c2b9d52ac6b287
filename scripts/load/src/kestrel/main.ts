/** scripts/bench/kestrel: our queue server beside memcached, beanstalkd and Redis. */
import { availableParallelism, loadavg } from 'node:os';
import { EXIT, OptionError, optionsOrExit } from '@murmur/service';
import { stopAll } from '@murmur/testkit';
import { tooBusy } from '../common/machine.js';
import { placesIn } from './bench.js';
import { diskFolder } from './folder.js';
import { makeLoader } from './loader.js';
import { kestrelBenchOptions, planOf } from './plan.js';
import { runBench } from './run.js';
import { OUR_BIN } from './servers.js';

const program = {
  name: 'scripts/bench/kestrel',
  summary:
    'Set and get, fsync, fairness, a backlog and many queues of murmur-kestrel beside memcached, beanstalkd and Redis.',
  options: kestrelBenchOptions,
};
const SERVER_CORE = 0;
const LOADER_CORE = 1;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const refuse = (line: string, code: number): never => {
  process.stderr.write(`${program.name}: ${line}\n`);
  process.exit(code);
};

const options = optionsOrExit(program, (values) => {
  planOf(values);
  return values;
});
const busy = tooBusy();
if (busy !== null && !options.anyLoad) refuse(busy, EXIT.failed);

/** Everything is ended once, whoever asks first. */
class Ending {
  #begun: Promise<void> | null = null;
  get begun(): boolean {
    return this.#begun !== null;
  }
  end(): Promise<void> {
    return (this.#begun ??= stopAll());
  }
}
const ending = new Ending();
const interrupt = (): void => void ending.end().finally(() => process.exit(EXIT.failed));
process.once('SIGINT', interrupt).once('SIGTERM', interrupt);

async function main(): Promise<number> {
  const folder = diskFolder(options.folder);
  const cores = availableParallelism();
  const [serverCore, loaderCore] = cores > 1 ? [SERVER_CORE, LOADER_CORE] : [null, null];
  say(
    `Node.js ${process.version}, ${cores} cores, load ${(loadavg()[0] ?? 0).toFixed(2)}; ` +
      `servers on core ${serverCore ?? 'any'}, loader on core ${loaderCore ?? 'any'}\n`,
  );
  return await runBench({
    plan: planOf(options),
    loader: makeLoader(folder, loaderCore),
    place: placesIn(folder, { core: serverCore, bin: options.bin === '' ? OUR_BIN : options.bin }),
    say,
  });
}

let code: number = EXIT.failed;
try {
  code = (await main()) === 0 ? EXIT.ok : EXIT.failed;
} catch (error) {
  // Servers and loaders that were interrupted complain; that is no news.
  if (!ending.begun) process.stderr.write(`${program.name}: ${messageOf(error)}\n`);
  if (error instanceof OptionError) code = EXIT.usage;
}
await ending.end();
process.exit(code);

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
