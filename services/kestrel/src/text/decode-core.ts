import type { Block } from './parser-core.js';

const INT32_MAX = 2 ** 31 - 1;

/** A request of the text protocol. Times are ms from now. */
export type TextRequest =
  /** `expiry` null: the items never die. */
  | {
      readonly kind: 'put';
      readonly queue: string;
      readonly expiry: number | null;
      readonly items: Block['items'];
    }
  | { readonly kind: 'get' | 'peek' | 'monitor'; readonly queue: string; readonly timeoutMs: number }
  | { readonly kind: 'confirm'; readonly queue: string; readonly count: number }
  | { readonly kind: 'flush' | 'delete'; readonly queue: string }
  /** Null: asks which it is. */
  | { readonly kind: 'status'; readonly name: string | null }
  | { readonly kind: 'version' | 'shutdown' | 'quit' }
  | TextRefusal;

/** A line that is no request: answered with `-` and this text; a fatal one ends the connection. */
export interface TextRefusal {
  readonly kind: 'refuse';
  readonly text: string;
  readonly fatal: boolean;
}

export const LINE_TOO_LONG: TextRefusal = refuse('Line too long.', true);

/** Decodes a request. Only the first word is case-insensitive; extra words are ignored, as is a block that nobody asked for. */
export function decodeBlock({ words, items }: Block): TextRequest {
  const [first, queue, number] = words;
  if (first === undefined) return unknown('', true);
  const command = first.toLowerCase();
  switch (command) {
    case 'put':
      return queue === undefined ? NO_NAME : decodePut(queue, number, items);
    case 'get':
    case 'peek':
      return queue === undefined ? NO_NAME : decodeRead(command, queue, number);
    case 'monitor':
      return decodeMonitor(queue, number);
    case 'confirm':
      return decodeConfirm(queue, number);
    case 'flush':
    case 'delete':
      return queue === undefined ? NO_NAME : { kind: command, queue };
    case 'status':
      return { kind: 'status', name: queue ?? null };
    case 'version':
    case 'shutdown':
    case 'quit':
      return { kind: command };
    default:
      return unknown(command, false);
  }
}

const NO_NAME = refuse('Queue name required.', false);

function decodePut(queue: string, expiry: string | undefined, items: Block['items']): TextRequest {
  const time = expiry === undefined ? null : toInt32(expiry);
  if (expiry !== undefined && time === null) return refuse('Error parsing expiration time.', false);
  return { kind: 'put', queue, expiry: time, items };
}

function decodeRead(kind: 'get' | 'peek', queue: string, timeout: string | undefined): TextRequest {
  const timeoutMs = timeout === undefined ? 0 : toInt32(timeout);
  if (timeoutMs === null) return refuse('Error parsing timeout.', false);
  return { kind, queue, timeoutMs: Math.max(0, timeoutMs) };
}

function decodeMonitor(queue?: string, timeout?: string): TextRequest {
  if (queue === undefined || timeout === undefined) return refuse('Queue name & timeout required.', false);
  const timeoutMs = toInt32(timeout);
  return timeoutMs === null ? refuse('Error parsing timeout.', true) : { kind: 'monitor', queue, timeoutMs };
}

function decodeConfirm(queue?: string, count?: string): TextRequest {
  if (queue === undefined || count === undefined) return refuse('Queue name & count required.', false);
  const number = toInt32(count);
  return number === null ? refuse('Error parsing count.', true) : { kind: 'confirm', queue, count: number };
}

function unknown(command: string, fatal: boolean): TextRefusal {
  // Replies are ASCII; Java writes a question mark for what is not.
  return refuse(`Unknown command: ${command.replace(/[^\0-\x7f]/g, '?')}`, fatal);
}

function refuse(text: string, fatal: boolean): TextRefusal {
  return { kind: 'refuse', text, fatal };
}

/** A 32-bit signed decimal number, or null. */
function toInt32(text: string): number | null {
  if (!/^[+-]?\d{1,10}$/.test(text)) return null;
  const value = Number(text);
  return value >= -INT32_MAX - 1 && value <= INT32_MAX ? value : null;
}
