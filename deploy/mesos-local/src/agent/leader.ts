import { connectDiscovery, isZkUrl, parseZkUrl } from '@murmur/discovery';
import { MasterInfo, decode } from '@murmur/engine';
import type { Log } from '@murmur/service';
import { readAuthority } from './outbox-core.js';

export interface Leader {
  readonly host: string;
  readonly port: number;
}

/** Where the leading master is. */
export interface LeaderSource {
  /** Null while none is known. */
  current(): Leader | null;
  onChange(listener: () => void): void;
  close(): Promise<void>;
}

/** `host:port` for good, or whoever leads at `zk://.../path`. Throws an Error that names the value and what is allowed. */
export function leaderSource(master: string, sessionTimeoutMs: number, log: Log): LeaderSource {
  if (isZkUrl(master)) return fromZooKeeper(master, sessionTimeoutMs, log);
  const leader = readAuthority(master);
  if (leader === null)
    throw new Error(`--master: "${master}" is not allowed; allowed is host:port or zk://host:port/path`);
  return { current: () => leader, onChange: () => undefined, close: () => Promise.resolve() };
}

function fromZooKeeper(url: string, sessionTimeoutMs: number, log: Log): LeaderSource {
  const { servers, path, auth } = parseZkUrl(url);
  const discovery = connectDiscovery({
    zk: servers,
    sessionTimeoutMs,
    log,
    ...(auth === null ? {} : { auth }),
  });
  const watch = discovery.watchLeader<Leader>(path, readLeader);
  return {
    current: () => watch.leader(),
    onChange: (listener) => {
      watch.onChange(listener);
    },
    close: async () => {
      watch.close();
      await discovery.close();
    },
  };
}

/** MasterInfo as JSON, the only form that a master of today writes. */
function readLeader(label: string | null, text: string): Leader | null {
  if (label !== 'json.info') return null;
  try {
    const { address } = decode(MasterInfo, JSON.parse(text));
    const host = address?.ip ?? address?.hostname;
    return address === undefined || host === undefined ? null : { host, port: address.port };
  } catch {
    return null;
  }
}
