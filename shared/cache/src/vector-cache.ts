import { appendOnServer } from './append.js';
import { ask, askMany, windowsOf } from './exchanges.js';
import { metaAdd, metaCas, metaDelete, metaGet, metaGetMany } from './meta-commands-core.js';
import { MetaConnection } from './meta-connection.js';
import { flagOf, type Reply, type ReplyCode } from './meta-parser-core.js';
import type { CacheOptions } from './options.js';
import { ServerTable } from './server-table.js';
import type { AppendResult, CasResult, CasValue, VectorCache } from './types.js';

/** Keys of one multi-get request; more go out as several. */
const GET_KEYS_MAX = 100;

export interface VectorCacheOptions extends CacheOptions {
  /** 0 <= x < 1; for the generation of a new value. */
  readonly random?: () => number;
}

/** The vector pool of a ServerSet. It connects at the first use, and never throws because a server is away. */
export function createVectorCache(options: VectorCacheOptions): VectorCache {
  const table = new ServerTable(options.serverSet, (endpoint) => new MetaConnection(endpoint, options));
  const random = options.random ?? Math.random;
  const lookup = (hits: number, misses: number): void => options.hooks?.lookup?.(hits, misses);

  const askFor = async (key: string, bytes: Buffer): Promise<Reply | null> => {
    const server = table.serverOf(key);
    return server === null ? null : ask(server, bytes);
  };

  return {
    async get(key) {
      const reply = await askFor(key, metaGet(key));
      const hit = reply?.code === 'VA' ? casValueOf(reply) : null;
      lookup(hit === null ? 0 : 1, hit === null ? 1 : 0);
      return hit;
    },

    async getMany(keys) {
      const out = new Map<string, CasValue>();
      const requests: Promise<void>[] = [];
      for (const [server, group] of table.group(keys))
        if (server !== null)
          for (const window of windowsOf(group, GET_KEYS_MAX)) requests.push(getWindow(server, window, out));
      await Promise.all(requests);
      lookup(out.size, keys.length - out.size);
      return out;
    },

    async add(key, value, ttlSeconds) {
      const reply = await askFor(key, metaAdd(key, value, Math.floor(random() * 0x1_0000_0000), ttlSeconds));
      if (reply?.code === 'HD') return 'stored';
      return reply?.code === 'NS' ? 'exists' : 'unavailable';
    },

    async cas(key, value, cas, ttlSeconds) {
      const [number = '', generation = ''] = cas.split('.');
      return casResultOf(await askFor(key, metaCas(key, value, number, Number(generation), ttlSeconds)));
    },

    async appendMany(keys, bytes) {
      const results = await Promise.all(
        [...table.group(keys)].map(async ([server, group]) =>
          server === null
            ? { stored: 0, absent: 0, unavailable: group }
            : appendOnServer(server, group, bytes),
        ),
      );
      return results.length === 1 ? (results[0] as AppendResult) : sumOf(results);
    },

    async delete(key) {
      const reply = await askFor(key, metaDelete(key));
      return reply?.code === 'HD' || reply?.code === 'NF';
    },

    close: () => table.close(),
  };
}

function casValueOf(reply: Reply): CasValue {
  const generation = flagOf(reply.rest, 'f') ?? '0';
  return {
    value: Buffer.from(reply.value),
    cas: `${flagOf(reply.rest, 'c') ?? ''}.${generation}`,
    generation,
  };
}

async function getWindow(
  server: MetaConnection,
  keys: readonly string[],
  out: Map<string, CasValue>,
): Promise<void> {
  for (const reply of (await askMany(server, metaGetMany(keys))) ?? []) {
    const key = flagOf(reply.rest, 'k');
    if (reply.code === 'VA' && key !== null) out.set(key, casValueOf(reply));
  }
}

const CAS_RESULTS: Partial<Record<ReplyCode, CasResult>> = {
  HD: 'stored',
  EX: 'exists',
  NF: 'not_found',
  NS: 'not_found',
};

function casResultOf(reply: Reply | null): CasResult {
  if (reply?.code === 'SERVER_ERROR' && reply.rest.includes('too large')) return 'too_large';
  return (reply === null ? null : CAS_RESULTS[reply.code]) ?? 'unavailable';
}

function sumOf(results: readonly AppendResult[]): AppendResult {
  return {
    stored: results.reduce((sum, result) => sum + result.stored, 0),
    absent: results.reduce((sum, result) => sum + result.absent, 0),
    unavailable: results.flatMap((result) => result.unavailable),
  };
}
