/** Answers that no healthy server gives on demand, from a few lines of TCP. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { staticServerSet } from '@murmur/discovery';
import { createKestrelClient, KestrelUnavailable, type KestrelClient } from '../src/index.js';

type Answer = (line: string, socket: Socket) => void;

describe('a client among rude servers', () => {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  let client: KestrelClient | null = null;

  /** Calls `answer` for every line that comes; payload lines are lines too. */
  const serve = async (answer: Answer): Promise<{ host: string; port: number }> => {
    const server = createServer((socket) => {
      sockets.add(socket);
      let rest = '';
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        const lines = (rest + chunk.toString('latin1')).split('\r\n');
        rest = lines.pop() ?? '';
        for (const line of lines) answer(line, socket);
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  };
  const polite =
    (stored: string[]): Answer =>
    (line, socket) => {
      if (line === 'version') socket.write('VERSION 1\r\n');
      else if (!line.startsWith('set ')) {
        stored.push(line);
        socket.write('STORED\r\n');
      }
    };
  const rude =
    (reply: string): Answer =>
    (line, socket) => {
      socket.write(line === 'version' ? 'VERSION 1\r\n' : reply);
    };
  const connect = (...endpoints: { host: string; port: number }[]): KestrelClient => {
    const set = staticServerSet(endpoints);
    const nothing = (): void => undefined;
    const bounds = { putTimeoutMs: 2_000, replyTimeoutMs: 100, reconnectMinMs: 5, reconnectMaxMs: 20 };
    client = createKestrelClient({
      readSet: set,
      writeSet: set,
      log: { info: nothing, warn: nothing },
      ...bounds,
    });
    return client;
  };

  afterEach(async () => {
    await client?.close();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  });

  it.each([
    ['answers nonsense', 'HELLO\r\n'],
    ['refuses', 'NOT_STORED\r\n'],
    ['answers ERROR', 'ERROR\r\n'],
    ['answers SERVER_ERROR', 'SERVER_ERROR\r\n'],
    ['sends more replies than it was asked for', 'END\r\nEND\r\nEND\r\nEND\r\n'],
    ['says nothing', ''],
  ])('takes its puts to the other server when one %s', async (_what, reply) => {
    const stored: string[] = [];
    const connected = connect(await serve(rude(reply)), await serve(polite(stored)));
    const texts = Array.from({ length: 20 }, (_, i) => `item-${i}`);
    await Promise.all(texts.map((text) => connected.put('q', Buffer.from(text))));
    expect(new Set(stored)).toEqual(new Set(texts));
  });

  it('gives no puts to a server that accepts connections but never answers', async () => {
    const lines: string[] = [];
    const connected = connect(await serve((line) => lines.push(line)), await serve(polite([])));
    await Promise.all(Array.from({ length: 20 }, () => connected.put('q', Buffer.from('x'))));
    expect(new Set(lines)).toEqual(new Set(['version']));
    expect(connected.liveWriters()).toBe(1);
  });

  it('says in the error what the last server answered', async () => {
    const connected = connect(await serve(rude('NOT_STORED\r\n')));
    const error = await connected.put('q', Buffer.from('x')).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(KestrelUnavailable);
    expect(String(error)).toMatch(/not stored within 2000 ms \(127\.0\.0\.1:\d+ answered NOT_STORED\)/);
  });

  it('sends a burst in the order of the puts', async () => {
    const stored: string[] = [];
    const connected = connect(await serve(polite(stored)));
    const texts = Array.from({ length: 500 }, (_, i) => `item-${i}`);
    await Promise.all(texts.map((text) => connected.put('q', Buffer.from(text))));
    expect(stored).toEqual(texts);
  });

  it('keeps reading when a server ends monitors at once or answers out of step', async () => {
    let monitors = 0;
    const endpoint = await serve((line, socket) => {
      if (line === 'version') socket.write('VERSION 1\r\n');
      if (!line.startsWith('monitor')) return;
      monitors += 1;
      if (monitors === 1) socket.write('END\r\n');
      else if (monitors === 2) socket.write('STORED\r\n');
      else socket.write('VALUE q 0 1\r\nx\r\nEND\r\n');
    });
    const connected = connect(endpoint);
    const item = new Promise<string>((resolve) => {
      connected.consume({
        queue: 'q',
        batchMax: 10,
        monitorMs: 1000,
        retryDelayMs: 5,
        handle: (batch) => {
          resolve(String(batch[0]));
          return Promise.resolve();
        },
      });
    });
    expect(await item).toBe('x');
    expect(monitors).toBe(3);
  });
});
