import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { waitFor } from '@murmur/testkit';
import { native, readInto, writeNow } from '../../src/socket/native.js';

/** More than any socket buffers. */
const MANY_BYTES = 32 * 1024 * 1024;
const CLIENTS = 20;

describe('a connection past the streams of Node.js', () => {
  let server: Server;
  const taken: Socket[] = [];
  const clients: Socket[] = [];

  beforeAll(async () => {
    server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (accepted) =>
      taken.push(native(accepted)),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(() => {
    for (const socket of [...taken.splice(0), ...clients.splice(0)]) socket.destroy();
  });

  afterAll(() => {
    server.close();
  });

  async function pair(): Promise<{ client: Socket; socket: Socket }> {
    const before = taken.length;
    const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
    clients.push(client);
    await waitFor(() => taken.length > before, { what: 'the connection' });
    const socket = taken.at(-1);
    if (socket === undefined) throw new Error('no connection');
    return { client, socket };
  }

  /** What comes, joined; it is lent, so it is copied. */
  function read(socket: Socket): () => string {
    const chunks: Buffer[] = [];
    readInto(socket, (chunk) => chunks.push(Buffer.from(chunk)));
    return () => Buffer.concat(chunks).toString('latin1');
  }

  it('is another socket than the one that the server accepted, so Node.js reads it as it is told', async () => {
    const accepted: Socket[] = [];
    server.once('connection', (socket) => accepted.push(socket));
    const { socket } = await pair();
    expect(accepted).toHaveLength(1);
    expect(socket).not.toBe(accepted[0]);
    expect(socket.remoteAddress).toBe('127.0.0.1');
  });

  it('brings each what its client said, whatever others say', async () => {
    const pairs = await Promise.all(Array.from({ length: CLIENTS }, pair));
    const texts = taken.map((socket) => read(socket));
    for (let round = 0; round < 50; round += 1)
      for (const [i, { client }] of pairs.entries()) client.write(`${String.fromCharCode(97 + i)}${round} `);
    const whole = (letter: string) => Array.from({ length: 50 }, (_, round) => `${letter}${round} `).join('');
    const expected = pairs.map((_, i) => whole(String.fromCharCode(97 + i))).sort();
    await waitFor(() => texts.every((text) => text().length >= (expected[0]?.length ?? 0)), { what: 'all' });
    expect(texts.map((text) => text()).sort()).toEqual(expected);
  });

  it('holds back its client while it is paused, and gets everything in order once it is not', async () => {
    const { client, socket } = await pair();
    let bytes = 0;
    let wrong = 0;
    readInto(socket, (chunk) => {
      for (const byte of chunk) if (byte !== bytes++ % 251) wrong += 1;
    });
    const sent = counted(MANY_BYTES);
    client.write(sent.subarray(0, 1));
    await waitFor(() => bytes === 1, { what: 'the first byte' });
    socket.pause();
    client.write(sent.subarray(1));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(bytes).toBe(1);
    expect(client.writableLength).toBeGreaterThan(0);
    socket.resume();
    await waitFor(() => bytes === MANY_BYTES, { what: 'all bytes', timeoutMs: 30_000 });
    expect(wrong).toBe(0);
  });

  it('is not read before somebody listens', async () => {
    const { client, socket } = await pair();
    client.end('early');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const text = read(socket);
    await once(socket, 'end');
    expect(text()).toBe('early');
  });

  it('tells of the end of what its client says, and can still answer', async () => {
    const { client, socket } = await pair();
    const text = read(socket);
    const heard = once(client, 'data');
    client.end('the last words');
    await once(socket, 'end');
    expect(text()).toBe('the last words');
    socket.end('understood');
    expect(String((await heard)[0])).toBe('understood');
  });

  it('takes as much of what is written as the kernel has room for, and nothing behind what waits', async () => {
    const { client, socket } = await pair();
    const sent = counted(MANY_BYTES);
    expect(writeNow(socket, sent.subarray(0, 10))).toBe(10);
    const taken = 10 + writeNow(socket, sent.subarray(10));
    expect(taken).toBeGreaterThan(10);
    expect(taken).toBeLessThan(MANY_BYTES);
    socket.write(sent.subarray(taken));
    expect(writeNow(socket, Buffer.from('too early'))).toBe(0);
    socket.end();
    expect(writeNow(socket, Buffer.from('too late'))).toBe(0);
    const chunks: Buffer[] = [];
    client.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(client, 'end');
    expect(Buffer.concat(chunks).equals(sent)).toBe(true);
  });

  it('writes nothing once it is destroyed, or its client is gone', async () => {
    const { client, socket } = await pair();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    read(socket);
    client.resetAndDestroy();
    await closed;
    expect(writeNow(socket, Buffer.from('x'))).toBe(0);
    const other = (await pair()).socket;
    other.destroy();
    expect(writeNow(other, Buffer.from('x'))).toBe(0);
  });

  it('is a connection that its server counts until it is closed', async () => {
    const count = () =>
      new Promise<number>((resolve) => {
        server.getConnections((_, connections) => {
          resolve(connections);
        });
      });
    await waitFor(async () => (await count()) === 0, { what: 'the others to be gone' });
    const { client, socket } = await pair();
    expect(await count()).toBe(1);
    read(socket);
    client.destroy();
    await once(socket, 'end');
    socket.destroy();
    await waitFor(async () => (await count()) === 0, { what: 'it to be gone' });
  });
});

/** Bytes of which each tells its place. */
function counted(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => i % 251));
}

describe('a socket without a handle that is known', () => {
  it('is read and written as it is', async () => {
    const server = createServer({ pauseOnConnect: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
    const [accepted] = (await once(server, 'connection')) as [Socket];
    const handle: unknown = Reflect.get(accepted, '_handle');
    Reflect.set(accepted, '_handle', undefined);
    const socket = native(accepted);
    expect(writeNow(socket, Buffer.from('x'))).toBe(0);
    Reflect.set(accepted, '_handle', handle);
    expect(socket).toBe(accepted);
    const came = new Promise<string>((resolve) => {
      readInto(socket, (chunk) => {
        resolve(chunk.toString());
      });
    });
    client.write('hello');
    expect(await came).toBe('hello');
    client.destroy();
    socket.destroy();
    server.close();
  });
});
