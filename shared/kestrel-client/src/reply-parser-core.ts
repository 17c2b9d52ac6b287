/**
 * Bytes of a Kestrel's memcache port in, replies out; no I/O. A `VALUE` with its data and its own `END`
 * is one reply, so a bare `END` always answers a request (an empty get, a monitor's end, a confirm).
 * Source of the format: Kestrel's memcache protocol, `VALUE <queue> <flags> <bytes>`.
 */
import { READ_ITEM_BYTES_MAX, REPLY_LINE_BYTES_MAX } from './defaults.js';

export type Reply =
  | { readonly kind: 'stored' | 'not_stored' | 'end' | 'deleted' }
  | { readonly kind: 'item'; readonly queue: string; readonly data: Buffer }
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'stat'; readonly name: string; readonly value: string }
  /** ERROR, CLIENT_ERROR or SERVER_ERROR, with its text if there is one. */
  | { readonly kind: 'error'; readonly line: string }
  /** Any other line: the answer of `status`, or nothing this client knows. */
  | { readonly kind: 'text'; readonly line: string };

/** What the server sent is no reply: the connection cannot be trusted any more. */
export class ReplyFormatError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ReplyFormatError';
  }
}

export interface ReplyParser {
  /** Any fragmentation. Throws a ReplyFormatError; after that, throw the parser away. */
  push(chunk: Buffer): Reply[];
}

const LF = 10;
const CR = 13;
const BARE: Readonly<Record<string, Reply>> = {
  STORED: { kind: 'stored' },
  NOT_STORED: { kind: 'not_stored' },
  END: { kind: 'end' },
  DELETED: { kind: 'deleted' },
};

export function createReplyParser(): ReplyParser {
  const chunks: Buffer[] = [];
  let held = 0;
  /** Nothing can be made of fewer bytes than this; spares looking again at each fragment of a large item. */
  let needed = 1;

  function push(chunk: Buffer): Reply[] {
    chunks.push(chunk);
    held += chunk.length;
    if (held < needed) return [];
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks, held);
    const replies: Reply[] = [];
    let at = 0;
    needed = 1;
    while (at < bytes.length) {
      const step = parseOne(bytes, at);
      if ('missing' in step) {
        needed = bytes.length - at + step.missing;
        break;
      }
      replies.push(step.reply);
      at = step.next;
    }
    const rest = bytes.subarray(at);
    chunks.length = 0;
    if (rest.length > 0) chunks.push(rest);
    held = rest.length;
    return replies;
  }

  return { push };
}

type Step = { readonly reply: Reply; readonly next: number } | { readonly missing: number };

function parseOne(bytes: Buffer, at: number): Step {
  const line = lineAt(bytes, at);
  if (line === null) return { missing: 1 };
  if (line.text.startsWith('VALUE ')) return parseItem(bytes, line);
  return { reply: parseLine(line.text), next: line.next };
}

interface Line {
  readonly text: string;
  readonly next: number;
}

function lineAt(bytes: Buffer, at: number): Line | null {
  const lf = bytes.indexOf(LF, at);
  if ((lf === -1 ? bytes.length : lf) - at > REPLY_LINE_BYTES_MAX)
    throw new ReplyFormatError(`a reply line is longer than ${REPLY_LINE_BYTES_MAX} bytes`);
  if (lf === -1) return null;
  const end = lf > at && bytes[lf - 1] === CR ? lf - 1 : lf;
  return { text: bytes.toString('latin1', at, end), next: lf + 1 };
}

function parseItem(bytes: Buffer, header: Line): Step {
  const [, queue, , size] = header.text.split(' ');
  if (queue === undefined || size === undefined || !/^\d{1,10}$/.test(size))
    throw new ReplyFormatError(`not a VALUE line: ${JSON.stringify(header.text.slice(0, 80))}`);
  const length = Number(size);
  if (length > READ_ITEM_BYTES_MAX)
    throw new ReplyFormatError(`an item of ${length} bytes, at most ${READ_ITEM_BYTES_MAX} are allowed`);
  const dataEnd = header.next + length;
  const shortest = dataEnd + '\r\nEND\r\n'.length;
  // A bare-LF server would be two bytes shorter: those are then simply the reason to look again later.
  if (bytes.length < dataEnd + 2) return { missing: Math.max(1, dataEnd + 2 - bytes.length) };
  const afterData = lineAt(bytes, dataEnd);
  if (afterData === null) return { missing: Math.max(1, shortest - bytes.length) };
  if (afterData.text !== '')
    throw new ReplyFormatError('the data of an item does not end where its length says');
  const end = lineAt(bytes, afterData.next);
  if (end === null) return { missing: 1 };
  if (end.text !== 'END')
    throw new ReplyFormatError(`END is due after an item, not ${JSON.stringify(end.text.slice(0, 80))}`);
  return { reply: { kind: 'item', queue, data: bytes.subarray(header.next, dataEnd) }, next: end.next };
}

function parseLine(text: string): Reply {
  const bare = BARE[text];
  if (bare !== undefined) return bare;
  if (/^(CLIENT_|SERVER_)?ERROR( |$)/.test(text)) return { kind: 'error', line: text };
  if (text.startsWith('VERSION ')) return { kind: 'version', version: text.slice(8) };
  if (text.startsWith('STAT ')) {
    const [, name = '', ...value] = text.split(' ');
    return { kind: 'stat', name, value: value.join(' ') };
  }
  return { kind: 'text', line: text };
}

/** A reply as logs name it, short. */
export function replyName(reply: Reply): string {
  return reply.kind === 'error' || reply.kind === 'text' ? reply.line.slice(0, 80) : reply.kind.toUpperCase();
}
