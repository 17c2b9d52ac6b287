import { connectWire, waitFor, type Wire } from '@murmur/testkit';
import type { Step } from './transcript.js';

/** A stand-alone Q, as in `get Q/open`, `full-Q`, `queue_Q_items`; not that of QUIT. */
export const QUEUE = /(?<![A-Za-z])Q(?![A-Za-z])/g;

export interface PlayOptions {
  readonly port: number;
  /** What Q stands for. */
  readonly queue: string;
  /** One write for each byte. */
  readonly split: boolean;
}

/** Plays a transcript against a server and throws at the first byte that is another. */
export async function play(steps: readonly Step[], options: PlayOptions): Promise<void> {
  const player = new Player(options);
  try {
    for (const step of steps) await player.run(step);
  } finally {
    player.close();
  }
}

class Player {
  readonly #options: PlayOptions;
  readonly #clients = new Map<string, Wire>();
  readonly #gone: Wire[] = [];

  constructor(options: PlayOptions) {
    this.#options = options;
  }

  async run(step: Step): Promise<void> {
    const [who, does, what] = step;
    switch (does) {
      case 'becomes':
        await this.#becomes(this.#named(who), what);
        return;
      case 'sends':
        await this.#send(await this.#client(who), this.#named(what));
        return;
      case 'gets':
        await (await this.#client(who)).expect(this.#named(what));
        return;
      case 'gets like':
        await this.#like(await this.#client(who), new RegExp(this.#named(what.source), what.flags));
        return;
      case 'is closed':
        await (await this.#client(who)).expectClosed();
        return;
      case 'leaves':
        this.#leave(who, await this.#client(who));
    }
  }

  close(): void {
    for (const wire of [...this.#clients.values(), ...this.#gone]) wire.close();
  }

  #named(text: string): string {
    return text.replaceAll(QUEUE, this.#options.queue);
  }

  async #client(who: string): Promise<Wire> {
    const known = this.#clients.get(who);
    if (known !== undefined) return known;
    const wire = await connectWire(this.#options.port);
    this.#clients.set(who, wire);
    return wire;
  }

  /** The server may close before it has been sent everything. */
  async #send(wire: Wire, bytes: string): Promise<void> {
    const sent = this.#options.split ? wire.sendByteByByte(bytes) : wire.send(bytes);
    await sent.catch(() => undefined);
  }

  /** The name is free for another client. */
  #leave(who: string, wire: Wire): void {
    wire.close();
    this.#clients.delete(who);
    this.#gone.push(wire);
  }

  async #like(wire: Wire, pattern: RegExp): Promise<void> {
    const text = `${await wire.readUntil('END\r\n')}END\r\n`;
    if (!pattern.test(text)) throw new Error(`expected ${String(pattern)}, got ${text}`);
  }

  async #becomes(stat: string, value: number | 'none'): Promise<void> {
    const wire = await this.#client('the stats reader');
    const seen = async (): Promise<string> => {
      await wire.send('stats\r\n');
      const lines = (await wire.readUntil('END\r\n')).split('\r\n');
      const line = lines.find((text) => text.startsWith(`STAT ${stat} `));
      return line?.slice(`STAT ${stat} `.length) ?? 'none';
    };
    await waitFor(async () => (await seen()) === String(value), { what: `${stat} = ${value}` });
  }
}
