import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, startProcess, tempFolder, type TestProcess } from '@murmur/testkit';

/** The built server; another build of it by the environment. */
export const MAIN = process.env['KESTREL_MAIN'] ?? join(import.meta.dirname, '../dist/main.js');

export interface KestrelProcess {
  readonly process: TestProcess;
  /** The queue directory. */
  readonly queues: string;
  readonly configFile: string;
  /** For memcache, the one protocol it serves. */
  readonly port: number;
}

export interface KestrelProcessOptions {
  /** Default: a folder in the temporary folder of the test. */
  readonly queues?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The largest file it may write, KiB. */
  readonly limitKiB?: number;
  readonly flags?: Readonly<Record<string, string | number>>;
}

/** Starts the built server as a process of its own, logging warnings and errors. */
export async function startKestrelProcess(
  config: unknown,
  options: KestrelProcessOptions = {},
): Promise<KestrelProcess> {
  const folder = await tempFolder('kestrel');
  const configFile = join(folder, 'kestrel.json');
  await writeFile(configFile, JSON.stringify(config));
  const queues = options.queues ?? join(folder, 'queues');
  await mkdir(queues, { recursive: true });
  const port = await freePort();
  const flags = {
    'memcache-port': port,
    'text-port': -1,
    'thrift-port': -1,
    'admin-port': 0,
    'queue-path': queues,
    config: configFile,
    'log-level': 'warn',
    ...options.flags,
  };
  const command = ['node', MAIN, ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)];
  // A write beyond the limit fails, as on a full disk, once the signal that goes with it is ignored.
  const limit = options.limitKiB;
  const script = limit === undefined ? 'exec "$@"' : `trap "" XFSZ; ulimit -f ${limit}; exec "$@"`;
  const started = await startProcess({
    command: 'bash',
    args: ['-c', script, 'kestrel', ...command],
    readyPort: port,
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  return { process: started, queues, configFile, port };
}
