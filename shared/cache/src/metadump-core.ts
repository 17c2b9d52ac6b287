/**
 * The keys in memcached's answer to `lru_crawler metadump all` (doc/protocol.txt): a line
 * `key=<percent-encoded> exp=... la=...` for each item, then `END`. I/O-free: bytes in, keys out, wherever cut.
 */

/** A line is a key of 250 bytes, each perhaps encoded as three, and some numbers. */
export const DUMP_LINE_BYTES_MAX = 2_048;

export class MetadumpError extends Error {
  override readonly name = 'MetadumpError';
}

export class MetadumpParser {
  #rest = '';
  #ended = false;

  /** True once the dump is whole. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The keys of the lines that are whole now. Throws a MetadumpError on an answer that is no dump (`BUSY`, `ERROR`). */
  push(chunk: Buffer): string[] {
    const lines = (this.#rest + chunk.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > DUMP_LINE_BYTES_MAX) throw new MetadumpError('line too long');
    const keys: string[] = [];
    for (const line of lines) {
      if (line === 'END\r') this.#ended = true;
      else keys.push(keyOf(line));
    }
    return keys;
  }
}

function keyOf(line: string): string {
  const encoded = /^key=(\S+) /.exec(line)?.[1];
  try {
    if (encoded !== undefined) return decodeURIComponent(encoded);
  } catch {
    // Not ours: our keys are ASCII.
    return encoded ?? '';
  }
  throw new MetadumpError(`unexpected ${JSON.stringify(line.slice(0, 80))}`);
}
