import { LineDecoder, RequestParser } from '../../src/memcache/parser-core.js';

/** Items above this are thrown away. */
export const LIMIT = 100;

const decoder = new LineDecoder();

export function makeParser(limit = LIMIT): RequestParser {
  return new RequestParser(decoder, {
    itemLimit: () => limit,
    room: (_, bytes) => Buffer.allocUnsafe(bytes),
  });
}

/** What the parser makes of chunks, which are overwritten once they are settled, as text: `{"kind":"set",...} hello`. */
export function parse(chunks: readonly Uint8Array[], limit = LIMIT): string[] {
  const parser = makeParser(limit);
  const seen: string[] = [];
  for (const chunk of chunks) {
    const lent = Buffer.from(chunk);
    parser.feed(lent);
    for (let request = parser.next(); request !== null; request = parser.next()) {
      const data = request.kind === 'set' ? ` ${parser.data?.toString('latin1') ?? '(too large)'}` : '';
      seen.push(JSON.stringify(request) + data);
    }
    parser.settle();
    lent.fill(0);
  }
  return seen;
}

/** Cuts bytes into pieces of these sizes, again and again. */
export function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 1);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}
