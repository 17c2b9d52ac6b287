/** One queue on every server of the read set: a reader each, so all servers are drained at once. */
import type { ServerSet } from '@murmur/discovery';
import type { Bounds } from './defaults.js';
import { linkMembers } from './members.js';
import { createReader } from './reader.js';
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
  const readers = linkMembers(readSet, (endpoint) => {
    const reader = createReader(endpoint, options, bounds, log);
    const leave = (): void => {
      const stopped = reader.stop().finally(() => leaving.delete(stopped));
      leaving.add(stopped);
    };
    return { ...reader, leave };
  });

  async function stop(): Promise<void> {
    readers.unsubscribe();
    await Promise.all([...leaving, ...readers.all().map((reader) => reader.stop())]);
  }

  return { stop, liveServers: () => readers.all().filter((reader) => reader.live()).length };
}
