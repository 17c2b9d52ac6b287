/** A follower's screen: an SSE connection that reconnects and resumes by `Last-Event-ID`, as a browser's EventSource does. */
import { request, type ClientRequest, type IncomingMessage } from 'node:http';

export interface ScreenEvent {
  readonly event: string;
  readonly id: string;
  readonly data: string;
  readonly atMs: number;
}

/** Wait before a reconnect, ms; a browser waits longer. */
const RECONNECT_MS = 200;

export class Screen {
  readonly events: ScreenEvent[] = [];
  connections = 0;
  #lastEventId = '';
  #closed = false;
  #request: ClientRequest | null = null;
  #opened: (() => void)[] = [];
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
    this.#connect();
  }

  /** Ids of the statuses shown, in order of arrival, repeats included. */
  shown(): string[] {
    return this.events
      .filter((e) => e.event === 'update')
      .map((e) => (JSON.parse(e.data) as { id: string }).id);
  }

  deleted(): string[] {
    return this.events.filter((e) => e.event === 'delete').map((e) => e.data);
  }

  /** Resolves when the first bytes of a connection are here. */
  async opened(): Promise<void> {
    if (this.connections > 0) return;
    await new Promise<void>((resolve) => this.#opened.push(resolve));
  }

  close(): void {
    this.#closed = true;
    this.#request?.destroy();
  }

  /** Cuts the connection, as a lost network does; it reconnects by itself. */
  cut(): void {
    this.#request?.destroy();
  }

  #connect(): void {
    if (this.#closed) return;
    const headers: Record<string, string> = {
      authorization: `Bearer ${this.#token}`,
      accept: 'text/event-stream',
    };
    if (this.#lastEventId !== '') headers['last-event-id'] = this.#lastEventId;
    let again = false;
    const reconnect = (): void => {
      if (again) return;
      again = true;
      setTimeout(() => this.#connect(), RECONNECT_MS);
    };
    this.#request = request(`${this.#url}/api/v1/streaming/user`, { headers, agent: false }, (answer) => {
      if (answer.statusCode === 200) this.#read(answer);
      else answer.resume();
      answer.on('close', reconnect);
      answer.on('error', reconnect);
    });
    this.#request.on('error', reconnect);
    this.#request.on('close', reconnect);
    this.#request.end();
  }

  #read(answer: IncomingMessage): void {
    let rest = '';
    answer.setEncoding('utf8');
    answer.once('data', () => {
      this.connections++;
      for (const resolve of this.#opened.splice(0)) resolve();
    });
    answer.on('data', (chunk: string) => {
      const blocks = (rest + chunk).replace(/^:.*\n/gm, '').split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    });
  }

  #take(block: string): void {
    let event = 'message';
    let data: string | null = null;
    for (const line of block.split('\n')) {
      if (line.startsWith('event: ')) event = line.slice(7);
      else if (line.startsWith('data: ')) data = line.slice(6);
      else if (line.startsWith('id: ')) this.#lastEventId = line.slice(4);
    }
    if (data !== null) this.events.push({ event, id: this.#lastEventId, data, atMs: Date.now() });
  }
}
