/**
 * Bytes on the wire. SSE as in the HTML standard, section 9.2 (`event:`, `id:`, `data:`, empty line; a line that begins
 * with a colon is a comment), WebSocket text frames as in RFC 6455 section 5.2 (server to client: not masked).
 */

export type Wire = 'sse' | 'ws';

/** Everything a stream begins with; no length and no chunks: it ends with the connection. */
export const SSE_HEAD = Buffer.from(
  [
    'HTTP/1.1 200 OK',
    'Content-Type: text/event-stream; charset=utf-8',
    'Cache-Control: no-store',
    'X-Accel-Buffering: no',
    'Access-Control-Allow-Origin: *',
    'Connection: close',
    '',
    ':)\n',
  ].join('\r\n'),
);
export const SSE_HEARTBEAT = Buffer.from(':thump\n');
export const SSE_TOO_SLOW = Buffer.from(':too slow\n');

const STREAM = '{"stream":["user"],"event":';

/** An event that can be rendered with any cursor: the bytes around it are made once. */
export interface Template {
  readonly before: Buffer;
  readonly after: Buffer;
}

/** `payload` is one line: JSON, or a bare id. */
export function sseTemplate(event: string, payload: string): Template {
  return { before: Buffer.from(`event: ${event}\nid: `), after: Buffer.from(`\ndata: ${payload}\n\n`) };
}

export function wsTemplate(event: string, payload: string): Template {
  const text = `${STREAM}${JSON.stringify(event)},"payload":${JSON.stringify(payload)},"cursor":"`;
  return { before: Buffer.from(text), after: Buffer.from('"}') };
}

export function templateFor(wire: Wire, event: string, payload: string): Template {
  return wire === 'sse' ? sseTemplate(event, payload) : wsTemplate(event, payload);
}

/** The finished event; `cursor` is ASCII. */
export function fill(wire: Wire, template: Template, cursor: string): Buffer {
  const { before, after } = template;
  const length = before.length + cursor.length + after.length;
  const head = wire === 'ws' ? frameHeadBytes(length) : 0;
  const out = Buffer.allocUnsafe(head + length);
  if (head > 0) writeFrameHead(out, length);
  out.set(before, head);
  out.write(cursor, head + before.length, 'latin1');
  out.set(after, head + before.length + cursor.length);
  return out;
}

/** An event without a cursor: it changes nothing about what a reader has to come back for. */
export function plainEvent(wire: Wire, event: string, payload: string): Buffer {
  return wire === 'sse'
    ? Buffer.from(`event: ${event}\ndata: ${payload}\n\n`)
    : textFrame(`${STREAM}${JSON.stringify(event)},"payload":${JSON.stringify(payload)}}`);
}

/** One unfragmented text frame. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const head = frameHeadBytes(length);
  const out = Buffer.allocUnsafe(head + length);
  writeFrameHead(out, length);
  out.write(text, head);
  return out;
}

function frameHeadBytes(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}

/** FIN and opcode 1; then 7, 16 or 64 bits of length. */
function writeFrameHead(out: Buffer, length: number): void {
  out[0] = 0x81;
  if (length < 126) {
    out[1] = length;
  } else if (length < 65_536) {
    out[1] = 126;
    out.writeUInt16BE(length, 2);
  } else {
    out[1] = 127;
    out.writeBigUInt64BE(BigInt(length), 2);
  }
}
