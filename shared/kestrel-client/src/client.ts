import type { Member, ServerSet } from '@murmur/discovery';
import { ask } from './ask.js';
import { messageOf, serverName } from './connection.js';
import { createConsumer } from './consumer.js';
import { boundsOf, type Bounds } from './defaults.js';
import { memcacheEndpoint } from './members.js';
import { Producer } from './producer.js';
import { queueStatsReader } from './stats-core.js';
import { checkQueueName, encodeDelete, STATS_REQUEST } from './requests-core.js';
import type {
  ConsumeOptions,
  KestrelClient,
  KestrelClientOptions,
  KestrelConsumer,
  KestrelLog,
  QueueStats,
} from './types.js';

/**
 * A client of all Kestrels of two ServerSets: puts go to the write set, reads come from the read set. Starts
 * while there is no server and gets well when one comes. The sets stay the caller's to close. Bounds are in
 * `KESTREL_DEFAULTS`; errors in `KESTREL_ERRORS`.
 */
export function createKestrelClient(options: KestrelClientOptions): KestrelClient {
  const { readSet, writeSet, log } = options;
  const bounds = boundsOf(options);
  const producer = new Producer(writeSet, bounds, log);
  const consumers = new Set<KestrelConsumer>();

  function consume(consumeOptions: ConsumeOptions): KestrelConsumer {
    const consumer = createConsumer(readSet, consumeOptions, bounds, log);
    const tracked: KestrelConsumer = {
      liveServers: () => consumer.liveServers(),
      stop: async () => {
        await consumer.stop();
        consumers.delete(tracked);
      },
    };
    consumers.add(tracked);
    return tracked;
  }

  async function close(): Promise<void> {
    await Promise.all([...consumers].map((consumer) => consumer.stop()));
    await producer.close();
  }

  return {
    put: (queue, payload) => producer.put(queue, payload),
    ready: (payloadBytes) => producer.ready(payloadBytes),
    liveWriters: () => producer.liveWriters(),
    consume,
    deleteQueue: (queue) => deleteQueue(writeSet, queue, bounds, log),
    queueStats: (queue) => queueStats(readSet, queue, bounds, log),
    close,
  };
}

async function deleteQueue(set: ServerSet, queue: string, bounds: Bounds, log: KestrelLog): Promise<void> {
  checkQueueName(queue);
  await onEach(set, log, 'delete', (member) =>
    ask(memcacheEndpoint(member), encodeDelete(queue), 'deleted', bounds),
  );
}

async function queueStats(
  set: ServerSet,
  queue: string,
  bounds: Bounds,
  log: KestrelLog,
): Promise<QueueStats[]> {
  checkQueueName(queue);
  return onEach(set, log, 'stats', async (member) => {
    const endpoint = memcacheEndpoint(member);
    const reader = queueStatsReader(queue, serverName(endpoint));
    await ask(endpoint, STATS_REQUEST, 'end', bounds, (reply) => {
      reader.push(reply);
    });
    return reader.stats();
  });
}

/** The answers of those that answered. */
async function onEach<T>(
  set: ServerSet,
  log: KestrelLog,
  request: string,
  run: (member: Member) => Promise<T>,
): Promise<T[]> {
  const answers = await Promise.all(
    set.members().map(async (member) => {
      try {
        return [await run(member)];
      } catch (error) {
        const server = serverName(memcacheEndpoint(member));
        log.warn({ server, request, why: messageOf(error) }, 'kestrel did not answer');
        return [];
      }
    }),
  );
  return answers.flat();
}
