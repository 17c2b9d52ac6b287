/**
 * Replies of memcached's meta protocol (doc/protocol.txt, "Meta Commands"), I/O-free: bytes in, replies
 * out, wherever the stream is cut. A reply is one line; `VA <size> <flags>` is followed by a value.
 */

const CODES = ['HD', 'VA', 'EN', 'NS', 'EX', 'NF', 'MN', 'SERVER_ERROR'] as const;
export type ReplyCode = (typeof CODES)[number];

export interface Reply {
  readonly code: ReplyCode;
  /** What follows the code (of a VA: the size), as sent: flags with their tokens, or the text of an error. */
  readonly rest: string;
  /** Of a VA; empty otherwise. */
  readonly value: Buffer;
}

/** A reply line longer than this is no meta reply: a key of 250 bytes and a few flags. */
export const REPLY_LINE_BYTES_MAX = 1_024;
/** Largest value taken; memcached's own limit is 1 MiB unless `-I` says otherwise. */
export const REPLY_VALUE_BYTES_MAX = 16 * 1024 * 1024;

/** The bytes are no meta reply: the connection cannot be trusted any more. */
export class MetaProtocolError extends Error {
  override readonly name = 'MetaProtocolError';
}

const NO_VALUE = Buffer.alloc(0);
const LF = 0x0a;
const CODE_SET: ReadonlySet<string> = new Set(CODES);

/** The token of a one-letter flag: `flagOf('c12 kfoo', 'c')` is `12`. Null when the flag is not there. */
export function flagOf(rest: string, letter: string): string | null {
  for (const flag of rest.split(' ')) if (flag.startsWith(letter)) return flag.slice(1);
  return null;
}

export class MetaReplyParser {
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** Bytes needed before another look is worth it (a value under way). */
  #needed = 1;

  /** Calls `onReply` for every reply that is whole now. Throws MetaProtocolError on anything else. */
  push(chunk: Buffer, onReply: (reply: Reply) => void): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    if (this.#buffered < this.#needed) return;
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#buffered);
    const used = this.#parse(bytes, onReply);
    const left = bytes.length - used;
    this.#chunks = left === 0 ? [] : [bytes.subarray(used)];
    this.#buffered = left;
  }

  #parse(bytes: Buffer, onReply: (reply: Reply) => void): number {
    let at = 0;
    this.#needed = 1;
    for (;;) {
      const end = bytes.indexOf(LF, at);
      if (end === -1 || end - at > REPLY_LINE_BYTES_MAX) {
        if (bytes.length - at > REPLY_LINE_BYTES_MAX) throw new MetaProtocolError('reply line too long');
        return at;
      }
      if (end === at || bytes[end - 1] !== 0x0d)
        throw new MetaProtocolError('reply line does not end in CR LF');
      const line = bytes.toString('latin1', at, end - 1);
      if (!line.startsWith('VA ')) {
        onReply(plainReply(line));
        at = end + 1;
        continue;
      }
      const { size, rest } = valueHead(line);
      const after = end + 1 + size + 2;
      if (after > bytes.length) {
        this.#needed = after - at;
        return at;
      }
      if (bytes[after - 2] !== 0x0d || bytes[after - 1] !== LF)
        throw new MetaProtocolError('value does not end in CR LF');
      onReply({ code: 'VA', rest, value: bytes.subarray(end + 1, after - 2) });
      at = after;
    }
  }
}

function plainReply(line: string): Reply {
  const space = line.indexOf(' ');
  const code = space === -1 ? line : line.slice(0, space);
  if (!CODE_SET.has(code) || code === 'VA')
    throw new MetaProtocolError(`reply ${JSON.stringify(line.slice(0, 80))}`);
  return { code: code as ReplyCode, rest: space === -1 ? '' : line.slice(space + 1), value: NO_VALUE };
}

function valueHead(line: string): { size: number; rest: string } {
  const head = /^VA (\d{1,9})(?: (.*))?$/.exec(line);
  const size = Number(head?.[1]);
  if (head === null || size > REPLY_VALUE_BYTES_MAX)
    throw new MetaProtocolError(`value head ${JSON.stringify(line.slice(0, 80))}`);
  return { size, rest: head[2] ?? '' };
}
