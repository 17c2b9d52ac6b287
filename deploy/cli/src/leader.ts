import type { Member } from '@murmur/discovery';
import type { Cluster } from './clusters-core.js';
import { CliError, interrupted } from './exit-core.js';

/** ZooKeeper must answer within this, and a leader be there, ms. */
export const LEADER_WAIT_MS = 10_000;
const SESSION_MS = 10_000;

/**
 * Where schedulers of a cluster may be. With `zk`, the one `member_` child of `scheduler_zk_path`: none or several mean that there is no
 * leader now, which is waited out. Throws CliError NETWORK_ERROR.
 */
export async function schedulerUrls(
  cluster: Cluster,
  signal?: AbortSignal,
  waitMs: number = LEADER_WAIT_MS,
): Promise<readonly string[]> {
  if (cluster.zk === null || cluster.schedulerZkPath === null) return cluster.uris;
  const { connectDiscovery } = await import('@murmur/discovery');
  const log = { info: () => undefined, warn: () => undefined };
  const discovery = connectDiscovery({ zk: cluster.zk, sessionTimeoutMs: SESSION_MS, log });
  try {
    const set = discovery.watch(cluster.schedulerZkPath);
    return await new Promise((resolve, reject) => {
      const fail = (error: CliError): void => {
        clearTimeout(timer);
        reject(error);
      };
      const look = (members: readonly Member[]): void => {
        const url = leaderUrl(members);
        if (url === null) return;
        clearTimeout(timer);
        resolve([url]);
      };
      const timer = setTimeout(
        () => fail(noLeader(cluster, discovery.connected(), set.members().length)),
        waitMs,
      );
      signal?.addEventListener('abort', () => fail(interrupted()), { once: true });
      set.onChange(look);
      look(set.members());
    });
  } finally {
    await discovery.close();
  }
}

/** Of the one member; null when there is none, or more than one. */
export function leaderUrl(members: readonly Member[]): string | null {
  const [leader, ...others] = members;
  if (leader === undefined || others.length > 0) return null;
  const { https, http } = leader.additionalEndpoints;
  const { host, port } = https ?? http ?? leader.serviceEndpoint;
  return `${https === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function noLeader(cluster: Cluster, connected: boolean, members: number): CliError {
  const zk = `${cluster.zk ?? ''}${cluster.schedulerZkPath ?? ''}`;
  const why = connected
    ? `${members} members at ${zk}, one is the leader`
    : `ZooKeeper does not answer: ${zk}`;
  return new CliError('NETWORK_ERROR', `cluster "${cluster.name}": no scheduler leads: ${why}`);
}
