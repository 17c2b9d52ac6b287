import type { Status } from '../queue/status-core.js';
import type { HandedItem } from './session-core.js';
import { Type, WireWriter } from './wire.js';

/** What one may know of a queue without taking anything from it. */
export interface QueueInfo {
  readonly headItem: Buffer | null;
  readonly items: number;
  readonly bytes: number;
  readonly journalBytes: number;
  /** Ms. */
  readonly age: number;
  readonly waiters: number;
  readonly openTransactions: number;
}

/** Thrift's own codes of what went wrong. */
export const FAULTS = { unknownMethod: 1, internal: 6, protocol: 7 } as const;
export type Fault = keyof typeof FAULTS;

/** A status as thrift's clients know it: two of the server's have no number of their own. */
export const STATUS_NUMBERS: Readonly<Record<Status, number>> = {
  down: 0,
  writeAvoid: 0,
  quiescent: 1,
  readOnly: 2,
  up: 3,
};

/** Encodes the answers to one call. */
export class Answers {
  readonly #name: string;
  readonly #seqid: number;
  readonly #withHeader: boolean;

  /** `withHeader`: an empty header of finagle's comes first. */
  constructor(name: string, seqid: number, withHeader: boolean) {
    this.#name = name;
    this.#seqid = seqid;
    this.#withHeader = withHeader;
  }

  nothing(): Buffer {
    return this.#frame((writer) => writer.stop());
  }

  number(value: number): Buffer {
    return this.#result(Type.I32, (writer) => writer.i32(value));
  }

  text(value: string): Buffer {
    return this.#result(Type.STRING, (writer) => writer.string(value));
  }

  items(items: readonly HandedItem[]): Buffer {
    return this.#result(Type.LIST, (writer) => {
      writer.list(Type.STRUCT, items.length);
      for (const { data, id } of items) {
        writer.field(Type.STRING, 1);
        writer.binary(data);
        writer.field(Type.I64, 2);
        writer.i64(id);
        writer.stop();
      }
    });
  }

  info(info: QueueInfo): Buffer {
    return this.#result(Type.STRUCT, (writer) => {
      if (info.headItem !== null) {
        writer.field(Type.STRING, 1);
        writer.binary(info.headItem);
      }
      for (const [index, value] of [info.items, info.bytes, info.journalBytes, info.age].entries()) {
        writer.field(Type.I64, index + 2);
        writer.i64(value);
      }
      for (const [index, value] of [info.waiters, info.openTransactions].entries()) {
        writer.field(Type.I32, index + 6);
        writer.i32(value);
      }
      writer.stop();
    });
  }

  /** A TApplicationException. */
  fault(fault: Fault, text: string): Buffer {
    return this.#frame((writer) => {
      writer.field(Type.STRING, 1);
      writer.string(text);
      writer.field(Type.I32, 2);
      writer.i32(FAULTS[fault]);
      writer.stop();
    }, false);
  }

  #result(type: Parameters<WireWriter['field']>[0], write: (writer: WireWriter) => void): Buffer {
    return this.#frame((writer) => {
      writer.field(type, 0);
      write(writer);
      writer.stop();
    });
  }

  #frame(write: (writer: WireWriter) => void, isReply = true): Buffer {
    const writer = new WireWriter();
    if (this.#withHeader) writer.stop();
    writer.message(this.#name, isReply, this.#seqid);
    write(writer);
    return writer.finish();
  }
}
