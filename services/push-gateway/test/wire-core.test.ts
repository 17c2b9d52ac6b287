import { fill, plainEvent, SSE_HEAD, templateFor, textFrame } from '../src/wire-core.js';

/** The text of one unmasked text frame; throws on anything else. */
function textOf(frame: Buffer): string {
  expect(frame[0]).toBe(0x81);
  const short = frame.readUInt8(1);
  const [length, head] =
    short < 126
      ? [short, 2]
      : short === 126
        ? [frame.readUInt16BE(2), 4]
        : [Number(frame.readBigUInt64BE(2)), 10];
  expect(frame.length).toBe(head + length);
  return frame.subarray(head).toString();
}

describe('SSE', () => {
  it('begins with its head and a comment, and is never stored or buffered on the way', () => {
    const [head, body] = SSE_HEAD.toString().split('\r\n\r\n');
    expect(head?.split('\r\n')).toEqual([
      'HTTP/1.1 200 OK',
      'Content-Type: text/event-stream; charset=utf-8',
      'Cache-Control: no-store',
      'X-Accel-Buffering: no',
      'Access-Control-Allow-Origin: *',
      'Connection: close',
    ]);
    expect(body).toBe(':)\n');
  });

  it('writes an event with its cursor', () => {
    const bytes = fill('sse', templateFor('sse', 'update', '{"a":"ü"}'), '5,6');
    expect(bytes.toString()).toBe('event: update\nid: 5,6\ndata: {"a":"ü"}\n\n');
  });

  it('writes a delete without one', () => {
    expect(plainEvent('sse', 'delete', '77').toString()).toBe('event: delete\ndata: 77\n\n');
  });
});

describe('WebSocket', () => {
  it('writes an event as Mastodon does, with the cursor beside it', () => {
    const bytes = fill('ws', templateFor('ws', 'update', '{"a":"ü"}'), '5,6');
    expect(textOf(bytes)).toBe(
      '{"stream":["user"],"event":"update","payload":"{\\"a\\":\\"ü\\"}","cursor":"5,6"}',
    );
  });

  it('writes the bare id of a delete', () => {
    expect(JSON.parse(textOf(plainEvent('ws', 'delete', '77')))).toEqual({
      stream: ['user'],
      event: 'delete',
      payload: '77',
    });
  });

  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 70_000])('frames %i bytes', (length) => {
    expect(textOf(textFrame('x'.repeat(length)))).toHaveLength(length);
  });
});
