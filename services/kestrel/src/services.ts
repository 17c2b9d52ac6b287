import type { Socket } from 'node:net';
import type { Log } from '@murmur/service';
import type { Turn } from './journal/turn.js';
import type { Hub } from './queue/session-core.js';
import type { JournalFacts, ServerFacts } from './queue/stats-core.js';

/** What a protocol needs of its server. */
export interface Services {
  readonly hub: Hub;
  readonly turn: Turn;
  readonly version: string;
  readonly log: Log;
  readonly facts: () => ServerFacts;
  readonly journalFacts: JournalFacts;
  /** Reads the config file again; a file that cannot be used is logged and changes nothing: false. */
  readonly reload: () => Promise<boolean>;
  readonly shutdown: () => void;
}

/** What a client may do for its whole life: `connectionLimitRefuse…` says so when it comes. */
export interface Access {
  readonly reads: boolean;
  readonly writes: boolean;
}

/** One client of whatever protocol, as the server sees it. */
export interface ClientConnection {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Answers what waits as if it had found nothing, and closes once all replies are out. */
  shutDown(now: number): void;
  destroy(): void;
}

/** Takes a connection; `clientTimeout` in ms, null: an idle one is kept. */
export type AcceptClient = (
  socket: Socket,
  services: Services,
  access: Access,
  clientTimeout: number | null,
) => ClientConnection;
