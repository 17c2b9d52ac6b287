import { LARGE_BYTES } from '../socket/bounds.js';
import { copyOf, ownBytes, Pieces } from '../socket/pieces-core.js';

/** The longest command line taken, bytes. Kestrel knows no limit. */
export const COMMAND_BYTES_MAX = 8192;
/** Items one block may have; the next line ends the block, whatever it says. Kestrel's number. */
export const BLOCK_ITEMS_MAX = 1024;
/** What is held of one block, bytes: an item that would exceed it is thrown away, and not stored. */
export const BLOCK_BYTES_MAX = 64 * 1024 * 1024;
const LF = 10;
const CR = 13;
const NOTHING = Buffer.alloc(0);

/** A command line in words, and the lines of its block; null stands for an item that is larger than allowed. */
export interface Block {
  readonly words: readonly string[];
  readonly items: readonly (Buffer | null)[];
}

interface OpenBlock {
  readonly words: readonly string[];
  readonly items: (Buffer | null)[];
  /** The largest item it may have, bytes. */
  readonly limit: number;
  bytes: number;
}

/**
 * Cuts a stream of bytes into requests of the text protocol. `feed` it chunks as they come, then call `next` until it
 * returns null. Lines end at LF, a CR just before it is dropped. A line that ends in `:` opens a block.
 * `limit` says how large the items of a block may be, by the words of its command, bytes.
 */
export class TextParser {
  readonly #limit: (words: readonly string[]) => number;
  #chunk: Buffer = NOTHING;
  #at = 0;
  readonly #later: Buffer[] = [];
  #unread = 0;
  /** The beginning of a line that goes on in the next chunk. */
  readonly #line = new Pieces();
  /** The line under way is too long: its bytes are thrown away. */
  #dropping = false;
  #block: OpenBlock | null = null;
  /** A large block that has come, but may not end yet. */
  #whole: Block | null = null;
  /** Bytes of the request under way, with its line ends and all that is thrown away. */
  #came = 0;
  #broken = false;

  constructor(limit: (words: readonly string[]) => number) {
    this.#limit = limit;
  }

  /** Bytes held: those not looked at yet, and those of a request that is not whole. */
  get buffered(): number {
    return this.#unread + this.#line.length + (this.#block?.bytes ?? 0);
  }

  /** A large request has come in part, or in whole. How large one is, is not known before. */
  get largeUnderWay(): boolean {
    return this.#came >= LARGE_BYTES;
  }

  feed(chunk: Buffer): void {
    if (this.#broken) return;
    this.#later.push(copyOf(chunk));
    this.#unread += chunk.length;
  }

  /** What is fed is copied at once. */
  settle(): void {
    // Nothing is lent.
  }

  /** `too long`: a command line without end; nothing more is looked at. `large`: a large request is whole, but may not end. */
  next(): Block | 'too long' | null;
  next(mayEndLarge: boolean): Block | 'too long' | 'large' | null;
  next(mayEndLarge = true): Block | 'too long' | 'large' | null {
    const block = this.#whole ?? this.#nextBlock();
    if (block === null || block === 'too long') return block;
    if (this.largeUnderWay && !mayEndLarge) {
      this.#whole = block;
      return 'large';
    }
    this.#whole = null;
    this.#came = 0;
    return block;
  }

  #nextBlock(): Block | 'too long' | null {
    while (!this.#broken) {
      if (this.#at === this.#chunk.length) {
        const more = this.#later.shift();
        if (more === undefined) return null;
        this.#chunk = more;
        this.#at = 0;
      }
      const line = this.#readLine();
      if (line === 'more') continue;
      const block = this.#take(line);
      if (block !== null) return block;
    }
    return null;
  }

  /** The next line without its end, null for one that was thrown away, `more` when the chunk ends before it. */
  #readLine(): Buffer | null | 'more' {
    const [chunk, from] = [this.#chunk, this.#at];
    const found = chunk.indexOf(LF, from);
    const to = found < 0 ? chunk.length : found;
    this.#at = found < 0 ? to : to + 1;
    this.#unread -= this.#at - from;
    this.#came += this.#at - from;
    const most = this.#longest() + 1;
    if (this.#dropping || this.#line.length + to - from > most) {
      this.#dropping = found < 0;
      this.#line.drop();
      return found < 0 && this.#block !== null ? 'more' : null;
    }
    if (found >= 0 && this.#line.length === 0) return withoutCr(chunk.subarray(from, to));
    this.#line.append(chunk, from, to);
    return found < 0 ? 'more' : withoutCr(this.#line.take());
  }

  /** The longest line that is taken now, bytes. */
  #longest(): number {
    const block = this.#block;
    return block === null ? COMMAND_BYTES_MAX : Math.min(block.limit, BLOCK_BYTES_MAX - block.bytes);
  }

  /** What a line makes whole: a request, or null. */
  #take(line: Buffer | null): Block | 'too long' | null {
    const block = this.#block;
    if (block !== null) {
      if (line?.length !== 0 && block.items.length < BLOCK_ITEMS_MAX) {
        const item = line !== null && line.length <= this.#longest() ? line : null;
        block.items.push(item === null ? null : ownBytes(item));
        block.bytes += item?.length ?? 0;
        return null;
      }
      this.#block = null;
      return block;
    }
    if (line === null || line.length > COMMAND_BYTES_MAX) return this.#giveUp();
    const text = line.toString('latin1');
    if (!text.endsWith(':')) return { words: wordsOf(text), items: [] };
    const words = wordsOf(text.slice(0, -1));
    this.#block = { words, items: [], limit: this.#limit(words), bytes: 0 };
    return null;
  }

  /** There is no telling where the next request begins. */
  #giveUp(): 'too long' {
    this.#broken = true;
    this.#chunk = NOTHING;
    this.#at = 0;
    this.#later.length = 0;
    this.#unread = 0;
    this.#came = 0;
    return 'too long';
  }
}

function withoutCr(line: Buffer): Buffer {
  return line[line.length - 1] === CR ? line.subarray(0, -1) : line;
}

/** Words are separated by single spaces; those that are empty vanish at the end only. No word: a line of spaces. */
function wordsOf(line: string): readonly string[] {
  if (line === '') return [''];
  const words = line.split(' ');
  while (words.length > 0 && words[words.length - 1] === '') words.pop();
  return words;
}
