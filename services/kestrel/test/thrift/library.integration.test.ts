import { jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { stopAll } from '@murmur/testkit';
import { createThriftAcceptor } from '../../src/thrift/connection.js';
import { startHost } from '../socket/host.js';
import { connectLibrary } from './library-client.js';
import { doWithoutUuid } from './library.js';

jest.setTimeout(60_000);
doWithoutUuid();
afterEach(stopAll);

it("the server is understood by thrift's own library", async () => {
  const host = await startHost(createThriftAcceptor);
  const client = await connectLibrary(host.port);
  expect(await client.version()).toBe('0.1.0');
  expect(await client.put('q', ['a', 'b\0\xff', 'c'])).toBe(3);
  expect(await client.get('q', 2, 0)).toEqual([
    ['a', 0],
    ['b\0\xff', 0],
  ]);
  expect(await client.get('q', 2, 60_000)).toEqual([['c', 1]]);
  expect(await client.confirm('q', [1])).toBe(1);
  expect(await client.get('q', 2, 0)).toEqual([]);
  await expect(client.put('a.b', ['x'])).rejects.toThrow('Queue name not allowed.');
  client.close();
});

/** Speaks to the server with Debian's thrift, for which no code has been generated. */
const PYTHON = `
import sys
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.Thrift import TApplicationException, TMessageType, TType
from thrift.transport.TSocket import TSocket
from thrift.transport.TTransport import TFramedTransport

transport = TFramedTransport(TSocket('127.0.0.1', int(sys.argv[1])))
wire = TBinaryProtocol(transport)
transport.open()

def call(name, *fields):
    wire.writeMessageBegin(name, TMessageType.CALL, 3)
    for field in fields: field()
    wire.writeFieldStop()
    wire.writeMessageEnd()
    transport.flush()
    got, kind, seqid = wire.readMessageBegin()
    assert (got, seqid) == (name, 3)
    if kind == TMessageType.EXCEPTION:
        error = TApplicationException()
        error.read(wire)
        return str(error)
    return struct()

def struct():
    found = {}
    while True:
        _, kind, number = wire.readFieldBegin()
        if kind == TType.STOP: return found
        found[number] = value(kind)

def value(kind):
    if kind == TType.STRUCT: return struct()
    if kind == TType.STRING: return wire.readBinary()
    if kind == TType.I32: return wire.readI32()
    if kind == TType.I64: return wire.readI64()
    kind, size = wire.readListBegin()
    return [value(kind) for _ in range(size)]

def string(number, text):
    def write():
        wire.writeFieldBegin('', TType.STRING, number)
        wire.writeString(text)
    return write

def i32(number, value):
    def write():
        wire.writeFieldBegin('', TType.I32, number)
        wire.writeI32(value)
    return write

def strings(number, texts):
    def write():
        wire.writeFieldBegin('', TType.LIST, number)
        wire.writeListBegin(TType.STRING, len(texts))
        for text in texts: wire.writeBinary(text)
    return write

def ids(number, values):
    def write():
        wire.writeFieldBegin('', TType.SET, number)
        wire.writeSetBegin(TType.I64, len(values))
        for one in values: wire.writeI64(one)
    return write

print(call('put', string(1, 'q'), strings(2, [b'a', b'\\x00\\xff'])))
print(call('get', string(1, 'q'), i32(2, 5), i32(4, 60000)))
print(call('abort', string(1, 'q'), ids(2, [1, 2, 3])))
print(call('peek', string(1, 'q'))[0][1])
print(call('get', string(1, 'q'), i32(2, 5)))
print(call('current_status'))
print(call('nothing'))
transport.close()
`;

it("the server is understood by Debian's python3-thrift", async () => {
  const host = await startHost(createThriftAcceptor);
  const { stdout } = await promisify(execFile)('/usr/bin/python3', ['-c', PYTHON, String(host.port)]);
  expect(stdout.trim().split('\n')).toEqual([
    '{0: 2}',
    "{0: [{1: b'a', 2: 1}, {1: b'\\x00\\xff', 2: 2}]}",
    '{0: 2}',
    "b'a'",
    "{0: [{1: b'a', 2: 0}, {1: b'\\x00\\xff', 2: 0}]}",
    '{0: 3}',
    "Invalid method name: 'nothing'",
  ]);
});
