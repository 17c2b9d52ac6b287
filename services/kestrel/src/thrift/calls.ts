import { ownBytes } from '../socket/pieces-core.js';
import { Type, WireReader, type MessageHead } from './wire.js';

/** Items one `put` stores; those beyond are not stored, and not counted in its answer. */
export const PUT_ITEMS_MAX = 10_000;
/** Finagle's clients ask for this once: from then on a header comes before each message, both ways. */
export const UPGRADE_METHOD = '__can__finagle__trace__v3__';
/** The field of finagle's request header that says who calls, and the field of that with the name. */
const CLIENT_ID_FIELD = 6;
const CLIENT_NAME_FIELD = 1;

/** What a method is called with. Times are ms. */
export type Call =
  | {
      readonly method: 'put';
      readonly queue: string;
      readonly items: readonly Buffer[];
      /** 0: the items never die. */
      readonly expirationMs: number;
    }
  | {
      readonly method: 'get';
      readonly queue: string;
      readonly maxItems: number;
      readonly timeoutMs: number;
      readonly autoAbortMs: number;
    }
  | { readonly method: 'confirm' | 'abort'; readonly queue: string; readonly ids: readonly number[] }
  | { readonly method: 'peek' | 'flush_queue' | 'delete_queue'; readonly queue: string }
  | { readonly method: 'flush_all_queues' | 'current_status' | 'get_version' | 'upgrade' | 'unknown' }
  | { readonly method: 'set_status'; readonly status: number }
  /** An argument that has no default is not there, or is of another type. */
  | { readonly method: 'incomplete'; readonly missing: string };

export interface Message extends MessageHead {
  /** Who calls, where a header says so. */
  readonly clientId: string | null;
  readonly call: Call;
}

/** What came in a struct of arguments, by field id. */
interface Arguments {
  readonly text: Map<number, string>;
  readonly numbers: Map<number, number>;
  readonly items: Map<number, Buffer[]>;
  readonly ids: Map<number, number[]>;
}

/** Decodes a frame; `upgraded`: a header comes first. Null: it is no message, or not that of a call. */
export function decodeMessage(frame: Buffer, upgraded: boolean): Message | null {
  try {
    const reader = new WireReader(frame);
    const clientId = upgraded ? readClientId(reader) : null;
    const head = reader.message();
    return head.isCall ? { ...head, clientId, call: readCall(head.name, reader) } : null;
  } catch {
    // The library has many errors for bytes that are wrong; here they all mean the same.
    return null;
  }
}

/** The head of a frame whose end is not there; null: it is no message. */
export function decodeHead(frame: Buffer, upgraded: boolean): MessageHead | null {
  try {
    const reader = new WireReader(frame);
    if (upgraded) readClientId(reader);
    return reader.message();
  } catch {
    // As above.
    return null;
  }
}

function readClientId(reader: WireReader): string | null {
  let name: string | null = null;
  reader.struct((id, type) => {
    if (id !== CLIENT_ID_FIELD || type !== Type.STRUCT) return false;
    reader.struct((inner, innerType) => {
      if (inner !== CLIENT_NAME_FIELD || innerType !== Type.STRING) return false;
      name = reader.string();
      return true;
    });
    return true;
  });
  return name;
}

function readCall(method: string, reader: WireReader): Call {
  if (method === UPGRADE_METHOD) return { method: 'upgrade' };
  switch (method) {
    case 'flush_all_queues':
    case 'current_status':
    case 'get_version':
      return { method };
    case 'set_status': {
      const status = readArguments(reader, method).numbers.get(1);
      return status === undefined ? incomplete('status') : { method, status };
    }
    case 'put':
    case 'get':
    case 'confirm':
    case 'abort':
    case 'peek':
    case 'flush_queue':
    case 'delete_queue':
      return readQueueCall(method, readArguments(reader, method));
    default:
      return { method: 'unknown' };
  }
}

type QueueMethod = Extract<Call, { readonly queue: string }>['method'];

function readQueueCall(method: QueueMethod, { text, numbers, items, ids }: Arguments): Call {
  const queue = text.get(1);
  if (queue === undefined) return incomplete('queue_name');
  const number = (id: number): number => numbers.get(id) ?? 0;
  switch (method) {
    case 'put': {
      const given = items.get(2);
      return given === undefined
        ? incomplete('items')
        : { method, queue, items: given, expirationMs: number(3) };
    }
    case 'get':
      return { method, queue, maxItems: number(2), timeoutMs: number(3), autoAbortMs: number(4) };
    case 'confirm':
    case 'abort': {
      const given = ids.get(2);
      return given === undefined ? incomplete('ids') : { method, queue, ids: given };
    }
    case 'peek':
    case 'flush_queue':
    case 'delete_queue':
      return { method, queue };
  }
}

function incomplete(missing: string): Call {
  return { method: 'incomplete', missing };
}

/** Reads what a method takes; a field of another type than its own is as if it were not there. */
function readArguments(reader: WireReader, method: string): Arguments {
  const found: Arguments = { text: new Map(), numbers: new Map(), items: new Map(), ids: new Map() };
  const takesIds = method === 'confirm' || method === 'abort';
  reader.struct((id, type) => {
    if (type === Type.STRING && id === 1) found.text.set(id, reader.string());
    else if (type === Type.I32) found.numbers.set(id, reader.i32());
    else if (type === Type.LIST && id === 2 && method === 'put') readItems(reader, found.items, id);
    else if (type === Type.SET && id === 2 && takesIds) readIds(reader, found.ids, id);
    else return false;
    return true;
  });
  return found;
}

function readItems(reader: WireReader, into: Map<number, Buffer[]>, id: number): void {
  const items: Buffer[] = [];
  const isOfItems = reader.list(Type.STRING, () => {
    const item = reader.binary();
    if (items.length < PUT_ITEMS_MAX) items.push(ownBytes(item));
  });
  if (isOfItems) into.set(id, items);
}

function readIds(reader: WireReader, into: Map<number, number[]>, id: number): void {
  const ids: number[] = [];
  if (reader.list(Type.I64, () => ids.push(reader.i64()))) into.set(id, ids);
}
