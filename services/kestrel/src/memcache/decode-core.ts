import type { GetRequest, Refusal, Request } from '../queue/requests.js';

const INT32_MAX = 2 ** 31 - 1;
/** Commands that carry data; only `set` is known, the others are refused after their data. */
const WITH_DATA: ReadonlySet<string> = new Set(['set', 'add', 'replace', 'append', 'prepend', 'cas']);

export function refuse(fatal: boolean, bytes = -1): Refusal {
  return { kind: 'refuse', fatal, bytes };
}

/**
 * Decodes one line of Kestrel's memcache protocol, without its line end. Words are separated by single
 * spaces, empty words at the end vanish, only the command itself is case-insensitive, extra words are ignored.
 */
export function decodeLine(line: string): Request {
  const words = line.split(' ');
  while (words.length > 0 && words[words.length - 1] === '') words.pop();
  const command = words[0]?.toLowerCase() ?? '';
  if (WITH_DATA.has(command)) return decodeData(command, words);
  const queue = words[1];
  switch (command) {
    case 'get':
    case 'gets':
      return queue === undefined ? refuse(false) : decodeGet(queue);
    case 'monitor':
      return decodeMonitor(queue, words[2], words[3]);
    case 'confirm':
      return decodeConfirm(queue, words[2]);
    case 'delete':
    case 'flush':
    case 'flush_expired':
      return queue === undefined ? refuse(false) : queue === '' ? refuse(true) : { kind: command, queue };
    case 'dump_stats':
      return { kind: 'dump_stats', queues: words.slice(1) };
    case 'status':
      return { kind: 'status', name: queue ?? null };
    case 'flush_all':
      return { kind: command };
    case 'flush_all_expired':
    case 'stats':
    case 'version':
    case 'reload':
    case 'shutdown':
    case 'quit':
      return { kind: command };
    default:
      return refuse(true);
  }
}

function decodeData(command: string, words: readonly string[]): Request {
  const bytes = toInt32(words[4]);
  // Two more bytes follow the data; a size that leaves no room for them within 31 bits is no size.
  if (bytes === null || bytes < 0 || bytes > INT32_MAX - 2) return refuse(true);
  const queue = words[1] ?? '';
  if (command !== 'set' || queue === '') return refuse(true, bytes);
  if (toInt32(words[2]) === null) return refuse(false, bytes);
  const expiry = toInt32(words[3]);
  return expiry === null ? refuse(true, bytes) : { kind: 'set', queue, expiry, bytes };
}

function decodeGet(key: string): Request {
  // As Java's split does it: empty parts at the end vanish, so `/` alone has no part at all.
  const parts = key.split('/');
  while (parts.length > 0 && parts[parts.length - 1] === '') parts.pop();
  const queue = parts[0];
  if (queue === undefined) return refuse(key === '');
  let timeoutMs: number | null = 0;
  for (let i = 1; i < parts.length; i += 1) {
    const part = parts[i] ?? '';
    if (part.startsWith('t=')) timeoutMs = toInt32(part.slice(2));
    if (timeoutMs === null) return refuse(true);
  }
  const has = (option: string): boolean => parts.indexOf(option, 1) > 0;
  const get: GetRequest = {
    kind: 'get',
    queue,
    timeoutMs: Math.max(0, timeoutMs),
    open: has('open'),
    close: has('close'),
    abort: has('abort'),
    peek: has('peek'),
  };
  const clash = ((get.peek || get.abort) && (get.open || get.close)) || (get.peek && get.abort);
  return clash || queue === '' ? refuse(true) : get;
}

function decodeMonitor(queue?: string, seconds?: string, max?: string): Request {
  if (queue === undefined || seconds === undefined) return refuse(false);
  const time = toInt32(seconds);
  const most = max === undefined ? null : toInt32(max);
  if (queue === '' || time === null || (max !== undefined && most === null)) return refuse(true);
  return { kind: 'monitor', queue, timeoutMs: time * 1000, max: most };
}

function decodeConfirm(queue?: string, count?: string): Request {
  if (queue === undefined || count === undefined) return refuse(false);
  const number = toInt32(count);
  return queue === '' || number === null ? refuse(true) : { kind: 'confirm', queue, count: number };
}

/** A 32-bit signed decimal number, leading zeros and all, or null. */
function toInt32(text: string | undefined): number | null {
  if (text === undefined || !/^[+-]?\d+$/.test(text)) return null;
  const value = Number(text) + 0;
  return value >= -INT32_MAX - 1 && value <= INT32_MAX ? value : null;
}
