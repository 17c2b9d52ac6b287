import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openStore } from '@murmur/store';
import type { Log } from '@murmur/service';
import { shortPath } from './files.js';
import { wireProbe, type Probe } from './probes.js';
import { portOf, type Plan, type TaskSpec } from './specs.js';

const run = promisify(execFile);
const ZOOKEEPER_JAR = '/usr/share/java/zookeeper.jar';

/** ZooKeeper with a log of its own kept short: three snapshots, looked at every hour. */
export function zookeeperSpec(plan: Plan): TaskSpec {
  const port = portOf(plan, 'zookeeper');
  const folder = plan.layout.of('zookeeper');
  const config = join(folder, 'zoo.cfg');
  const lines = [
    'tickTime=1000',
    `dataDir=${join(folder, 'data')}`,
    'clientPortAddress=127.0.0.1',
    `clientPort=${port}`,
    'maxSessionTimeout=60000',
    'maxClientCnxns=0',
    'admin.enableServer=false',
    'snapCount=10000',
    'preAllocSize=1024',
    'autopurge.snapRetainCount=3',
    'autopurge.purgeInterval=1',
    '4lw.commands.whitelist=srvr',
    '',
  ];
  return {
    name: 'zookeeper',
    command: 'java',
    args: [
      '-Xmx128m',
      '-XX:+UseSerialGC',
      '-Dzookeeper.jmx.log4j.disable=true',
      '-cp',
      ZOOKEEPER_JAR,
      'org.apache.zookeeper.server.quorum.QuorumPeerMain',
      config,
    ],
    env: {},
    port,
    probe: wireProbe(port, 'srvr', 'Zookeeper version'),
    needs: [],
    turn: 3,
    beforeStart: async () => {
      await mkdir(folder, { recursive: true });
      await writeFile(config, lines.join('\n'));
    },
  };
}

/** MariaDB with its own data; root comes in by socket only, Murmur's user by a password that is in no argument list. */
export function mariadbSpec(plan: Plan, log: Log): TaskSpec {
  const port = portOf(plan, 'mariadb');
  const folder = plan.layout.of('mariadb');
  const init = join(folder, 'init.sql');
  const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];
  return {
    name: 'mariadb',
    command: 'mariadbd',
    args: [
      '--no-defaults',
      ...asRoot,
      `--datadir=${join(folder, 'data')}`,
      `--socket=${shortPath(join(folder, 'socket'))}`,
      `--pid-file=${join(folder, 'pid')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--init-file=${init}`,
      '--skip-name-resolve',
      '--performance-schema=OFF',
      '--character-set-server=utf8mb4',
      '--innodb-buffer-pool-size=256M',
      '--innodb-log-file-size=64M',
      '--max-connections=500',
    ],
    env: {},
    port,
    ...database(plan.mysqlUrl, log),
    needs: [],
    turn: 3,
    beforeStart: async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(init, initSql(plan.dbPassword), { mode: 0o600 });
      await install(folder, asRoot);
    },
  };
}

/** The password is hexadecimal, so that it needs no quoting. */
function initSql(password: string): string {
  return [
    'CREATE DATABASE IF NOT EXISTS murmur;',
    "CREATE USER IF NOT EXISTS 'murmur'@'127.0.0.1';",
    `ALTER USER 'murmur'@'127.0.0.1' IDENTIFIED BY '${password}';`,
    "GRANT ALL ON murmur.* TO 'murmur'@'127.0.0.1';",
    '',
  ].join('\n');
}

/** Into a folder beside, then moved: a start that broke off half-way leaves nothing that looks whole. */
async function install(folder: string, asRoot: readonly string[]): Promise<void> {
  const data = join(folder, 'data');
  if (existsSync(data)) return;
  const fresh = join(folder, 'installing');
  await rm(fresh, { recursive: true, force: true });
  await run('mariadb-install-db', [
    '--no-defaults',
    ...asRoot,
    `--datadir=${fresh}`,
    '--skip-test-db',
    '--skip-name-resolve',
    '--innodb-log-file-size=64M',
  ]);
  await rename(fresh, data);
}

/** Well when it answers and its tables are there. Migrations run once per launcher. */
function database(url: string, log: Log): { probe: Probe; close: () => Promise<void> } {
  const store = openStore({ url, log, connectionLimit: 1 });
  let migrated = false;
  return {
    probe: async () => {
      if (migrated) await store.ping();
      else await store.migrate();
      migrated = true;
      return null;
    },
    close: () => store.close(),
  };
}
