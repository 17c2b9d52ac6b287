import {
  connectDiscovery,
  isZkUrl,
  parseZkUrl,
  type Discovery,
  type DiscoveryLog,
  type LeaderWatch,
} from '@murmur/discovery';
import { decodeText } from '../wire/json-core.js';
import { MasterInfo } from '../wire/messages/entities.js';

/** Who leads, as a scheduler or an agent sees it. */
export interface MasterDetector {
  /** Base URL of the leading master, or null while nobody is known to lead. */
  leader(): string | null;
  /** Calls at every change, not at once; returns the unsubscribe. */
  onChange(listener: (url: string | null) => void): () => void;
  close(): Promise<void>;
}

/** Mesos's own session time-out towards ZooKeeper, ms. */
export const ZK_SESSION_TIMEOUT_MS = 10_000;

/**
 * `host:port` or `http://host:port` of one master, which redirects while it does not lead; or `zk://host:port[,...]/path`,
 * where the masters of Mesos elect their leader, in a session of that time-out (ms). Throws an Error that names what is allowed.
 */
export function createDetector(
  master: string,
  log: DiscoveryLog,
  zkSessionTimeoutMs = ZK_SESSION_TIMEOUT_MS,
): MasterDetector {
  return isZkUrl(master) ? zkDetector(master, log, zkSessionTimeoutMs) : staticDetector(master);
}

/** One master that is known by its address. */
export function staticDetector(master: string): MasterDetector {
  const withScheme = master.includes('://');
  const text = withScheme ? master : `http://${master}`;
  if (!URL.canParse(text) || !/^https?:/.test(text) || (!withScheme && !/:[1-9]\d*$/.test(text)))
    throw new Error(
      `master "${master}" is not allowed; allowed are host:port, http://host:port and zk://host:port/path`,
    );
  const { origin } = new URL(text);
  return { leader: () => origin, onChange: () => () => undefined, close: () => Promise.resolve() };
}

function zkDetector(master: string, log: DiscoveryLog, sessionTimeoutMs: number): MasterDetector {
  const { servers, path, auth } = parseZkUrl(master);
  const discovery: Discovery = connectDiscovery({
    zk: servers,
    sessionTimeoutMs,
    log,
    ...(auth === null ? {} : { auth }),
  });
  const watch: LeaderWatch<string> = discovery.watchLeader(path, urlOfMaster);
  return {
    leader: () => watch.leader(),
    onChange: (listener) => watch.onChange(listener),
    close: async () => {
      watch.close();
      await discovery.close();
    },
  };
}

/** Masters since 1.0 write MasterInfo as JSON under `json.info_`; what cannot be read leads nobody anywhere. */
export function urlOfMaster(label: string | null, text: string): string | null {
  if (label !== 'json.info') return null;
  try {
    const { address, hostname, port } = decodeText(MasterInfo, text);
    const host = address?.ip ?? address?.hostname ?? hostname ?? 'localhost';
    return `http://${host.includes(':') ? `[${host}]` : host}:${address?.port ?? port}`;
  } catch {
    return null;
  }
}
