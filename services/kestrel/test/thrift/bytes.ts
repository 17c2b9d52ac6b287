/** Thrift's binary protocol, written by hand: what a test sends, and what it wants to hear. Text is latin1. */

const I32 = 8;
const I64 = 10;
const STRING = 11;
const STRUCT = 12;
const SET = 14;
const LIST = 15;
const STOP = '\0';

const int = (value: number, bytes: 1 | 2 | 4): string => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeIntBE(value, 0, bytes);
  return buffer.toString('latin1');
};
const long = (value: number): string => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(BigInt(value));
  return buffer.toString('latin1');
};
const bytes = (text: string): string => int(text.length, 4) + text;
const field = (type: number, id: number): string => int(type, 1) + int(id, 2);

export const i32 = (id: number, value: number): string => field(I32, id) + int(value, 4);
export const i64 = (id: number, value: number): string => field(I64, id) + long(value);
export const string = (id: number, text: string): string => field(STRING, id) + bytes(text);
export const strings = (id: number, texts: readonly string[]): string =>
  field(LIST, id) + int(STRING, 1) + int(texts.length, 4) + texts.map(bytes).join('');
export const longs = (id: number, values: readonly number[]): string =>
  field(SET, id) + int(I64, 1) + int(values.length, 4) + values.map(long).join('');
export const struct = (id: number, fields: string): string => field(STRUCT, id) + fields + STOP;

/** A frame: its length in front. */
export const frame = (body: string): string => bytes(body);

/** The versions of the protocol are told apart by the first bit. */
export const message = (kind: number, name: string, seqid: number, fields: string): string =>
  `\x80\x01\0${int(kind, 1)}${bytes(name)}${int(seqid, 4)}${fields}${STOP}`;

const CALL = 1;
const REPLY = 2;
const EXCEPTION = 3;
const SEQID = 7;

export const call = (name: string, ...fields: string[]): string =>
  frame(message(CALL, name, SEQID, fields.join('')));
export const oldCall = (name: string, ...fields: string[]): string =>
  frame(bytes(name) + int(CALL, 1) + int(SEQID, 4) + fields.join('') + STOP);
export const reply = (name: string, fields = ''): string => frame(message(REPLY, name, SEQID, fields));
export const count = (name: string, value: number): string => reply(name, i32(0, value));
export const fault = (name: string, type: number, text: string): string =>
  frame(message(EXCEPTION, name, SEQID, string(1, text) + i32(2, type)));

/** The answer to a get: pairs of data and id. */
export const items = (...pairs: readonly (readonly [data: string, id: number])[]): string => {
  const structs = pairs.map(([data, id]) => string(1, data) + i64(2, id) + STOP);
  return reply('get', field(LIST, 0) + int(STRUCT, 1) + int(pairs.length, 4) + structs.join(''));
};

export interface Info {
  readonly head?: string;
  readonly items?: number;
  readonly bytes?: number;
  readonly journal?: number;
  readonly age?: number;
  readonly waiters?: number;
  readonly open?: number;
}

/** The answer to a peek. */
export const info = (of: Info): string =>
  reply(
    'peek',
    struct(
      0,
      (of.head === undefined ? '' : string(1, of.head)) +
        i64(2, of.items ?? 0) +
        i64(3, of.bytes ?? 0) +
        i64(4, of.journal ?? 0) +
        i64(5, of.age ?? 0) +
        i32(6, of.waiters ?? 0) +
        i32(7, of.open ?? 0),
    ),
  );

export const put = (queue: string, texts: readonly string[], expiration?: number): string =>
  call('put', string(1, queue), strings(2, texts), expiration === undefined ? '' : i32(3, expiration));
export const get = (queue: string, max: number, timeout = 0, autoAbort = 0): string =>
  call('get', string(1, queue), i32(2, max), i32(3, timeout), i32(4, autoAbort));
export const settle = (how: 'confirm' | 'abort', queue: string, ids: readonly number[]): string =>
  call(how, string(1, queue), longs(2, ids));
export const onQueue = (name: string, queue: string): string => call(name, string(1, queue));
