import { openSession, ZkError, type ZkSession } from './zookeeper.js';
import type { SessionView } from './lease-core.js';
import type { DiscoveryOptions } from './types.js';

/** One ZooKeeper session after another, as one thing. */
export interface Hub {
  /** The present session; replaced after it has expired. */
  zk(): ZkSession;
  connected(): boolean;
  view(): SessionView;
  /** Called after every (re)connect. Returns the unsubscribe. */
  onConnected(listener: () => void): () => void;
  close(): Promise<void>;
}

const CHECKS_PER_SESSION = 6;
/** Out of reach at so many checks in a row, it is told; and again after each length of a session. */
const MISSES_TOLD = 2;

/** Keeps one session open for a whole process, and a new one after it expired. */
export function openHub(options: DiscoveryOptions): Hub {
  const listeners = new Set<() => void>();
  let number = 0;
  let closed = false;
  let session = open();
  let missed = 0;
  // The client tries for ever and says nothing: whoever gave a wrong address would wait as long.
  const watch = setInterval(() => {
    missed = session.connected() ? 0 : missed + 1;
    if (missed % CHECKS_PER_SESSION === MISSES_TOLD)
      options.log.warn({ zk: options.zk, session: number }, 'zookeeper: out of reach, trying on');
  }, options.sessionTimeoutMs / CHECKS_PER_SESSION).unref();

  function open(): ZkSession {
    number += 1;
    return openSession({
      zk: options.zk,
      sessionTimeoutMs: options.sessionTimeoutMs,
      ...(options.auth === undefined ? {} : { auth: options.auth }),
      onConnected: () => {
        options.log.info({ session: number }, 'zookeeper: connected');
        for (const listener of [...listeners]) listener();
      },
      onDisconnected: () => options.log.warn({ session: number }, 'zookeeper: disconnected'),
      onExpired: () => {
        options.log.warn({ session: number }, 'zookeeper: session expired, opening another');
        if (!closed) session = open();
      },
    });
  }

  return {
    zk: () => session,
    connected: () => session.connected(),
    view: () => ({ session: number, heardAt: session.heardAt(), timeoutMs: session.timeoutMs() }),
    onConnected: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      closed = true;
      clearInterval(watch);
      listeners.clear();
      await session.close();
    },
  };
}

/** Ends at once what it does in the background; what ZooKeeper holds goes with the session. */
export type Stoppable<T> = T & { stop(): void };

/** `work`, but its failure of that kind is an answer. */
export async function unless<T>(failure: ZkError['failure'], work: Promise<T>, instead: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ZkError && error.failure === failure) return instead;
    throw error;
  }
}
