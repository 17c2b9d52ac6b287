/** A screen: one streaming connection of one account, kept up and resumed by cursor. */
import type { Http } from '../http.js';
import { openWebSocket } from '../websocket.js';
import { reconnectInMs } from './schedule-core.js';
import { parseWsMessage, SseParser, type StreamEvent } from './sse-core.js';

export interface ReaderHooks {
  readonly onStatus: (data: string, atMs: number) => void;
  readonly onGap: () => void;
  /** A connection ended that was not closed by us. */
  readonly onDrop: () => void;
}

export interface ReaderOptions {
  readonly kind: 'sse' | 'ws';
  readonly http: Http;
  readonly origin: string;
  readonly token: string;
  /** Where to begin: everything above this id is wanted. */
  readonly since: string;
  readonly hooks: ReaderHooks;
}

/** The server shows itself at least every 30 s (SSE comment, WebSocket ping). */
const SILENCE_MS_MAX = 75_000;

export class StreamReader {
  readonly #options: ReaderOptions;
  #cursor: string;
  #isOpen = false;
  #stopped = false;
  #failures = 0;
  #hangUp: () => void = () => undefined;
  #again: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#cursor = options.since;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  start(): void {
    const ended = this.#once(() => {
      this.#ended();
    });
    if (this.#options.kind === 'ws') this.#startWs(ended);
    else void this.#startSse().then(ended, ended);
    this.#alive();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#again);
    clearTimeout(this.#silence);
    this.#hangUp();
  }

  #startWs(ended: () => void): void {
    const { origin, token } = this.#options;
    const query = new URLSearchParams({ stream: 'user', access_token: token, since: this.#cursor });
    this.#hangUp = openWebSocket(`${origin.replace(/^http/, 'ws')}/api/v1/streaming?${query.toString()}`, {
      onOpen: () => this.#opened(),
      onAlive: () => this.#alive(),
      onText: (text) => {
        const event = parseWsMessage(text);
        if (event !== null) this.#take(event);
      },
      onEnd: ended,
    });
  }

  /** Resolves or rejects when the stream has ended. */
  async #startSse(): Promise<void> {
    const { http, origin, token } = this.#options;
    const stream = await http.stream(`${origin}/api/v1/streaming/user`, {
      authorization: `Bearer ${token}`,
      accept: 'text/event-stream',
      'last-event-id': this.#cursor,
    });
    this.#hangUp = () => stream.close();
    if (this.#stopped || stream.status !== 200) {
      stream.close();
      return;
    }
    this.#opened();
    const parser = new SseParser();
    for await (const chunk of stream.chunks) {
      this.#alive();
      for (const event of parser.push(chunk)) this.#take(event);
    }
  }

  #take(event: StreamEvent): void {
    if (this.#stopped) return;
    if (event.event === 'update') this.#options.hooks.onStatus(event.data, performance.now());
    else if (event.event === 'gap') this.#options.hooks.onGap();
    if (event.cursor !== null) this.#cursor = event.cursor;
  }

  #opened(): void {
    this.#isOpen = true;
    this.#failures = 0;
  }

  #alive(): void {
    clearTimeout(this.#silence);
    if (!this.#stopped) this.#silence = setTimeout(() => this.#hangUp(), SILENCE_MS_MAX);
  }

  #ended(): void {
    clearTimeout(this.#silence);
    if (this.#stopped) return;
    if (this.#isOpen) this.#options.hooks.onDrop();
    this.#isOpen = false;
    this.#again = setTimeout(() => this.start(), reconnectInMs(this.#failures, Math.random));
    this.#failures += 1;
  }

  #once(call: () => void): () => void {
    let called = false;
    return () => {
      if (called) return;
      called = true;
      call();
    };
  }
}
