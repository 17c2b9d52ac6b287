import { connect, type Socket } from 'node:net';
import { onStopAll } from '@murmur/testkit';

/** The connection has ended; what was asked last may have been done or not. */
export class ClientGone extends Error {}

/** How long an answer may take; only a server that hangs takes this long. */
const ANSWER_MS = 30_000;

/** What an answer looks like: a line, an item or END, items up to an END of their own, lines up to END. */
type Form = 'line' | 'item' | 'items' | 'lines';

interface Pending {
  readonly form: Form;
  readonly items: string[];
  readonly resolve: (answer: string[]) => void;
  readonly reject: (error: Error) => void;
}

/** A memcache client that pipelines: any number of requests may be under way. Text is latin1. */
export class Client {
  readonly socket: Socket;
  /** Requests without an answer. */
  readonly pending: Pending[] = [];
  gone = false;
  #bytes: Buffer = Buffer.alloc(0);
  readonly #timer: NodeJS.Timeout;
  #lastHeard = Date.now();

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => this.#end('closed'));
    this.#timer = setInterval(() => this.#watch(), 1000);
  }

  static async connect(port: number): Promise<Client> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', () => reject(new ClientGone('refused')));
    });
    const client = new Client(socket);
    onStopAll(() => {
      client.close();
      return Promise.resolve();
    });
    return client;
  }

  close(): void {
    this.socket.destroy();
    this.#end('closed by the test');
  }

  /** `STORED` or what else was said. */
  async set(queue: string, data: string, expiry = 0): Promise<string> {
    const answer = this.#ask('line', `set ${queue} 0 ${expiry} ${data.length}\r\n${data}\r\n`);
    return (await answer)[0] ?? '';
  }

  /** `get('q/open/t=5')`: the item, or null. */
  async get(key: string): Promise<string | null> {
    return (await this.#ask('item', `get ${key}\r\n`))[0] ?? null;
  }

  async line(command: string): Promise<string> {
    return (await this.#ask('line', `${command}\r\n`))[0] ?? '';
  }

  /** An answer of many lines, without its END. */
  async block(command: string): Promise<string> {
    return (await this.#ask('lines', `${command}\r\n`)).join('\n');
  }

  /** The items of one monitor. */
  monitor(queue: string, seconds: number, max: number): Promise<string[]> {
    return this.#ask('items', `monitor ${queue} ${seconds} ${max}\r\n`);
  }

  #ask(form: Form, bytes: string): Promise<string[]> {
    if (this.gone) return Promise.reject(new ClientGone('closed before'));
    if (this.pending.length === 0) this.#lastHeard = Date.now();
    return new Promise((resolve, reject) => {
      this.pending.push({ form, items: [], resolve, reject });
      this.socket.write(bytes, 'latin1');
    });
  }

  #receive(chunk: Buffer): void {
    this.#lastHeard = Date.now();
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    for (let asked = this.pending[0]; asked !== undefined; asked = this.pending[0]) {
      if (!this.#parse(asked)) return;
      this.pending.shift();
      asked.resolve(asked.items);
    }
  }

  /** Takes what belongs to this answer; true once it is whole. */
  #parse(asked: Pending): boolean {
    for (;;) {
      const lineEnd = this.#bytes.indexOf('\r\n');
      if (lineEnd < 0) return false;
      const line = this.#bytes.toString('latin1', 0, lineEnd);
      if (asked.form.startsWith('item') && line.startsWith('VALUE ')) {
        const from = lineEnd + 2;
        const until = from + Number(line.split(' ')[3]);
        if (this.#bytes.length < until + 7) return false;
        asked.items.push(this.#bytes.toString('latin1', from, until));
        this.#bytes = this.#bytes.subarray(until + 7);
        if (asked.form === 'item') return true;
        continue;
      }
      this.#bytes = this.#bytes.subarray(lineEnd + 2);
      if (asked.form === 'lines' && line !== 'END') {
        asked.items.push(line);
        continue;
      }
      if (asked.form === 'line') asked.items.push(line);
      else if (line !== 'END') this.#end(`answered ${line}`);
      return !this.gone;
    }
  }

  #watch(): void {
    if (this.pending.length === 0 || Date.now() - this.#lastHeard < ANSWER_MS) return;
    this.socket.destroy();
    this.#end(`no answer within ${ANSWER_MS} ms`);
  }

  #end(reason: string): void {
    if (this.gone) return;
    this.gone = true;
    clearInterval(this.#timer);
    for (const asked of this.pending.splice(0)) asked.reject(new ClientGone(reason));
  }
}

const DRAIN_AT_ONCE = 100;

/** Takes all items of a queue, many requests at a time. */
export async function drainQueue(client: Client, queue: string): Promise<string[]> {
  const drained: string[] = [];
  for (;;) {
    const batch = await Promise.all(Array.from({ length: DRAIN_AT_ONCE }, () => client.get(queue)));
    for (const item of batch) if (item !== null) drained.push(item);
    if (batch.includes(null)) return drained;
  }
}
