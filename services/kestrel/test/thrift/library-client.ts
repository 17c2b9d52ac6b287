import type { Connection, TProtocol } from 'thrift';

/** What a client generated from kestrel.thrift would offer, as far as the tests want it. Text is latin1. */
export interface LibraryClient {
  version(): Promise<string>;
  put(queue: string, items: readonly string[]): Promise<number>;
  get(queue: string, max: number, autoAbortMs: number): Promise<readonly (readonly [string, number])[]>;
  confirm(queue: string, ids: readonly number[]): Promise<number>;
  close(): void;
}

/** How the library hands an answer over: to `recv_<method>` of the client that belongs to the connection. */
type Receive = (input: TProtocol, type: number, seqid: number) => void;

/** Connects with thrift's own library over a framed transport. It is loaded here, not with the test's other imports. */
export async function connectLibrary(port: number): Promise<LibraryClient> {
  const { createConnection, TBinaryProtocol, TFramedTransport, Thrift, Int64 } = await import('thrift');
  const { Type, MessageType } = Thrift;
  const options = { transport: TFramedTransport, protocol: TBinaryProtocol };
  const connection: Connection & { client?: unknown } = createConnection('127.0.0.1', port, options);
  await new Promise<void>((resolve, reject) => {
    connection.once('connect', resolve);
    connection.once('error', reject);
  });
  const handlers: Record<string, Receive> = {};
  let seqid = 0;
  // The library keeps what it waits for in `_reqs`, and does not wait for anything itself.
  connection.client = Object.assign(handlers, { _reqs: {} });

  function call<T>(
    name: string,
    write: (output: TProtocol) => void,
    read: (input: TProtocol) => T,
  ): Promise<T> {
    seqid += 1;
    const transport = new TFramedTransport(undefined, (frame) => frame && connection.write(frame));
    const output = new TBinaryProtocol(transport);
    const answered = new Promise<T>((resolve, reject) => {
      handlers[`recv_${name}`] = (input, type) => {
        if (type === (MessageType.EXCEPTION as number)) {
          const error = new Thrift.TApplicationException();
          error.read(input);
          reject(error);
        } else resolve(readResult(input, read));
      };
    });
    output.writeMessageBegin(name, MessageType.CALL, seqid);
    write(output);
    output.writeFieldStop();
    output.writeMessageEnd();
    output.flush();
    return answered;
  }

  function readResult<T>(input: TProtocol, read: (input: TProtocol) => T): T {
    input.readStructBegin();
    input.readFieldBegin();
    const result = read(input);
    input.readFieldEnd();
    input.readFieldBegin();
    return result;
  }

  function writeQueue(output: TProtocol, queue: string): void {
    output.writeFieldBegin('queue_name', Type.STRING, 1);
    output.writeString(queue);
  }

  return {
    version: () =>
      call(
        'get_version',
        () => undefined,
        (input) => input.readString(),
      ),
    put: (queue, items) =>
      call(
        'put',
        (output) => {
          writeQueue(output, queue);
          output.writeFieldBegin('items', Type.LIST, 2);
          output.writeListBegin(Type.STRING, items.length);
          for (const item of items) output.writeBinary(Buffer.from(item, 'latin1'));
        },
        (input) => input.readI32(),
      ),
    get: (queue, max, autoAbortMs) =>
      call(
        'get',
        (output) => {
          writeQueue(output, queue);
          output.writeFieldBegin('max_items', Type.I32, 2);
          output.writeI32(max);
          output.writeFieldBegin('auto_abort_msec', Type.I32, 4);
          output.writeI32(autoAbortMs);
        },
        readItems,
      ),
    confirm: (queue, ids) =>
      call(
        'confirm',
        (output) => {
          writeQueue(output, queue);
          output.writeFieldBegin('ids', Type.SET, 2);
          output.writeSetBegin(Type.I64, ids.length);
          for (const id of ids) output.writeI64(new Int64(id));
        },
        (input) => input.readI32(),
      ),
    close: () => connection.end(),
  };
}

function readItems(input: TProtocol): readonly (readonly [string, number])[] {
  const { size } = input.readListBegin();
  return Array.from({ length: size }, () => {
    input.readStructBegin();
    input.readFieldBegin();
    const data = input.readBinary().toString('latin1');
    input.readFieldBegin();
    const id = input.readI64().toNumber();
    input.readFieldBegin();
    return [data, id] as const;
  });
}
