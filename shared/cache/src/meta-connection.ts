import { connect, type Socket } from 'node:net';
import type { Endpoint } from '@murmur/discovery';
import { backoffMs } from './backoff-core.js';
import { Deadlines } from './deadlines.js';
import { MetaReplyParser, type Reply } from './meta-parser-core.js';
import {
  CONNECT_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
  type CacheHooks,
  type CacheLog,
  type CacheTimeouts,
} from './options.js';
import { endpointName } from './server-table.js';

/** Bytes sent and not yet answered on one connection; what is beyond waits. */
export const IN_FLIGHT_BYTES_MAX = 1024 * 1024;
/** Bytes of requests that wait; beyond it a request fails at once. */
export const WAITING_BYTES_MAX = 64 * 1024 * 1024;

/** What happens with the answer of one request. Exactly one of `onReply` → true and `onFail` ends it. */
export interface Exchange {
  /** True when this reply was the request's last. */
  onReply(reply: Reply): boolean;
  onFail(): void;
}

const HELLO = 'mn\r\n';

interface Request {
  readonly bytes: Buffer;
  readonly exchange: Exchange;
  deadline: number;
}

export interface MetaConnectionOptions {
  readonly log: CacheLog;
  readonly hooks?: CacheHooks;
  readonly timeouts?: CacheTimeouts;
}

/**
 * One pipelined connection to one memcached. Answers come in the order of the requests. It connects at
 * the first request; after a failure everything in hand fails, and so does what comes in while the server
 * is away: it is tried again by itself, with a growing pause, and nobody waits a time-out per request.
 */
export class MetaConnection {
  readonly name: string;
  readonly #endpoint: Endpoint;
  readonly #options: MetaConnectionOptions;
  readonly #deadlines: Deadlines;
  #state: 'idle' | 'connecting' | 'up' | 'away' | 'closed' = 'idle';
  #socket: Socket | null = null;
  #inFlight: Request[] = [];
  #answered = 0;
  #waiting: Request[] = [];
  #inFlightBytes = 0;
  #waitingBytes = 0;
  #failures = 0;
  #timer: NodeJS.Timeout | null = null;
  #outgoing: Buffer[] = [];
  #flushing: NodeJS.Immediate | null = null;

  constructor(endpoint: Endpoint, options: MetaConnectionOptions) {
    this.name = endpointName(endpoint);
    this.#endpoint = endpoint;
    this.#options = options;
    const requestMs = options.timeouts?.requestMs ?? REQUEST_TIMEOUT_MS;
    this.#deadlines = new Deadlines(requestMs, () => this.#fail(`no answer within ${requestMs} ms`));
  }

  send(bytes: Buffer, exchange: Exchange): void {
    const away = this.#state === 'away' || this.#state === 'closed';
    if (away || this.#waitingBytes + bytes.length > WAITING_BYTES_MAX) {
      exchange.onFail();
      return;
    }
    if (this.#state === 'idle') this.#connect();
    const request = { bytes, exchange, deadline: -1 };
    if (this.#state === 'up' && this.#waiting.length === 0 && this.#hasRoom()) {
      this.#write(request);
      return;
    }
    this.#waiting.push(request);
    this.#waitingBytes += bytes.length;
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#drop();
  }

  #hasRoom(): boolean {
    return this.#inFlightBytes < IN_FLIGHT_BYTES_MAX;
  }

  #connect(): void {
    if (this.#state !== 'away') this.#state = 'connecting';
    const connectMs = this.#options.timeouts?.connectMs ?? CONNECT_TIMEOUT_MS;
    const socket = connect({ host: this.#endpoint.host, port: this.#endpoint.port, noDelay: true });
    const parser = new MetaReplyParser();
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#fail(`no answer to a greeting within ${connectMs} ms`), connectMs);
    // A server that accepts but does not answer is not there: up only after the first reply, to a fence.
    socket.once('connect', () => socket.write(HELLO));
    socket.on('data', (chunk: Buffer) => this.#read(parser, chunk));
    socket.once('error', (error) => this.#failOf(socket, error.message));
    socket.once('close', () => this.#failOf(socket, 'closed by the server'));
  }

  #connected(): void {
    this.#clearTimer();
    this.#state = 'up';
    if (this.#failures > 0) this.#options.log.info({ server: this.name }, 'memcached is back');
    this.#failures = 0;
    this.#pump();
  }

  #pump(): void {
    let sent = 0;
    while (sent < this.#waiting.length && this.#hasRoom()) {
      const request = this.#waiting[sent++] as Request;
      this.#waitingBytes -= request.bytes.length;
      this.#write(request);
    }
    if (sent > 0) this.#waiting = this.#waiting.slice(sent);
  }

  /** What one turn of the event loop asks for goes out in one system call. */
  #write(request: Request): void {
    this.#outgoing.push(request.bytes);
    this.#flushing ??= setImmediate(() => this.#flush());
    request.deadline = this.#deadlines.begin();
    this.#inFlight.push(request);
    this.#inFlightBytes += request.bytes.length;
  }

  #flush(): void {
    const bytes = this.#outgoing;
    this.#outgoing = [];
    this.#flushing = null;
    // One copy is cheaper than a write of many pieces.
    this.#socket?.write(bytes.length === 1 ? (bytes[0] as Buffer) : Buffer.concat(bytes));
  }

  #read(parser: MetaReplyParser, chunk: Buffer): void {
    try {
      parser.push(chunk, (reply) => this.#answer(reply));
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
      return;
    }
    if (this.#answered > 0) {
      this.#inFlight.splice(0, this.#answered);
      this.#answered = 0;
    }
    if (this.#state === 'up') this.#pump();
  }

  #answer(reply: Reply): void {
    if (this.#state !== 'up') {
      if (this.#socket !== null && reply.code === 'MN') this.#connected();
      return;
    }
    const request = this.#inFlight[this.#answered];
    if (request === undefined) {
      this.#fail('an answer that nobody asked for');
      return;
    }
    if (!request.exchange.onReply(reply)) return;
    this.#answered++;
    this.#inFlightBytes -= request.bytes.length;
    this.#deadlines.end(request.deadline);
  }

  #failOf(socket: Socket, reason: string): void {
    if (socket === this.#socket) this.#fail(reason);
  }

  #fail(reason: string): void {
    if (this.#state === 'closed') return;
    this.#failures++;
    if (this.#failures === 1) this.#options.log.warn({ server: this.name, reason }, 'memcached is away');
    this.#options.hooks?.serverFailed?.(this.name);
    this.#state = 'away';
    this.#drop();
    this.#timer = setTimeout(() => this.#connect(), backoffMs(this.#failures, Math.random()));
    // Trying again is no reason for a process to stay alive.
    this.#timer.unref();
  }

  /** Drops the socket and fails everything in hand. */
  #drop(): void {
    this.#clearTimer();
    this.#deadlines.clear();
    const socket = this.#socket;
    this.#socket = null;
    this.#outgoing = [];
    if (this.#flushing !== null) clearImmediate(this.#flushing);
    this.#flushing = null;
    socket?.on('error', () => undefined);
    socket?.destroy();
    const failed = [...this.#inFlight.slice(this.#answered), ...this.#waiting];
    this.#inFlight = [];
    this.#answered = 0;
    this.#waiting = [];
    this.#inFlightBytes = 0;
    this.#waitingBytes = 0;
    for (const request of failed) request.exchange.onFail();
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
