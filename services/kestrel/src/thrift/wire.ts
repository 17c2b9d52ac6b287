import { TBinaryProtocol, TFramedTransport, Thrift } from 'thrift';

/** Thrift's numbers for the types of values. */
export const Type = Thrift.Type;
export type WireType = Thrift.Type;
/** Values one message may have: elements of lists and fields alike. More is a message that costs too much to look at. */
export const VALUES_MAX = 1_000_000;
/** How deep values may be nested; thrift's own limit. */
const DEPTH_MAX = 64;
/** The longest name of a method that is looked at, bytes. */
const NAME_BYTES_MAX = 256;

export interface MessageHead {
  readonly name: string;
  readonly isCall: boolean;
  readonly seqid: number;
}

/** Reads one frame with thrift's binary protocol. Every function throws where the bytes are not what they should be. */
export class WireReader {
  readonly #protocol: TBinaryProtocol;
  #values = 0;

  constructor(frame: Buffer) {
    this.#protocol = new TBinaryProtocol(new TFramedTransport(frame));
  }

  message(): MessageHead {
    const { fname, mtype, rseqid } = this.#protocol.readMessageBegin();
    // Without a version in front, the library leaves the name as bytes.
    const name = Buffer.from(fname).toString();
    if (name.length > NAME_BYTES_MAX)
      throw new RangeError(`method: ${name.length} bytes, at most ${NAME_BYTES_MAX}`);
    return { name, isCall: mtype === Thrift.MessageType.CALL, seqid: rseqid };
  }

  /** Reads a struct. `field` is asked for each field, and answers whether it has read it; the others are skipped. */
  struct(field: (id: number, type: WireType) => boolean): void {
    for (;;) {
      const { ftype, fid } = this.#protocol.readFieldBegin();
      if (ftype === Type.STOP) return;
      this.#count(1);
      if (!field(fid, ftype)) this.#skip(ftype, 1);
    }
  }

  string(): string {
    return this.#protocol.readString();
  }

  i32(): number {
    return this.#protocol.readI32();
  }

  /** Infinite where it is beyond what a number can hold exactly. */
  i64(): number {
    return this.#protocol.readI64().toNumber();
  }

  binary(): Buffer {
    return this.#protocol.readBinary();
  }

  /** Reads a list or a set of `type`, element by element. False: its elements are of another type, and were skipped. */
  list(type: WireType, element: () => void): boolean {
    const { etype, size } = this.#protocol.readListBegin();
    this.#count(size);
    for (let index = 0; index < size; index += 1) {
      if (etype === type) element();
      else this.#skip(etype, 1);
    }
    return etype === type || size === 0;
  }

  #skip(type: WireType, depth: number): void {
    if (depth > DEPTH_MAX) throw new RangeError(`values nested deeper than ${DEPTH_MAX}`);
    if (type === Type.STRUCT) this.#skipStruct(depth);
    else if (type === Type.MAP) this.#skipMap(depth);
    else if (type === Type.LIST || type === Type.SET) this.#skipList(depth);
    else this.#protocol.skip(type);
  }

  #skipList(depth: number): void {
    const { etype, size } = this.#protocol.readListBegin();
    this.#count(size);
    for (let index = 0; index < size; index += 1) this.#skip(etype, depth + 1);
  }

  #skipMap(depth: number): void {
    const { ktype, vtype, size } = this.#protocol.readMapBegin();
    this.#count(2 * size);
    for (let index = 0; index < size; index += 1) {
      this.#skip(ktype, depth + 1);
      this.#skip(vtype, depth + 1);
    }
  }

  #skipStruct(depth: number): void {
    this.struct((_id, type) => {
      this.#skip(type, depth + 1);
      return true;
    });
  }

  #count(values: number): void {
    this.#values += values;
    if (values < 0 || this.#values > VALUES_MAX) throw new RangeError(`more than ${VALUES_MAX} values`);
  }
}

/** Writes one frame with thrift's binary protocol. */
export class WireWriter {
  readonly #protocol: TBinaryProtocol;
  #frame: Buffer = Buffer.alloc(0);

  constructor() {
    const transport = new TFramedTransport(undefined, (frame) => {
      this.#frame = frame ?? this.#frame;
    });
    this.#protocol = new TBinaryProtocol(transport);
  }

  /** `isReply` false: an exception. */
  message(name: string, isReply: boolean, seqid: number): void {
    const { REPLY, EXCEPTION } = Thrift.MessageType;
    this.#protocol.writeMessageBegin(name, isReply ? REPLY : EXCEPTION, seqid);
  }

  field(type: WireType, id: number): void {
    this.#protocol.writeFieldBegin('', type, id);
  }

  stop(): void {
    this.#protocol.writeFieldStop();
  }

  i32(value: number): void {
    this.#protocol.writeI32(value);
  }

  i64(value: number): void {
    this.#protocol.writeI64(value);
  }

  string(value: string): void {
    this.#protocol.writeString(value);
  }

  binary(value: Buffer): void {
    this.#protocol.writeBinary(value);
  }

  list(type: WireType, size: number): void {
    this.#protocol.writeListBegin(type, size);
  }

  /** The frame, with its length in front. */
  finish(): Buffer {
    this.#protocol.flush();
    return this.#frame;
  }
}
