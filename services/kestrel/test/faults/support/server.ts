import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, startProcess, tempFolder, type TestProcess } from '@murmur/testkit';
import { Client } from './client.js';

/** The built server; another build of it by the environment. */
const MAIN = process.env['KESTREL_MAIN'] ?? join(import.meta.dirname, '../../../dist/main.js');

export interface FaultServer {
  readonly process: TestProcess;
  /** The queue directory. */
  readonly queues: string;
  readonly port: number;
  connect(): Promise<Client>;
}

export interface FaultServerOptions {
  /** Default: a folder in the temporary folder of the test. */
  readonly queues?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The largest file it may write, KiB. */
  readonly limitKiB?: number;
  readonly flags?: Readonly<Record<string, string | number>>;
}

/** Starts the built server as a process of its own, logging warnings and errors. */
export async function startFaultServer(
  config: unknown,
  options: FaultServerOptions = {},
): Promise<FaultServer> {
  const folder = await tempFolder('kestrel-faults');
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
  return { process: started, queues, port, connect: () => Client.connect(port) };
}

/** `kestrel-journal verify`: throws, with what it says, when a journal in the folder is not whole. */
export async function verifyJournals(folder: string): Promise<void> {
  const tool = join(dirname(MAIN), 'journal/tool/cli.js');
  await promisify(execFile)('node', [tool, 'verify', folder]);
}

/** Memory of a process, bytes: now (`VmRSS`) or the most it ever had (`VmHWM`); 0 once it is gone. */
export async function memoryOf(pid: number | null, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid ?? 0}/status`, 'utf8').catch(() => '');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
}

/** One line of `stats`: `queue_<name>_<key>`; NaN when it is not there. */
export async function statOf(client: Client, queue: string, key: string): Promise<number> {
  const text = await client.block('dump_stats ' + queue);
  return Number(new RegExp(`^ {2}${key}=(\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}
