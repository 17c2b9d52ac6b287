/** One queue on every server of the read set: a reader each, so all servers are drained at once. */
import type { Endpoint, ServerSet } from '@murmur/discovery';
import { serverName } from './connection.js';
import type { Bounds } from './defaults.js';
import { linkMembers, type MemberLink } from './members.js';
import { Reader } from './reader.js';
import { checkQueueName } from './requests-core.js';
import type { ConsumeOptions, KestrelConsumer, KestrelLog } from './types.js';

/** Throws a RangeError for a bound below 1, a KestrelError for a name that no queue can have. */
export function createConsumer(
  readSet: ServerSet,
  options: ConsumeOptions,
  bounds: Bounds,
  log: KestrelLog,
): KestrelConsumer {
  const { batchMax, inHandMax = Infinity } = options;
  checkQueueName(options.queue);
  checkCount('batchMax', batchMax);
  if (inHandMax !== Infinity) checkCount('inHandMax', inHandMax);
  const share = (): number =>
    Math.max(1, Math.min(batchMax, Math.floor(inHandMax / Math.max(1, readSet.members().length))));
  /** Stops of readers whose server has left the set, by server. */
  const leaving = new Map<string, Promise<void>>();
  const links = linkMembers(
    readSet,
    (endpoint) => new ReaderLink(endpoint, () => new Reader(endpoint, options, share, bounds, log), leaving),
  );
  return {
    liveServers: () => links.all().filter((link) => link.live()).length,
    stop: async () => {
      links.unsubscribe();
      for (const link of links.all()) link.leave();
      await Promise.all(leaving.values());
    },
  };
}

function checkCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`${name}: ${value} is not allowed, a whole number from 1 is required`);
}

/** A server that comes back while its old reader still has a batch in hand gets the next reader after that. */
class ReaderLink implements MemberLink {
  private readonly server: string;
  private readonly leaving: Map<string, Promise<void>>;
  private reader: Reader | null = null;
  private left = false;

  constructor(endpoint: Endpoint, open: () => Reader, leaving: Map<string, Promise<void>>) {
    this.server = serverName(endpoint);
    this.leaving = leaving;
    const begin = (): void => {
      if (!this.left) this.reader = open();
    };
    const before = leaving.get(this.server);
    if (before === undefined) begin();
    else void before.then(begin);
  }

  live(): boolean {
    return this.reader?.live() === true;
  }

  nudge(): void {
    this.reader?.nudge();
  }

  leave(): void {
    if (this.left) return;
    this.left = true;
    if (this.reader === null) return;
    const stopped = this.reader.stop().finally(() => {
      if (this.leaving.get(this.server) === stopped) this.leaving.delete(this.server);
    });
    this.leaving.set(this.server, stopped);
  }
}
