import type { MemjsServer } from './memjs.js';
import type { CacheOptions } from './options.js';
import { RowServer } from './row-server.js';
import { ServerTable } from './server-table.js';
import type { RowCache } from './types.js';

/** The row pool of a ServerSet. It connects at the first use, and never throws because a server is away. */
export function createRowCache(options: CacheOptions): RowCache {
  const table = new ServerTable(options.serverSet, (endpoint) => new RowServer(endpoint, options));
  const lookup = (hits: number, misses: number): void => options.hooks?.lookup?.(hits, misses);
  const on = async <T>(key: string, operation: (client: MemjsServer) => Promise<T>): Promise<T | null> => {
    const server = table.serverOf(key);
    return server === null ? null : server.run(operation);
  };

  return {
    async get(key) {
      const value = await on(key, (client) => client.get(key));
      lookup(value === null ? 0 : 1, value === null ? 1 : 0);
      return value;
    },

    /** memjs has no multi-get: the gets go out pipelined on each server's connection. */
    async getMany(keys) {
      const out = new Map<string, Buffer>();
      const unique = [...new Set(keys)];
      const values = await Promise.all(unique.map((key) => on(key, (client) => client.get(key))));
      for (const [i, value] of values.entries()) if (value !== null) out.set(unique[i] as string, value);
      lookup(out.size, unique.length - out.size);
      return out;
    },

    async set(key, value, ttlSeconds) {
      return (await on(key, (client) => client.set(key, value, ttlSeconds).then(() => true))) ?? false;
    },

    async add(key, value, ttlSeconds) {
      const stored = await on(key, (client) => client.add(key, value, ttlSeconds));
      if (stored === null) return 'unavailable';
      return stored ? 'stored' : 'exists';
    },

    async delete(key) {
      return (await on(key, (client) => client.delete(key).then(() => true))) ?? false;
    },

    increment: (key, by, ttlSeconds) => on(key, (client) => client.increment(key, by, ttlSeconds)),
    close: () => table.close(),
  };
}
