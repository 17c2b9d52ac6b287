/** Three real Kestrels, and clients of them; closed by `stopAll`. */
import { staticServerSet, type StaticServerSet } from '@murmur/discovery';
import { connectWire, onStopAll, waitFor, type TestProcess } from '@murmur/testkit';
import { createKestrelClient, type KestrelClient, type KestrelClientOptions } from '../src/index.js';
import { clientOf, startKestrel } from './kestrel.js';
import { QUIET } from './rude.js';

export interface House {
  readonly servers: readonly TestProcess[];
  readonly readSet: StaticServerSet;
  readonly writeSet: StaticServerSet;
  /** A client of both sets. */
  client(bounds?: Partial<KestrelClientOptions>): KestrelClient;
}

export async function startHouse(): Promise<House> {
  const servers = await Promise.all([startKestrel(), startKestrel(), startKestrel()]);
  const [readSet, writeSet] = [staticServerSet(endpoints(servers)), staticServerSet(endpoints(servers))];
  return {
    servers,
    readSet,
    writeSet,
    client: (bounds) => {
      const client = createKestrelClient({ readSet, writeSet, log: QUIET, putTimeoutMs: 30_000, ...bounds });
      onStopAll(() => client.close());
      return client;
    },
  };
}

export function endpoints(list: readonly TestProcess[]): { host: string; port: number }[] {
  return list.map(({ host, port }) => ({ host, port }));
}

export const numbered = (count: number, prefix = 'item'): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

export async function itemsOn(server: TestProcess, queue: string): Promise<number> {
  const one = clientOf([server]);
  const [stats] = await one.queueStats(queue);
  await one.close();
  return stats?.items ?? -1;
}

export async function fill(server: TestProcess, queue: string, texts: readonly string[]): Promise<void> {
  const one = clientOf([server], { putTimeoutMs: 30_000 });
  await Promise.all(texts.map((text) => one.put(queue, Buffer.from(text))));
  await one.close();
}

export async function setStatus(server: TestProcess, status: string): Promise<void> {
  const wire = await connectWire(server.port);
  await wire.send(`status ${status}\r\nstatus\r\n`);
  await wire.expect(`END\r\n${status.toUpperCase()}\r\n`);
  wire.close();
}

export interface Load {
  readonly acknowledged: readonly string[];
  failed(): number;
  /** Until so many more are acknowledged. */
  more(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** Puts without end, a few at a time, until `stop`; answers what was acknowledged. */
export function load(client: KestrelClient, queue: string): Load {
  const acknowledged: string[] = [];
  let stopping = false;
  let next = 0;
  let failed = 0;
  const worker = async (): Promise<void> => {
    while (!stopping) {
      const text = `load-${next++}`;
      try {
        await client.put(queue, Buffer.from(text));
        acknowledged.push(text);
      } catch {
        failed += 1;
      }
      await new Promise(setImmediate);
    }
  };
  const workers = Array.from({ length: 20 }, worker);
  const more = async (count: number): Promise<void> => {
    const goal = acknowledged.length + count;
    await waitFor(() => acknowledged.length >= goal, { what: `${count} more puts`, timeoutMs: 60_000 });
  };
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all(workers);
  };
  return { acknowledged, failed: () => failed, more, stop };
}
