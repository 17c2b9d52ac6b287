import { networkInterfaces } from 'node:os';
import { connectDiscovery, type Announcement, type Discovery, type NewMember } from '@murmur/discovery';
import type { Log } from '@murmur/service';
import type { KestrelOptions } from './options.js';
import type { Status } from './queue/status-core.js';

/** The server's place in the two ServerSets. */
export interface Membership {
  /** Up: in both sets; writeAvoid and readOnly: in the read set only; else in none. */
  apply(status: Status): void;
  /** Leaves both sets; resolves when that is done or ZooKeeper is out of reach. */
  leave(): Promise<void>;
}

/** Announces a server that listens on these ports, as far as its status allows. */
export function joinCluster(
  options: KestrelOptions,
  ports: { readonly memcache: number; readonly admin: number },
  log: Log,
): Membership {
  if (options.zk === '') return { apply: () => undefined, leave: () => Promise.resolve() };
  const discovery = connectDiscovery({ zk: options.zk, sessionTimeoutMs: options.sessionTimeoutMs, log });
  const host = reachableHost(options.host);
  const member: NewMember = {
    serviceEndpoint: { host, port: ports.memcache },
    additionalEndpoints: { memcache: { host, port: ports.memcache }, admin: { host, port: ports.admin } },
    status: 'ALIVE',
    shard: /^\d{1,9}$/.test(options.instance) ? Number(options.instance) : null,
  };
  const read = new Seat(discovery, `${options.clusterPath}/kestrel/read`, member);
  const write = new Seat(discovery, `${options.clusterPath}/kestrel/write`, member);
  return {
    apply: (status) => {
      read.take(status === 'up' || status === 'writeAvoid' || status === 'readOnly');
      write.take(status === 'up');
    },
    leave: async () => {
      await Promise.all([read.leave(), write.leave()]);
      await discovery.close();
    },
  };
}

class Seat {
  readonly #discovery: Discovery;
  readonly #path: string;
  readonly #member: NewMember;
  #announcement: Announcement | null = null;

  constructor(discovery: Discovery, path: string, member: NewMember) {
    this.#discovery = discovery;
    this.#path = path;
    this.#member = member;
  }

  take(wanted: boolean): void {
    if (wanted) this.#announcement ??= this.#discovery.announce(this.#path, this.#member);
    else void this.leave();
  }

  async leave(): Promise<void> {
    const announcement = this.#announcement;
    this.#announcement = null;
    await announcement?.withdraw();
  }
}

/** What others reach this machine by: the address listened on, or the first outward one where that is all of them. */
function reachableHost(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host;
  const outward = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.internal === false && address.family === 'IPv4');
  return outward?.address ?? '127.0.0.1';
}
