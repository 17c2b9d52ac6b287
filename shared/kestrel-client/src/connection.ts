/** One TCP connection to a memcache port: bytes out, replies in. It is never opened again once closed. */
import { connect, type Socket } from 'node:net';
import type { Endpoint } from '@murmur/discovery';
import { KEEP_ALIVE_MS } from './defaults.js';
import { createReplyParser, type Reply } from './reply-parser-core.js';

export interface ConnectionEvents {
  onOpen(): void;
  onReplies(replies: readonly Reply[]): void;
  /** After a `write` that answered false: all of it has left this process. */
  onDrain?(): void;
  /** Exactly once, however it ended; `why` is for the log. */
  onClose(why: string): void;
}

export interface Connection {
  /** False when the socket holds enough: write no more until `onDrain`. */
  write(bytes: Buffer | string): boolean;
  /** Calls `close` when nothing was read or written for so long; 0 = never. */
  closeAfterSilence(ms: number): void;
  /** Reads no more until `resume`: what the server sends stays with it. */
  pause(): void;
  resume(): void;
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
  let cut: NodeJS.Timeout | undefined;
  function close(why: string): void {
    if (closed) return;
    closed = true;
    clearTimeout(cut);
    socket.destroy();
    events.onClose(why);
  }

  const closeAfter = silenceOf(socket, close);
  closeAfter(connectTimeoutMs, 'not open in time');
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.on('connect', () => {
    closeAfter(0, '');
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
  socket.on('drain', () => {
    if (!closed) events.onDrain?.();
  });
  socket.on('error', (error) => {
    close(error.message);
  });
  socket.on('close', () => {
    close('closed by the server');
  });

  return {
    write: (bytes) => closed || socket.write(bytes),
    closeAfterSilence: (ms) => {
      closeAfter(ms, `silent for ${ms} ms`);
    },
    pause: () => {
      socket.pause();
    },
    resume: () => {
      socket.resume();
    },
    finish: (ms) => {
      closeAfter(0, '');
      cut = setTimeout(() => {
        close('not closed in time');
      }, ms);
      socket.resume();
      socket.end();
    },
    close,
  };
}

/** Bounds the silence on a socket: `onSilent` gets `why` when nothing was read or written for so long; 0 ms = never. */
function silenceOf(socket: Socket, onSilent: (why: string) => void): (ms: number, why: string) => void {
  let reason = '';
  /** Counts what was set, so that a late look at an old time-out does nothing. */
  let spell = 0;
  socket.on('timeout', () => {
    // One turn later: when it was this process that slept, what came meanwhile lies in the socket and is read first.
    const { bytesRead } = socket;
    const mine = spell;
    setImmediate(() => {
      if (spell === mine && socket.bytesRead === bytesRead) onSilent(reason);
    });
  });
  return (ms, why) => {
    spell += 1;
    reason = why;
    socket.setTimeout(ms);
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
