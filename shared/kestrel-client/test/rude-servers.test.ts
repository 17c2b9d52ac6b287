import { waitFor } from '@murmur/testkit';
import { KestrelUnavailable } from '../src/index.js';
import { polite, rude, rudeHouse, type Answer } from './rude.js';

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `item-${i}`);

describe('a client among rude servers', () => {
  const house = rudeHouse();
  const serve: typeof house.serve = (answer) => house.serve(answer);
  const connect = (...endpoints: { host: string; port: number }[]) => house.connect(endpoints);

  afterEach(() => house.close());

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
    const texts = numbered(20);
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
    const texts = numbered(500);
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

  it('leaves a server alone that its status forbids to take puts, and uses it again when it may', async () => {
    let status = 'READONLY';
    const seen: string[] = [];
    const took: string[] = [];
    const welcome = polite(took);
    const blocked: Answer = (line, socket) => {
      seen.push(line);
      if (line === 'status') socket.write(`${status}\r\n`);
      else if (line === 'version' || status === 'UP') welcome(line, socket);
      else if (line.startsWith('set ')) socket.end('SERVER_ERROR\r\n');
    };
    const stored: string[] = [];
    const connected = connect(await serve(blocked), await serve(polite(stored)));
    await waitFor(() => connected.liveWriters() === 2, { what: 'both servers' });
    const texts = numbered(300);
    for (const text of texts) await connected.put('q', Buffer.from(text));
    await waitFor(() => seen.filter((line) => line === 'status').length >= 3, { what: 'some questions' });
    expect(stored).toEqual(texts);
    expect(seen.filter((line) => line.startsWith('set '))).toHaveLength(1);
    expect(seen.filter((line) => line === 'version')).toHaveLength(1);
    expect(connected.liveWriters()).toBe(1);
    status = 'UP';
    await waitFor(() => connected.liveWriters() === 2, { what: 'the server to be taken back' });
    await Promise.all(numbered(40).map((text) => connected.put('q', Buffer.from(text))));
    expect(took.length).toBeGreaterThan(0);
  });

  it('moves what was pipelined behind a refusal that ends the connection, each put once', async () => {
    const blocked: Answer = (line, socket) => {
      if (line === 'version') socket.write('VERSION 1\r\n');
      else if (line === 'status') socket.write('READONLY\r\n');
      else if (line.startsWith('set ')) socket.end('SERVER_ERROR\r\n');
    };
    const stored: string[] = [];
    const connected = connect(await serve(blocked), await serve(polite(stored)));
    await waitFor(() => connected.liveWriters() === 2, { what: 'both servers' });
    const texts = numbered(1000);
    await Promise.all(texts.map((text) => connected.put('q', Buffer.from(text))));
    expect([...stored].sort()).toEqual([...texts].sort());
  });

  it('asks a server that does not know status for its version instead', async () => {
    let refuse = true;
    const welcome = polite([]);
    const old: Answer = (line, socket) => {
      if (line === 'status') socket.end('CLIENT_ERROR\r\n');
      else if (line.startsWith('set ') && refuse) {
        refuse = false;
        socket.end('SERVER_ERROR\r\n');
      } else welcome(line, socket);
    };
    await expect(connect(await serve(old)).put('q', Buffer.from('x'))).resolves.toBeUndefined();
    expect(refuse).toBe(false);
  });

  it('gives fewer puts to a server that answers slowly', async () => {
    const slow: string[] = [];
    const fast: string[] = [];
    const slowly: Answer = (line, socket) => {
      if (line === 'version') socket.write('VERSION 1\r\n');
      else if (!line.startsWith('set ')) {
        slow.push(line);
        setTimeout(() => socket.write('STORED\r\n'), 80);
      }
    };
    const connected = house.connect([await serve(slowly), await serve(polite(fast))], {
      replyTimeoutMs: 10_000,
      putTimeoutMs: 20_000,
    });
    await waitFor(() => connected.liveWriters() === 2, { what: 'both servers' });
    const texts = numbered(400);
    const worker = async (): Promise<void> => {
      for (let text = texts.pop(); text !== undefined; text = texts.pop())
        await connected.put('q', Buffer.from(text));
    };
    await Promise.all(Array.from({ length: 10 }, worker));
    expect(slow.length + fast.length).toBe(400);
    expect(slow.length).toBeLessThan(fast.length / 2);
    expect(slow.length).toBeGreaterThan(0);
  });

  it('takes puts away from a server that answers, but later than callers can wait', async () => {
    const stored: string[] = [];
    const trickling: Answer = (line, socket) => {
      if (line === 'version') socket.write('VERSION 1\r\n');
      else if (line === 'set q 0 0 6') {
        setInterval(() => socket.write('STORED\r\n'), 60).unref();
      }
    };
    let first = true;
    const once: Answer = (line, socket) => {
      if (line.startsWith('set ') && !first) return;
      if (line.startsWith('set ')) first = false;
      trickling(line, socket);
    };
    const connected = connect(await serve(once), await serve(polite(stored)));
    await waitFor(() => connected.liveWriters() === 2, { what: 'both servers' });
    const texts = numbered(400);
    await expect(
      Promise.all(texts.map((text) => connected.put('q', Buffer.from(text)))),
    ).resolves.toHaveLength(400);
  });

  it('opens no second connection to a server that hangs before the first has failed', async () => {
    const silent = await serve(() => undefined);
    const connected = house.connect([silent, await serve(polite([]))], { replyTimeoutMs: 60_000 });
    await connected.put('q', Buffer.from('x'));
    const consumer = connected.consume({
      queue: 'q',
      batchMax: 10,
      monitorMs: 1000,
      retryDelayMs: 5,
      handle: () => Promise.resolve(),
    });
    await waitFor(() => silent.connections() === 2, { what: 'a reader' });
    expect(connected.liveWriters()).toBe(1);
    await waitFor(() => consumer.liveServers() === 1, { what: 'the other server' });
    await consumer.stop();
    expect(silent.connections()).toBe(2);
  });
});
