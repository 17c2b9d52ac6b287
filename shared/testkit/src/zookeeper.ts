import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, freePort } from './ports.js';
import { startServer } from './server.js';
import type { TestServer } from './types.js';

/** Debian's jar; its manifest names the jars it needs, so it is the whole class path. */
const ZOOKEEPER_JAR = '/usr/share/java/zookeeper.jar';
/** Sessions expire in steps of a tick; a small one lets tests ask for short sessions (at least two ticks). */
const TICK_MS = 200;

export interface ZooKeeperOptions {
  /** ms; the shortest session is twice this. Default 200. */
  readonly tickMs?: number;
}

/** A stand-alone ZooKeeper on a free port. Data survive `kill` and `restart`; sessions up to 60 s are granted. */
export async function startZooKeeper({ tickMs = TICK_MS }: ZooKeeperOptions = {}): Promise<TestServer> {
  if (!existsSync(ZOOKEEPER_JAR))
    throw new Error(`${ZOOKEEPER_JAR} is absent: install the Debian package "zookeeper"`);
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'murmur-zookeeper-'));
  await mkdir(join(folder, 'conf'));
  const config = join(folder, 'conf', 'zoo.cfg');
  await writeFile(config, zooCfg(folder, port, tickMs));
  return startServer({
    name: 'zookeeper',
    port,
    folder,
    command: 'java',
    // No slf4j binding is on the class path, so ZooKeeper logs nothing.
    args: [
      '-Xmx128m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-cp',
      ZOOKEEPER_JAR,
      'org.apache.zookeeper.server.ZooKeeperServerMain',
      config,
    ],
    ready: async () => (await ask(port, 'srvr')).startsWith('Zookeeper version'),
    stopSignal: 'SIGKILL',
  });
}

function zooCfg(folder: string, port: number, tickMs: number): string {
  return [
    `tickTime=${String(tickMs)}`,
    `dataDir=${join(folder, 'data')}`,
    'clientPortAddress=127.0.0.1',
    `clientPort=${String(port)}`,
    'maxSessionTimeout=60000',
    'maxClientCnxns=0',
    'admin.enableServer=false',
    '4lw.commands.whitelist=*',
    '',
  ].join('\n');
}
