/** One queue on every server of the read set: a reader each, so all servers are drained at once. */
import type { Endpoint, ServerSet } from '@murmur/discovery';
import type { Bounds } from './defaults.js';
import { linkMembers, type MemberLink } from './members.js';
import { Reader } from './reader.js';
import { checkQueueName } from './requests-core.js';
import type { ConsumeOptions, KestrelConsumer, KestrelLog } from './types.js';

/** Throws a RangeError for a `batchMax` below 1, a KestrelError for a name that no queue can have. */
export function createConsumer(
  readSet: ServerSet,
  options: ConsumeOptions,
  bounds: Bounds,
  log: KestrelLog,
): KestrelConsumer {
  checkQueueName(options.queue);
  if (!Number.isSafeInteger(options.batchMax) || options.batchMax < 1)
    throw new RangeError(`batchMax: ${options.batchMax} is not allowed, a whole number from 1 is required`);
  /** Stops of readers whose server has left the set. */
  const leaving = new Set<Promise<void>>();
  const readers = linkMembers(readSet, (endpoint) => readerLink(endpoint, options, bounds, log, leaving));
  return {
    liveServers: () => readers.all().filter(({ reader }) => reader.live()).length,
    stop: async () => {
      readers.unsubscribe();
      await Promise.all([...leaving, ...readers.all().map(({ reader }) => reader.stop())]);
    },
  };
}

function readerLink(
  endpoint: Endpoint,
  options: ConsumeOptions,
  bounds: Bounds,
  log: KestrelLog,
  leaving: Set<Promise<void>>,
): MemberLink & { readonly reader: Reader } {
  const reader = new Reader(endpoint, options, bounds, log);
  return {
    reader,
    nudge: () => {
      reader.nudge();
    },
    leave: () => {
      const stopped = reader.stop().finally(() => leaving.delete(stopped));
      leaving.add(stopped);
    },
  };
}
