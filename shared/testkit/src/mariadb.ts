import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rename } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ask, freePort } from './ports.js';
import { removeFolder } from './registry.js';
import { startServer } from './server.js';
import { asRoot } from './users.js';
import type { MariaDbServer } from './types.js';

const run = promisify(execFile);
/** In the template's name, so that a change of what is installed into it makes a new one. */
const TEMPLATE_VERSION = 1;
const USER = 'murmur';
const PASSWORD = 'murmur-test';

/** MariaDB on a free port with an empty data folder; durable enough to survive `kill`, tuned to start in well under a second. */
export async function startMariaDb(): Promise<MariaDbServer> {
  const template = await installedTemplate();
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'murmur-mariadb-'));
  await run('cp', ['-r', '--reflink=auto', template, join(folder, 'data')]);
  const socket = join(folder, 's');
  const server = await startServer({
    name: 'mariadbd',
    port,
    folder,
    command: 'mariadbd',
    args: [
      '--no-defaults',
      ...asUser(),
      `--datadir=${join(folder, 'data')}`,
      `--socket=${socket}`,
      `--port=${String(port)}`,
      '--bind-address=127.0.0.1',
      `--pid-file=${join(folder, 'pid')}`,
      `--tmpdir=${folder}`,
      '--skip-name-resolve',
      '--performance-schema=OFF',
      '--innodb-buffer-pool-size=64M',
      '--innodb-log-file-size=16M',
      // A killed process loses nothing with 2 (the kernel has it); only a killed machine would.
      '--innodb-flush-log-at-trx-commit=2',
      '--character-set-server=utf8mb4',
    ],
    ready: async () => (await ask(port)) === '',
    stopSignal: 'SIGKILL',
  });
  const sql = async (text: string): Promise<void> => {
    await run('mariadb', ['--no-defaults', `--socket=${socket}`, '--user=root', '-e', text]);
  };
  await sql(`CREATE USER '${USER}'@'%' IDENTIFIED BY '${PASSWORD}'`);
  let databases = 0;
  return {
    ...server,
    createDatabase: async () => {
      databases += 1;
      const name = `murmur_${String(databases)}`;
      await sql(`CREATE DATABASE ${name}; GRANT ALL ON ${name}.* TO '${USER}'@'%'`);
      return `mysql://${USER}:${PASSWORD}@127.0.0.1:${String(port)}/${name}`;
    },
  };
}

/** A data folder with the system tables, made once per machine and user: `mariadb-install-db` takes seconds, a copy does not. */
async function installedTemplate(): Promise<string> {
  const template = join(
    tmpdir(),
    `murmur-mariadb-template-${String(TEMPLATE_VERSION)}-${userInfo().username}`,
  );
  if (existsSync(template)) return template;
  const fresh = await mkdtemp(join(tmpdir(), 'murmur-mariadb-install-'));
  await run('mariadb-install-db', [
    '--no-defaults',
    ...asUser(),
    `--datadir=${fresh}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve',
    '--innodb-log-file-size=16M',
  ]);
  try {
    await rename(fresh, template);
  } catch (error) {
    await removeFolder(fresh);
    if (!existsSync(template)) throw error; // else: another test process was first
  }
  return template;
}

function asUser(): string[] {
  return asRoot() ? ['--user=root'] : [];
}
