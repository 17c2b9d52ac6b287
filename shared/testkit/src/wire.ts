import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { onStopAll } from './registry.js';
import { DEFAULT_WAIT_MS } from './wait.js';

/** `['>', bytes]` is sent, `['<', bytes]` must come back. Text is latin1: one character, one byte. */
export type WireStep = readonly ['>' | '<', string | Uint8Array];

/** A raw TCP connection that checks bytes. */
export interface Wire {
  send(bytes: string | Uint8Array): Promise<void>;
  /** One write per byte, so that the other side's parser meets every split. */
  sendByteByByte(bytes: string | Uint8Array): Promise<void>;
  /** The next bytes must be exactly these. */
  expect(bytes: string | Uint8Array): Promise<void>;
  /** The next bytes up to and with `end` (default CR LF), as latin1 text without `end`. */
  readUntil(end?: string): Promise<string>;
  read(length: number): Promise<Buffer>;
  /** The other side must close, and send nothing more. */
  expectClosed(): Promise<void>;
  /** Plays a transcript; `split` sends byte by byte. */
  play(steps: readonly WireStep[], options?: { readonly split?: boolean }): Promise<void>;
  close(): void;
}

/** Every way to cut `bytes` in two, for parsers without I/O. */
export function* splitAt(bytes: Uint8Array): Generator<readonly [Uint8Array, Uint8Array]> {
  for (let at = 0; at <= bytes.length; at += 1) yield [bytes.subarray(0, at), bytes.subarray(at)];
}

/** Connects to 127.0.0.1; closed by `stopAll` at the latest. Each expectation fails after 20 s of silence. */
export async function connectWire(port: number): Promise<Wire> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const inbox = new Inbox(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  const close = (): void => {
    socket.destroy();
  };
  onStopAll(() => {
    close();
    return Promise.resolve();
  });
  const send = (bytes: string | Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      socket.write(toBuffer(bytes), (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  const sendByteByByte = async (bytes: string | Uint8Array): Promise<void> => {
    for (const byte of toBuffer(bytes)) {
      await send(Uint8Array.of(byte));
      await turn();
    }
  };
  const expectBytes = async (bytes: string | Uint8Array): Promise<void> => {
    const wanted = toBuffer(bytes);
    await inbox.until(
      () => inbox.length >= wanted.length || !wanted.subarray(0, inbox.length).equals(inbox.peek()),
      wanted,
    );
    const got = inbox.take(Math.min(wanted.length, inbox.length));
    if (!got.equals(wanted)) throw new Error(`wire: expected ${show(wanted)}, got ${show(got)}`);
  };
  return {
    send,
    sendByteByByte,
    expect: expectBytes,
    readUntil: async (end = '\r\n') => {
      const mark = toBuffer(end);
      await inbox.until(() => inbox.peek().includes(mark), mark);
      const line = inbox.take(inbox.peek().indexOf(mark)).toString('latin1');
      inbox.take(mark.length);
      return line;
    },
    read: async (length) => {
      await inbox.until(() => inbox.length >= length, `${String(length)} bytes`);
      return inbox.take(length);
    },
    expectClosed: async () => {
      await inbox.until(() => inbox.closed || inbox.length > 0, 'the end');
      if (inbox.length > 0) throw new Error(`wire: expected the end, got ${show(inbox.peek())}`);
    },
    play: async (steps, { split = false } = {}) => {
      for (const [direction, bytes] of steps) {
        if (direction === '<') await expectBytes(bytes);
        else await (split ? sendByteByByte(bytes) : send(bytes));
      }
    },
    close,
  };
}

class Inbox {
  private bytes = Buffer.alloc(0);
  private wake: () => void = () => undefined;
  closed = false;

  constructor(socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      this.wake();
    });
    const ended = (): void => {
      this.closed = true;
      this.wake();
    };
    socket.on('end', ended);
    socket.on('close', ended);
    socket.on('error', ended);
  }

  get length(): number {
    return this.bytes.length;
  }

  peek(): Buffer {
    return this.bytes;
  }

  take(length: number): Buffer {
    const head = this.bytes.subarray(0, length);
    this.bytes = this.bytes.subarray(length);
    return head;
  }

  /** Resolves once `condition` holds; throws when the connection ends or stays silent before. */
  async until(condition: () => boolean, wanted: Buffer | string): Promise<void> {
    const name = typeof wanted === 'string' ? wanted : show(wanted);
    const deadline = Date.now() + DEFAULT_WAIT_MS;
    while (!condition()) {
      const left = deadline - Date.now();
      if (this.closed) throw new Error(`wire: closed while waiting for ${name}; unread: ${show(this.bytes)}`);
      if (left <= 0) throw new Error(`wire: waited in vain for ${name}; unread: ${show(this.bytes)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

function toBuffer(bytes: string | Uint8Array): Buffer {
  return typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes);
}

function show(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1'));
}
