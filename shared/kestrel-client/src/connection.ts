/** One TCP connection to a memcache port: bytes out, replies in. It is never opened again once closed. */
import { connect, type Socket } from 'node:net';
import type { Endpoint } from '@murmur/discovery';
import { KEEP_ALIVE_MS } from './defaults.js';
import { createReplyParser, type Reply } from './reply-parser-core.js';

export interface ConnectionEvents {
  onOpen(): void;
  onReplies(replies: readonly Reply[]): void;
  /** Exactly once, however it ended; `why` is for the log. */
  onClose(why: string): void;
}

export interface Connection {
  write(bytes: Buffer | string): void;
  /** Calls `close` when nothing was read or written for so long; 0 = never. */
  closeAfterSilence(ms: number): void;
  /** Lets what was written go out, then closes; `ms` later it is cut. */
  finish(ms: number): void;
  /** At once. */
  close(why: string): void;
}

/** `host:port`, as servers are named in logs, metrics and `QueueStats`. */
export const serverName = (endpoint: Endpoint): string => `${endpoint.host}:${endpoint.port}`;

/** Opens a connection; `onClose` follows when it is not open within `connectTimeoutMs`. */
export function openConnection(
  endpoint: Endpoint,
  connectTimeoutMs: number,
  events: ConnectionEvents,
): Connection {
  const parser = createReplyParser();
  const socket: Socket = connect({ host: endpoint.host, port: endpoint.port, noDelay: true });
  let closed = false;
  let silence = 'not open in time';

  function close(why: string): void {
    if (closed) return;
    closed = true;
    socket.destroy();
    events.onClose(why);
  }

  socket.setTimeout(connectTimeoutMs);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.on('connect', () => {
    socket.setTimeout(0);
    if (!closed) events.onOpen();
  });
  socket.on('data', (chunk) => {
    if (closed) return;
    let replies: readonly Reply[];
    try {
      replies = parser.push(chunk);
    } catch (error) {
      close(messageOf(error));
      return;
    }
    if (replies.length > 0) events.onReplies(replies);
  });
  socket.on('timeout', () => {
    close(silence);
  });
  socket.on('error', (error) => {
    close(error.message);
  });
  socket.on('close', () => {
    close('closed by the server');
  });

  return {
    write: (bytes) => {
      if (!closed) socket.write(bytes);
    },
    closeAfterSilence: (ms) => {
      silence = `silent for ${ms} ms`;
      socket.setTimeout(ms);
    },
    finish: (ms) => {
      silence = 'not closed in time';
      socket.setTimeout(ms);
      socket.end();
    },
    close,
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
