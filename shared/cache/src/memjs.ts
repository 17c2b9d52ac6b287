import { Client, Server } from 'memjs';
import type { Endpoint } from '@murmur/discovery';

/** One memcached behind memjs, the only file that knows memjs. All of these reject when the server is away. */
export interface MemjsServer {
  get(key: string): Promise<Buffer | null>;
  set(key: string, value: Buffer, ttlSeconds: number): Promise<void>;
  /** False when there is one already. */
  add(key: string, value: Buffer, ttlSeconds: number): Promise<boolean>;
  delete(key: string): Promise<void>;
  increment(key: string, by: number, ttlSeconds: number): Promise<number>;
  /** Cuts the connection; everything under way rejects. */
  discard(): void;
}

/** The server answered, and the answer was no: it is there, and the connection is good. */
export class RowRefused extends Error {
  override readonly name = 'RowRefused';
}

const SILENT = { log: () => undefined };

/**
 * memjs writes every request by itself. What one turn of the event loop asks for leaves as one write:
 * under load the system call costs more than all the rest of a lookup.
 */
class CoalescingServer extends Server {
  private pending: Uint8Array[] = [];

  override write(request: Uint8Array | string): void {
    if (this.pending.length === 0) setImmediate(() => this.flush());
    this.pending.push(typeof request === 'string' ? Buffer.from(request) : request);
  }

  private flush(): void {
    const requests = this.pending;
    this.pending = [];
    super.write(requests.length === 1 && requests[0] !== undefined ? requests[0] : Buffer.concat(requests));
  }
}

/**
 * memjs keeps half a reply and its pending calls when a connection closes without an error, so a client
 * that failed is thrown away, and its own time-out is set beyond `timeoutMs`, which the caller watches.
 */
export function createMemjsServer(endpoint: Endpoint, timeoutMs: number): MemjsServer {
  const server = new CoalescingServer(endpoint.host, endpoint.port, undefined, undefined, {
    timeout: (timeoutMs * 3) / 1000,
    conntimeout: (timeoutMs * 3) / 1000,
  });
  const client = new Client([server], { retries: 1, failover: false, logger: SILENT });
  return {
    get: async (key) => (await answered(client.get(key))).value,
    async set(key, value, ttlSeconds) {
      await answered(client.set(key, value, { expires: ttlSeconds }));
    },
    add: (key, value, ttlSeconds) => answered(client.add(key, value, { expires: ttlSeconds })),
    async delete(key) {
      await answered(client.delete(key));
    },
    increment: (key, by, ttlSeconds) =>
      new Promise((resolve, reject) => {
        // The form with a callback: the one with a promise drops the value.
        client.increment(key, by, { initial: by, expires: ttlSeconds }, (error, _success, value) => {
          if (error === null) resolve(value ?? by);
          else reject(refusalOf(error));
        });
      }),
    discard: () => server.error(new Error('discarded')),
  };
}

/** memjs words a status of the server as `MemJS SET: ...`; everything else comes from the connection. */
function refusalOf(error: unknown): Error {
  if (error instanceof Error && error.message.startsWith('MemJS ')) return new RowRefused(error.message);
  return error instanceof Error ? error : new Error(String(error));
}

async function answered<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (error) {
    throw refusalOf(error);
  }
}
