/** Requests of memcached's meta protocol as bytes. Pure. `Buffer` is the only thing of Node here. */

const CRLF = '\r\n';

/** Reads value, CAS number and client flags; quiet on a miss when `quiet`, with the key in the reply. */
export function metaGet(key: string): Buffer {
  return Buffer.from(`mg ${key} v c f${CRLF}`, 'latin1');
}

/** Many quiet gets and the `mn` fence: misses say nothing, hits carry their key. */
export function metaGetMany(keys: readonly string[]): Buffer {
  return Buffer.from(`mg ${keys.join(' v c f k q\r\nmg ')} v c f k q\r\nmn\r\n`, 'latin1');
}

/** Many quiet looks without the value: which of these keys are there? */
export function metaProbeMany(keys: readonly string[]): Buffer {
  return Buffer.from(`mg ${keys.join(' k q\r\nmg ')} k q\r\nmn\r\n`, 'latin1');
}

/** Only the CAS number. */
export function metaProbe(key: string): Buffer {
  return Buffer.from(`mg ${key} c${CRLF}`, 'latin1');
}

function metaSet(key: string, value: Buffer, flags: string): Buffer {
  const head = `ms ${key} ${value.length} ${flags}${CRLF}`;
  const out = Buffer.allocUnsafe(head.length + value.length + 2);
  out.write(head, 0, 'latin1');
  value.copy(out, head.length);
  out.write(CRLF, head.length + value.length, 'latin1');
  return out;
}

/** Stores where absent; `generation` goes into the client flags, where appends leave it alone. */
export function metaAdd(key: string, value: Buffer, generation: number, ttlSeconds: number): Buffer {
  return metaSet(key, value, `ME T${ttlSeconds} F${generation}`);
}

export function metaCas(
  key: string,
  value: Buffer,
  cas: string,
  generation: number,
  ttlSeconds: number,
): Buffer {
  return metaSet(key, value, `C${cas} T${ttlSeconds} F${generation}`);
}

export function metaAppend(key: string, bytes: Buffer): Buffer {
  return metaSet(key, bytes, 'MA');
}

/**
 * One window of the hot path: the same bytes appended to every key, quietly (only a refusal is answered,
 * with its key), then the `mn` fence. One join and one copy: this is called for every delivery.
 */
export function metaAppendMany(keys: readonly string[], bytes: Buffer): Buffer {
  const tail = ` ${bytes.length} MA k q\r\n${bytes.toString('latin1')}\r\n`;
  return Buffer.from(`ms ${keys.join(`${tail}ms `)}${tail}mn\r\n`, 'latin1');
}

export function metaDelete(key: string, cas: string | null = null): Buffer {
  return Buffer.from(`md ${key}${cas === null ? '' : ` C${cas}`}${CRLF}`, 'latin1');
}

/** Many quiet deletes and the `mn` fence. */
export function metaDeleteMany(keys: readonly string[]): Buffer {
  return Buffer.from(`md ${keys.join(' q\r\nmd ')} q\r\nmn\r\n`, 'latin1');
}
