import { parseWsMessage, SseParser, statusIdOf, type StreamEvent } from '../../src/demo/sse-core.js';

const STREAM = [
  ':)\n',
  'event: update\nid: 12,13\ndata: {"id":"14","content":"größer 🐦"}\n\n',
  ':thump\n',
  'event: delete\ndata: 14\n\n',
  'data: a\r\ndata:b\r\n\r\n',
  'retry: 5\nid\n\n',
  'event: gap\rdata: {}\r\r',
].join('');
const EVENTS: StreamEvent[] = [
  { event: 'update', data: '{"id":"14","content":"größer 🐦"}', cursor: '12,13' },
  { event: 'delete', data: '14', cursor: null },
  { event: 'message', data: 'a\nb', cursor: null },
  { event: 'gap', data: '{}', cursor: null },
];

describe('a stream of server-sent events', () => {
  const bytes = Buffer.from(STREAM);

  it('is read whole', () => {
    expect(new SseParser().push(bytes)).toEqual(EVENTS);
  });

  it('is read the same when it is cut at any byte', () => {
    for (let at = 0; at <= bytes.length; at++) {
      const parser = new SseParser();
      expect([...parser.push(bytes.subarray(0, at)), ...parser.push(bytes.subarray(at))]).toEqual(EVENTS);
    }
  });

  it('is read the same byte by byte', () => {
    const parser = new SseParser();
    expect([...bytes].flatMap((byte) => parser.push(Uint8Array.of(byte)))).toEqual(EVENTS);
  });

  it('is refused when a line does not end', () => {
    expect(() => new SseParser().push(Buffer.alloc(1_000_001, 'x'))).toThrow(
      'a line of over 1000000 characters',
    );
  });
});

describe('a WebSocket message', () => {
  it('is an event with a cursor where there is one', () => {
    expect(parseWsMessage('{"stream":["user"],"event":"update","payload":"{}","cursor":"7,9"}')).toEqual({
      event: 'update',
      data: '{}',
      cursor: '7,9',
    });
    expect(parseWsMessage('{"stream":["user"],"event":"delete","payload":"7"}')).toMatchObject({
      cursor: null,
    });
  });

  it.each(['', 'null', '[]', '{"event":1,"payload":""}', '{"error":"Unknown stream type","status":400}'])(
    'is none: %s',
    (text) => {
      expect(parseWsMessage(text)).toBeNull();
    },
  );

  it('names its status', () => {
    expect(statusIdOf('{"id":"117656366327595079"}')).toBe('117656366327595079');
    for (const data of ['', '7', 'null', '{"id":7}', '{']) expect(statusIdOf(data)).toBeNull();
  });
});
