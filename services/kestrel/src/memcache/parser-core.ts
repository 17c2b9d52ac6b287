import { decodeLine, refuse } from './decode-core.js';
import type { Request } from '../queue/requests.js';

/** The longest line taken, bytes: a queue name, its options, a `dump_stats` of many queues. Kestrel knows no limit. */
export const LINE_BYTES_MAX = 8192;
/** Decoded lines remembered: a client says the same few lines again and again. */
const REMEMBERED_LINES_MAX = 2048;
const REMEMBERED_LINE_BYTES_MAX = 300;
const LF = 10;
const CR = 13;
const NOTHING = Buffer.alloc(0);

/** Decodes lines, remembering those it has seen. One is shared by all connections of a server. */
export class LineDecoder {
  readonly #seen = new Map<string, Request>();

  decode(line: string): Request {
    const seen = this.#seen.get(line);
    if (seen !== undefined) return seen;
    const request = decodeLine(line);
    if (line.length <= REMEMBERED_LINE_BYTES_MAX) {
      if (this.#seen.size >= REMEMBERED_LINES_MAX) this.#seen.clear();
      this.#seen.set(line, request);
    }
    return request;
  }
}

/**
 * Cuts a stream of bytes into requests. `feed` it chunks as they come, then call `next` until it returns null.
 * After a `set` the item is in `data`: a view into the chunk where it came in one piece, null where it is larger
 * than `limit` allows (then its bytes are thrown away as they come, never held).
 */
export class RequestParser {
  data: Buffer | null = null;
  readonly #decoder: LineDecoder;
  readonly #limit: (queue: string) => number;
  #chunk: Buffer = NOTHING;
  #at = 0;
  readonly #later: Buffer[] = [];
  #buffered = 0;
  /** The request whose data is being read. */
  #pending: Request | null = null;
  /** Data bytes still to come, and the two after them. */
  #missing = 0;
  #parts: Buffer[] | null = null;
  #broken = false;

  constructor(decoder: LineDecoder, limit: (queue: string) => number) {
    this.#decoder = decoder;
    this.#limit = limit;
  }

  /** Bytes held: those not parsed yet and those of an item that is not whole. */
  get buffered(): number {
    return this.#buffered;
  }

  feed(chunk: Buffer): void {
    if (this.#broken) return;
    this.#buffered += chunk.length;
    if (this.#at === this.#chunk.length && this.#later.length === 0) {
      this.#chunk = chunk;
      this.#at = 0;
    } else this.#later.push(chunk);
  }

  next(): Request | null {
    if (this.#pending !== null) return this.#readData();
    const end = this.#lineEnd();
    if (end < 0) return null;
    if (end > LINE_BYTES_MAX) return this.#giveUp();
    const stop = end > 0 && this.#chunk[this.#at + end - 1] === CR ? end - 1 : end;
    const request = this.#decoder.decode(this.#chunk.toString('latin1', this.#at, this.#at + stop));
    this.#skip(end + 1);
    if (request.kind === 'set') return this.#startData(request, request.bytes <= this.#limit(request.queue));
    return request.kind === 'refuse' && request.bytes >= 0 ? this.#startData(request, false) : request;
  }

  /** The length of the next line, -1 when it is not whole, more than LINE_BYTES_MAX when it is too long. */
  #lineEnd(): number {
    for (;;) {
      const found = this.#chunk.indexOf(LF, this.#at);
      if (found >= 0) return found - this.#at;
      const held = this.#chunk.length - this.#at;
      if (held > LINE_BYTES_MAX) return held;
      const more = this.#later.shift();
      if (more === undefined) return -1;
      this.#chunk = held === 0 ? more : Buffer.concat([this.#chunk.subarray(this.#at), more]);
      this.#at = 0;
    }
  }

  /** There is no telling where the next request begins: what is there is dropped, what comes is not looked at. */
  #giveUp(): Request {
    this.#broken = true;
    this.#chunk = NOTHING;
    this.#at = 0;
    this.#later.length = 0;
    this.#buffered = 0;
    return refuse(true);
  }

  #skip(bytes: number): void {
    this.#at += bytes;
    this.#buffered -= bytes;
  }

  #startData(request: Request & { readonly bytes: number }, keep: boolean): Request | null {
    const { bytes } = request;
    const at = this.#at;
    if (this.#chunk.length - at >= bytes + 2) {
      this.data = keep ? this.#chunk.subarray(at, at + bytes) : null;
      this.#skip(bytes + 2);
      return request;
    }
    this.#pending = request;
    this.#missing = bytes + 2;
    this.#parts = keep ? [] : null;
    return this.#readData();
  }

  #readData(): Request | null {
    while (this.#missing > 0) {
      if (this.#at === this.#chunk.length) {
        const more = this.#later.shift();
        if (more === undefined) return null;
        this.#chunk = more;
        this.#at = 0;
      }
      const take = Math.min(this.#missing, this.#chunk.length - this.#at);
      const ofData = Math.min(take, this.#missing - 2);
      if (this.#parts === null) this.#buffered -= take;
      else if (ofData > 0) this.#parts.push(this.#chunk.subarray(this.#at, this.#at + ofData));
      this.#at += take;
      this.#missing -= take;
    }
    return this.#finishData();
  }

  #finishData(): Request | null {
    const request = this.#pending;
    const parts = this.#parts;
    this.#pending = null;
    this.#parts = null;
    this.data = null;
    if (parts !== null) {
      this.data = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
      this.#buffered -= this.data.length + 2;
    }
    return request;
  }
}
