import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoint } from '@murmur/discovery';
import { askMany } from './exchanges.js';
import { MetaConnection } from './meta-connection.js';
import { metaDeleteMany } from './meta-commands-core.js';
import { MetadumpParser } from './metadump-core.js';
import type { CacheOptions } from './options.js';
import { hashKey, KEY_BYTES_MAX, pickServer, serverSeed } from './rendezvous-core.js';
import { endpointName } from './server-table.js';

/** A client that learns of a new server late may write to the old one for so long: then it is looked at again, ms. */
export const SWEEP_AGAIN_MS = 5_000;
/** Without a byte for so long a dump has failed, ms. */
const DUMP_SILENCE_MS = 5_000;
/** Tries of one server's sweep (another dump may be under way: BUSY), and the pause between them, ms. */
const TRIES_MAX = 5;
const TRY_PAUSE_MS = 500;

export interface MovedKeysOptions extends Pick<CacheOptions, 'serverSet' | 'log'> {
  /** So many keys were removed in one sweep. */
  readonly onSwept?: (keys: number) => void;
}

export interface MovedKeysSweeper {
  close(): Promise<void>;
}

/**
 * Removes what a server still holds of keys that are another's by now. While a server is out of the set, its keys live
 * elsewhere; when it is back they stay behind there, miss what happens from now on, and would be served again, stale, if it
 * went once more. So at every join, and once at the start, each server's keys are listed and the strangers deleted; a
 * deletion too many is only a miss. One process per cluster is enough, several do no harm.
 */
export function sweepMovedKeys(options: MovedKeysOptions): MovedKeysSweeper {
  const { serverSet } = options;
  const stopping = new AbortController();
  let known = new Set<string>();
  let running: Promise<void> | null = null;
  let wanted = false;

  const stopped = (): boolean => stopping.signal.aborted;

  const loop = async (): Promise<void> => {
    while (wanted && !stopped()) {
      wanted = false;
      await sweepAll(options, stopping.signal);
      await sleep(SWEEP_AGAIN_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (!stopped()) await sweepAll(options, stopping.signal);
    }
    running = null;
  };
  const look = (): void => {
    const names = serverSet.members().map((member) => endpointName(member.serviceEndpoint));
    const joined = names.some((name) => !known.has(name));
    known = new Set(names);
    if (!joined || names.length < 2 || stopped()) return;
    wanted = true;
    running ??= loop();
  };
  const unsubscribe = serverSet.onChange(look);
  look();
  return {
    async close() {
      unsubscribe();
      stopping.abort();
      await running;
    },
  };
}

async function sweepAll({ serverSet, log, onSwept }: MovedKeysOptions, signal: AbortSignal): Promise<void> {
  const endpoints = new Map(
    serverSet.members().map((m) => [endpointName(m.serviceEndpoint), m.serviceEndpoint]),
  );
  const names = [...endpoints.keys()];
  const seeds = names.map(serverSeed);
  const results = await Promise.all(
    names.map((name) => {
      const isStranger = (key: string): boolean =>
        /^[!-~]+$/.test(key) &&
        key.length <= KEY_BYTES_MAX &&
        names[pickServer(hashKey(key), seeds)] !== name;
      return sweepServer(endpoints.get(name) as Endpoint, isStranger, log, signal);
    }),
  );
  const keys = results.reduce((sum, swept) => sum + swept, 0);
  if (keys > 0) log.info({ keys }, 'removed keys that belong to another memcached now');
  onSwept?.(keys);
}

async function sweepServer(
  endpoint: Endpoint,
  isStranger: (key: string) => boolean,
  log: CacheOptions['log'],
  signal: AbortSignal,
): Promise<number> {
  const connection = new MetaConnection(endpoint, { log });
  let swept = 0;
  const remove = async (keys: readonly string[]): Promise<void> => {
    const strangers = keys.filter(isStranger);
    if (strangers.length === 0) return;
    await askMany(connection, metaDeleteMany(strangers));
    swept += strangers.length;
  };
  try {
    for (let tries = 0; tries < TRIES_MAX && !signal.aborted; tries++) {
      try {
        await dump(endpoint, remove, signal);
        return swept;
      } catch (error) {
        const last = tries === TRIES_MAX - 1 && !signal.aborted;
        if (last)
          log.warn({ server: connection.name, err: error }, 'keys of a memcached could not be listed');
        await sleep(TRY_PAUSE_MS, undefined, { signal }).catch(() => undefined);
      }
    }
    return swept;
  } finally {
    connection.close();
  }
}

/** Reads one server's list of keys, as fast as `onKeys` takes them. */
async function dump(
  endpoint: Endpoint,
  onKeys: (keys: readonly string[]) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const socket = connect({ host: endpoint.host, port: endpoint.port, signal });
  socket.setTimeout(DUMP_SILENCE_MS, () => socket.destroy(new Error(`silent for ${DUMP_SILENCE_MS} ms`)));
  socket.write('lru_crawler metadump all\r\n');
  const parser = new MetadumpParser();
  try {
    for await (const chunk of socket) {
      await onKeys(parser.push(chunk as Buffer));
      if (parser.ended) return;
    }
    throw new Error('closed before the end of the list');
  } finally {
    socket.destroy();
  }
}
