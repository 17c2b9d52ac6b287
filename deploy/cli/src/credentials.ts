import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Credentials } from '@murmur/scheduler-api';
import type { Cluster } from './clusters-core.js';
import { messageOf } from './errors-core.js';
import { CliError } from './exit-core.js';
import type { Io } from './io.js';
import { netrcLogin } from './netrc-core.js';

/**
 * What a cluster's scheduler is shown: BASIC from `~/.netrc` by the host's name, TOKEN from `AURORA_TOKEN` or the cluster's
 * `token_file`. Throws CliError AUTH when what the cluster wants is not there.
 */
export async function credentialsFor(io: Io, cluster: Cluster, url: string): Promise<Credentials> {
  switch (cluster.auth) {
    case 'UNAUTHENTICATED':
      return null;
    case 'BASIC': {
      const file = join(io.env['HOME'] ?? '/', '.netrc');
      const host = new URL(url).hostname;
      const login = netrcLogin((await readFile(file, 'utf8').catch(() => null)) ?? '', host);
      if (login !== null) return login;
      throw wanted(cluster, `BASIC: ${file} has no login for machine ${host}`);
    }
    case 'TOKEN':
      return { token: await tokenOf(io, cluster) };
  }
}

async function tokenOf(io: Io, cluster: Cluster): Promise<string> {
  const token = io.env['AURORA_TOKEN'];
  if (token !== undefined && token !== '') return headerToken(cluster, token.trim(), 'AURORA_TOKEN');
  if (cluster.tokenFile === null)
    throw wanted(cluster, `TOKEN: AURORA_TOKEN is not set, and ${cluster.file} names no token_file`);
  const file = resolve(dirname(cluster.file), cluster.tokenFile);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw wanted(cluster, `TOKEN: token_file: ${messageOf(error)}`);
  });
  if (text.trim() === '') throw wanted(cluster, `TOKEN: token_file ${file} is empty`);
  return headerToken(cluster, text.trim(), `token_file ${file}`);
}

/** What cannot stand in a header is no token; it is not shown. */
function headerToken(cluster: Cluster, token: string, source: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw wanted(cluster, `TOKEN: ${source} holds no token: allowed are visible ASCII characters`);
}

function wanted(cluster: Cluster, what: string): CliError {
  return new CliError('AUTH', `cluster "${cluster.name}" wants ${what}`);
}
