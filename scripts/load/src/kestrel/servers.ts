/** The servers that are compared: ours and its peers, each private, pinned to the first core, gone afterwards. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, startProcess, type TestProcess } from '@murmur/testkit';
import { cpuSecondsOf, proportionalBytes, residentBytes } from '../common/machine.js';

export type Protocol = 'kestrel' | 'memcached' | 'beanstalk' | 'redis';

export interface BenchServer {
  /** As it stands in the tables. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  /** Of all its processes, since its start. */
  readonly cpuSeconds: () => number;
  /** Memory; 0 while it does not run. */
  readonly residentBytes: () => number;
  readonly proportionalBytes: () => number;
  /** kill -9. */
  readonly kill: () => Promise<void>;
  /** A start with the same folder; answers how long it took until it was ready, ms. */
  readonly startAgain: () => Promise<number>;
  readonly stop: () => Promise<void>;
  /** The last that it said. */
  readonly complaint: () => Promise<string>;
}

export interface Place {
  /** An empty folder on a disk. */
  readonly folder: string;
  /** Null: wherever the kernel likes. */
  readonly core: number | null;
  /** The murmur-kestrel to start. */
  readonly bin: string;
}

/** What users start. */
export const OUR_BIN = join(import.meta.dirname, '../../../../services/kestrel/bin/murmur-kestrel');
/** A server with a large journal to read. */
const READY_MS = 900_000;
const COMPLAINT_CHARS = 1_000;

/** The bin, as users start it; `config` is its config file. */
export async function startOurs(place: Place, config: object = {}): Promise<BenchServer> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const file = join(place.folder, 'kestrel.json');
  writeFileSync(file, JSON.stringify(config));
  const flags = {
    'memcache-port': port,
    'text-port': 0,
    'thrift-port': 0,
    'admin-port': adminPort,
    'queue-path': join(place.folder, 'queues'),
    config: file,
    'log-level': 'warn',
  };
  return await start(place, {
    name: 'Murmur',
    protocol: 'kestrel',
    port,
    command: place.bin,
    args: Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]),
    readyUrl: `http://127.0.0.1:${adminPort}/health`,
  });
}

export async function startMemcached(place: Place, flags: readonly string[] = []): Promise<BenchServer> {
  const port = await freePort();
  const user = process.getuid?.() === 0 ? ['-u', 'root'] : [];
  const args = ['-l', '127.0.0.1', '-p', String(port), '-U', '0', '-t', '1', ...user, ...flags];
  return await start(place, { name: 'memcached', protocol: 'memcached', port, command: 'memcached', args });
}

export type BeanstalkSync = 'fsync each' | 'no fsync' | 'memory';

export async function startBeanstalkd(place: Place, sync: BeanstalkSync): Promise<BenchServer> {
  const port = await freePort();
  const log = { 'fsync each': ['-f', '0'], 'no fsync': ['-F'], memory: [] }[sync];
  const folder = join(place.folder, 'beanstalkd');
  mkdirSync(folder);
  const args = ['-l', '127.0.0.1', '-p', String(port), ...(sync === 'memory' ? [] : ['-b', folder, ...log])];
  const name = `beanstalkd ${log.join(' ')}`.trim();
  return await start(place, { name, protocol: 'beanstalk', port, command: 'beanstalkd', args });
}

export type RedisSync = 'always' | 'no' | 'memory';

/** Its AOF is not rewritten meanwhile, which is in its favour. */
export async function startRedis(place: Place, sync: RedisSync): Promise<BenchServer> {
  const port = await freePort();
  const folder = join(place.folder, 'redis');
  mkdirSync(folder);
  const flags = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: sync === 'memory' ? 'no' : 'yes',
    appendfsync: sync === 'memory' ? 'no' : sync,
    'auto-aof-rewrite-percentage': 0,
  };
  const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  const name = sync === 'memory' ? 'Redis' : `Redis AOF ${sync}`;
  return await start(place, { name, protocol: 'redis', port, command: 'redis-server', args });
}

interface Spec {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly command: string;
  readonly args: readonly string[];
  readonly readyUrl?: string;
}

async function start({ core, folder }: Place, spec: Spec): Promise<BenchServer> {
  const pinned = core === null ? [] : ['taskset', '-c', String(core)];
  const [command = '', ...args] = [...pinned, spec.command, ...spec.args];
  const process = await startProcess({
    command,
    args,
    cwd: folder,
    readyTimeoutMs: READY_MS,
    ...(spec.readyUrl === undefined ? { readyPort: spec.port } : { readyUrl: spec.readyUrl }),
  });
  return {
    name: spec.name,
    protocol: spec.protocol,
    port: spec.port,
    cpuSeconds: () => cpuSecondsOf(pidOf(process, spec.name)),
    residentBytes: () => residentBytes(process.pid() ?? 0),
    proportionalBytes: () => proportionalBytes(process.pid() ?? 0),
    kill: () => process.kill(),
    startAgain: async () => {
      const begin = performance.now();
      await process.restart();
      return performance.now() - begin;
    },
    stop: () => process.stop(),
    complaint: async () => (await process.output()).slice(-COMPLAINT_CHARS),
  };
}

function pidOf(process: TestProcess, name: string): number {
  const pid = process.pid();
  if (pid === null) throw new Error(`${name} has ended`);
  return pid;
}
