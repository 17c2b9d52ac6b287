import type { Endpoint, Member } from '@murmur/discovery';
import type { CacheOptions } from './options.js';
import { hashKey, pickServer, serverSeed } from './rendezvous-core.js';

export interface ServerHandle {
  readonly name: string;
  close(): void;
}

/** The servers of one pool: one handle per `host:port` for as long as a member with it is in the ServerSet. */
export class ServerTable<S extends ServerHandle> {
  readonly #open: (endpoint: Endpoint) => S;
  readonly #unsubscribe: () => void;
  #servers: S[] = [];
  #seeds: number[] = [];

  constructor(serverSet: CacheOptions['serverSet'], open: (endpoint: Endpoint) => S) {
    this.#open = open;
    this.#unsubscribe = serverSet.onChange((members) => this.#update(members));
    this.#update(serverSet.members());
  }

  /** Null when the pool is empty. Throws a RangeError on a key that memcached would not take. */
  serverOf(key: string): S | null {
    return this.#servers[pickServer(hashKey(key), this.#seeds)] ?? null;
  }

  /** Keys by their server, order kept; null is the server of all of them when the pool is empty. */
  group(keys: readonly string[]): ReadonlyMap<S | null, string[]> {
    const groups = this.#servers.map((): string[] => []);
    const nowhere: string[] = [];
    for (const key of keys) (groups[pickServer(hashKey(key), this.#seeds)] ?? nowhere).push(key);
    const out = new Map<S | null, string[]>();
    for (const [i, group] of groups.entries()) if (group.length > 0) out.set(this.#servers[i] as S, group);
    if (nowhere.length > 0) out.set(null, nowhere);
    return out;
  }

  close(): void {
    this.#unsubscribe();
    for (const server of this.#servers) server.close();
    this.#servers = [];
    this.#seeds = [];
  }

  #update(members: readonly Member[]): void {
    const endpoints = new Map(members.map((m) => [endpointName(m.serviceEndpoint), m.serviceEndpoint]));
    const known = new Map(this.#servers.map((server) => [server.name, server]));
    const names = [...endpoints.keys()].sort();
    this.#servers = names.map((name) => known.get(name) ?? this.#open(endpoints.get(name) as Endpoint));
    this.#seeds = names.map(serverSeed);
    for (const [name, server] of known) if (!endpoints.has(name)) server.close();
  }
}

export function endpointName(endpoint: Endpoint): string {
  return `${endpoint.host}:${endpoint.port}`;
}
