/** Where an election is held: `zk://[user:password@]host:port[,host:port...]/path`. */
export interface ZkUrl {
  /** `host:port[,host:port...]`, as `connectDiscovery` takes it. */
  readonly servers: string;
  /** `/mesos` */
  readonly path: string;
  /** `user:password` for ZooKeeper's digest scheme, or null. */
  readonly auth: string | null;
}

const FORM = /^zk:\/\/(?:([^@/]+:[^@/]+)@)?([^@/]+)((?:\/[^/]+)+)$/;
const SERVER = /^(?:[A-Za-z0-9_.-]+|\[[0-9a-fA-F:]+\])(?::(\d{1,5}))?$/;
const DEFAULT_PORT = 2181;
const MAX_PORT = 65_535;

export function isZkUrl(text: string): boolean {
  return text.startsWith('zk://');
}

/** Throws an Error that names the form allowed; the password is not shown. A server without port has 2181. */
export function parseZkUrl(text: string): ZkUrl {
  const match = FORM.exec(text);
  const servers = (match?.[2] ?? '').split(',').map((server) => {
    const port = SERVER.exec(server)?.[1];
    if (!SERVER.test(server) || Number(port ?? 1) > MAX_PORT || Number(port ?? 1) === 0) return null;
    return port === undefined ? `${server}:${DEFAULT_PORT}` : server;
  });
  if (match === null || servers.includes(null)) {
    const shown = text.replace(/\/\/[^@]*@/, '//(secret)@');
    throw new Error(
      `"${shown}" is not allowed; allowed is zk://[user:password@]host:port[,host:port...]/path, without a slash at the end`,
    );
  }
  return { servers: servers.join(','), path: match[3] ?? '', auth: match[1] ?? null };
}
