import { networkInterfaces } from 'node:os';
import {
  connectDiscovery,
  type Announcement,
  type Discovery,
  type Endpoint,
  type NewMember,
} from '@murmur/discovery';
import type { Log } from '@murmur/service';
import type { Protocol } from './clients.js';
import { NOT_SERVED } from './listener.js';
import type { KestrelOptions } from './options.js';
import type { Status } from './queue/status-core.js';

/** The ports a server listens on; NOT_SERVED where it does not. */
export type Ports = Readonly<Record<Protocol | 'admin', number>>;

/** The server's place in the two ServerSets. */
export interface Membership {
  /**
   * Up: in both sets; writeAvoid and readOnly: in the read set only; else in none. Resolves when the sets that are not
   * for this status have been left, or ZooKeeper is out of reach: then it goes on trying.
   */
  apply(status: Status): Promise<void>;
  /** Leaves both sets; resolves when that is done or ZooKeeper is out of reach. */
  leave(): Promise<void>;
}

/** Announces a server that listens on these ports, as far as its status allows. Null: there is no ZooKeeper. */
export function joinCluster(options: KestrelOptions, ports: Ports, log: Log): Membership | null {
  if (options.zk === '') return null;
  const discovery = connectDiscovery({ zk: options.zk, sessionTimeoutMs: options.sessionTimeoutMs, log });
  const member = memberOf(reachableHost(options.host), ports, options.instance);
  const read = new Seat(discovery, `${options.clusterPath}/kestrel/read`, member);
  const write = new Seat(discovery, `${options.clusterPath}/kestrel/write`, member);
  return {
    apply: async (status) => {
      await Promise.all([
        read.take(status === 'up' || status === 'writeAvoid' || status === 'readOnly'),
        write.take(status === 'up'),
      ]);
    },
    leave: async () => {
      await Promise.all([read.leave(), write.leave()]);
      await discovery.close();
    },
  };
}

/** What is announced: the first protocol that is served is the main endpoint, and each has its name. */
export function memberOf(host: string, ports: Ports, instance: string): NewMember {
  const at = (port: number): Endpoint => ({ host, port });
  const served = MAIN_FIRST.filter((protocol) => ports[protocol] !== NOT_SERVED);
  return {
    serviceEndpoint: at(ports[served[0] ?? 'admin']),
    additionalEndpoints: Object.fromEntries(
      [...served, 'admin' as const].map((name) => [name, at(ports[name])]),
    ),
    status: 'ALIVE',
    shard: /^\d{1,9}$/.test(instance) ? Number(instance) : null,
  };
}

const MAIN_FIRST: readonly Protocol[] = ['memcache', 'thrift', 'text'];

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

  /** Resolves at once where the seat is taken: who joins waits for nothing. */
  async take(wanted: boolean): Promise<void> {
    if (wanted) this.#announcement ??= this.#discovery.announce(this.#path, this.#member);
    else await this.leave();
  }

  async leave(): Promise<void> {
    const announcement = this.#announcement;
    this.#announcement = null;
    await announcement?.withdraw();
  }
}

/** What others reach this machine by: the address listened on, or the first outward one where that is all of them. */
export function reachableHost(host: string, interfaces = networkInterfaces()): string {
  if (host !== '0.0.0.0' && host !== '::') return host;
  const outward = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  const first = outward.find(({ family }) => family === 'IPv4') ?? outward[0];
  return first?.address ?? '127.0.0.1';
}
