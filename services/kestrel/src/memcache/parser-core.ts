import type { Request } from '../queue/requests.js';
import { LARGE_BYTES } from '../socket/bounds.js';
import { copyOf } from '../socket/pieces-core.js';
import { decodeLine, refuse } from './decode-core.js';

/** The longest line taken, bytes: a queue name, its options, a `dump_stats` of many queues. Kestrel knows no limit. */
export const LINE_BYTES_MAX = 8192;
/** Decoded lines remembered: a client says the same few lines again and again. */
const REMEMBERED_LINES_MAX = 2048;
const REMEMBERED_LINE_BYTES_MAX = 300;
/** Chunks below this are gathered with room to spare, so that many tiny ones are not copied again and again. */
const SMALL_CHUNK_BYTES = 4096;
/**
 * The buffer of an item that comes in pieces has room for so many times what has come. It is memory only once it is
 * written to, and large buffers that grow in small steps make V8 collect garbage all the time.
 */
const ITEM_ROOM = 16;
const LF = 10;
const CR = 13;
const NOTHING = Buffer.alloc(0);

/** What a parser must know of queues, by name. */
export interface ItemPlaces {
  /** The largest item that the queue takes, bytes. */
  itemLimit(queue: string): number;
  /** Where the bytes of an item are to be kept. */
  room(queue: string, bytes: number): Buffer;
}

/** A line as it came, with its line end, and what it means. */
export interface Line {
  readonly bytes: Buffer;
  readonly request: Request;
}

const NO_LINE: Line = { bytes: NOTHING, request: refuse(true) };

/** Decodes lines, remembering those it has seen. One is shared by all connections of a server. */
export class LineDecoder {
  readonly #seen = new Map<string, Line>();

  /** The line in `chunk` from `start` up to `end`, which is behind its LF. */
  decode(chunk: Buffer, start: number, end: number): Line {
    const text = chunk.toString('latin1', start, end);
    const seen = this.#seen.get(text);
    if (seen !== undefined) return seen;
    const stop = text.charCodeAt(text.length - 2) === CR ? text.length - 2 : text.length - 1;
    const line = { bytes: Buffer.from(text, 'latin1'), request: decodeLine(text.slice(0, stop)) };
    if (text.length <= REMEMBERED_LINE_BYTES_MAX) {
      if (this.#seen.size >= REMEMBERED_LINES_MAX) this.#seen.clear();
      this.#seen.set(text, line);
    }
    return line;
  }
}

/**
 * Cuts a stream of bytes into requests. `feed` it chunks as they come, then call `next` until it returns null.
 * After a `set` the item is in `data`, null where it is larger than its queue allows (then its bytes are thrown away as
 * they come, never held). Chunks are lent, until `settle`: items are copied to the room that their queue has for them.
 */
export class RequestParser {
  data: Buffer | null = null;
  readonly #decoder: LineDecoder;
  readonly #places: ItemPlaces;
  /** The lines met last: clients mostly alternate between one get and one set. */
  #last: Line = NO_LINE;
  #lastButOne: Line = NO_LINE;
  #chunk: Buffer = NOTHING;
  #at = 0;
  /** #chunk is the caller's. */
  #lent = false;
  /** Where #chunk was gathered from several: with room behind it, perhaps. */
  #gathered: Buffer = NOTHING;
  /** The request whose data is being read. */
  #pending: (Request & { readonly bytes: number }) | null = null;
  /** Data bytes still to come, and the two after them. */
  #missing = 0;
  /** An item that comes in several chunks; null: it is thrown away. */
  #item: Buffer | null = null;
  #held = 0;
  #broken = false;

  constructor(decoder: LineDecoder, places: ItemPlaces) {
    this.#decoder = decoder;
    this.#places = places;
  }

  /** Bytes held: those not parsed yet and those of an item that is not whole. */
  get buffered(): number {
    return this.#chunk.length - this.#at + this.#held;
  }

  /** A large item has come in part, or in whole. */
  get largeUnderWay(): boolean {
    return this.#pending !== null && this.#pending.bytes >= LARGE_BYTES && this.#item !== null;
  }

  feed(chunk: Buffer): void {
    if (this.#broken) return;
    if (this.#at === this.#chunk.length) {
      this.#chunk = chunk;
      this.#at = 0;
      this.#lent = true;
    } else this.#gather(chunk);
  }

  /** What is left of the chunk that was fed last is copied. */
  settle(): void {
    if (!this.#lent) return;
    this.#lent = false;
    if (this.#at < this.#chunk.length) this.#chunk = copyOf(this.#chunk.subarray(this.#at));
    this.#at = 0;
  }

  /** `large`: a large item is whole, but may not end. */
  next(): Request | null;
  next(mayEndLarge: boolean): Request | 'large' | null;
  next(mayEndLarge = true): Request | 'large' | null {
    if (this.#pending !== null) {
      const isWhole = this.#chunk.length - this.#at >= this.#missing;
      return isWhole && !mayEndLarge && this.largeUnderWay ? 'large' : this.#readData(this.#pending);
    }
    if (this.#chunk.length === 0) return null;
    const line = this.#nextLine();
    if (line === null) return this.#chunk.length - this.#at > LINE_BYTES_MAX ? this.#giveUp() : null;
    const { request } = line;
    this.#advance(line.bytes.length);
    if (request.kind === 'set')
      return this.#startData(request, request.bytes <= this.#places.itemLimit(request.queue), mayEndLarge);
    return request.kind === 'refuse' && request.bytes >= 0 ? this.#startData(request, false, true) : request;
  }

  /** The next line, null where it is not whole or too long. */
  #nextLine(): Line | null {
    if (startsWith(this.#chunk, this.#at, this.#last.bytes)) return this.#last;
    const other = this.#lastButOne;
    const line = startsWith(this.#chunk, this.#at, other.bytes) ? other : this.#decodeLine();
    if (line === null) return null;
    if (line.bytes.length > REMEMBERED_LINE_BYTES_MAX) return line;
    this.#lastButOne = this.#last;
    this.#last = line;
    return line;
  }

  #decodeLine(): Line | null {
    const end = this.#chunk.indexOf(LF, this.#at);
    if (end < 0 || end - this.#at > LINE_BYTES_MAX) return null;
    return this.#decoder.decode(this.#chunk, this.#at, end + 1);
  }

  /** Lets go of a chunk that is used up: a client that waits holds no memory. */
  #advance(bytes: number): void {
    this.#at += bytes;
    if (this.#at < this.#chunk.length) return;
    this.#chunk = this.#gathered = NOTHING;
    this.#at = 0;
  }

  /** There is no telling where the next request begins: what is there is dropped, what comes is not looked at. */
  #giveUp(): Request {
    this.#broken = true;
    this.#chunk = this.#gathered = NOTHING;
    this.#at = 0;
    return refuse(true);
  }

  /** Appends a chunk to what has not been parsed. */
  #gather(chunk: Buffer): void {
    const left = this.#chunk.length - this.#at;
    const spare = this.#gathered;
    const used = this.#chunk.length;
    if (this.#chunk.buffer === spare.buffer && used + chunk.length <= spare.length) {
      chunk.copy(spare, used);
      this.#chunk = spare.subarray(0, used + chunk.length);
      return;
    }
    const needed = left + chunk.length;
    this.#lent = false;
    this.#gathered = Buffer.allocUnsafeSlow(chunk.length < SMALL_CHUNK_BYTES ? needed * 2 : needed);
    this.#chunk.copy(this.#gathered, 0, this.#at);
    chunk.copy(this.#gathered, left);
    this.#chunk = this.#gathered.subarray(0, needed);
    this.#at = 0;
  }

  #startData(
    request: Request & { readonly bytes: number },
    keep: boolean,
    mayEndLarge: boolean,
  ): Request | 'large' | null {
    const { bytes } = request;
    const at = this.#at;
    const isWhole = this.#chunk.length - at >= bytes + 2;
    const givesWay = isWhole && bytes >= LARGE_BYTES && keep && !mayEndLarge;
    if (isWhole && !givesWay) {
      this.data = keep && request.kind === 'set' ? this.#kept(request.queue, bytes) : null;
      this.#advance(bytes + 2);
      return request;
    }
    this.#pending = request;
    this.#missing = bytes + 2;
    this.#item = keep ? NOTHING : null;
    return givesWay ? 'large' : this.#readData(request);
  }

  /** The next bytes of the chunk, where they may stay. */
  #kept(queue: string, bytes: number): Buffer {
    const room = this.#places.room(queue, bytes);
    this.#chunk.copy(room, 0, this.#at, this.#at + bytes);
    return room;
  }

  #readData(request: Request & { readonly bytes: number }): Request | null {
    const take = Math.min(this.#missing, this.#chunk.length - this.#at);
    if (this.#item !== null) this.#keep(this.#item, request.bytes, take);
    this.#advance(take);
    this.#missing -= take;
    if (this.#missing > 0) return null;
    this.#pending = null;
    this.data = this.#item;
    this.#item = null;
    this.#held = 0;
    return request;
  }

  /** Copies what has come of the item; the buffer for it grows as it comes, whatever size was announced. */
  #keep(item: Buffer, bytes: number, take: number): void {
    const until = Math.min(bytes, this.#held + take);
    let into = item;
    if (until > into.length) {
      into = Buffer.allocUnsafeSlow(Math.min(bytes, Math.max(SMALL_CHUNK_BYTES, until * ITEM_ROOM)));
      item.copy(into, 0, 0, this.#held);
      this.#item = into;
    }
    this.#chunk.copy(into, this.#held, this.#at, this.#at + until - this.#held);
    this.#held = until;
  }
}

/** Whether the bytes from `at` on begin with `bytes`, which are not none. */
function startsWith(chunk: Buffer, at: number, bytes: Buffer): boolean {
  const { length } = bytes;
  if (length === 0 || chunk.length - at < length) return false;
  for (let i = 0; i < length; i += 1) if (chunk[at + i] !== bytes[i]) return false;
  return true;
}
