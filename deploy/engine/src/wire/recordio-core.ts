/**
 * RecordIO as Mesos's streams use it: `<decimal byte length>\n<bytes>` again and again, nothing between records, length never
 * 0. Where the chunks of the transport end means nothing.
 */

/** A stream that is not RecordIO, or a record beyond the bound. Nothing after it can be trusted: close the stream. */
export class RecordIoError extends Error {
  override readonly name = 'RecordIoError';
}

/** Largest record taken by default, bytes: a state of 10,000 tasks is about 10 MB. */
export const RECORD_BYTES_MAX = 64 * 1024 * 1024;

/** Digits of the largest length that is looked at before a line counts as rubbish. */
const LENGTH_DIGITS_MAX = 10;

/** One record, ready for the stream. Throws on an empty one, which the format cannot carry. */
export function encodeRecord(payload: string | Uint8Array): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload, 'utf8') : Buffer.from(payload);
  if (bytes.length === 0) throw new RecordIoError('a record must not be empty');
  return Buffer.concat([Buffer.from(`${bytes.length}\n`, 'latin1'), bytes]);
}

export interface RecordDecoder {
  /** The records that are complete with this chunk. Throws RecordIoError, from then on at every call. */
  push(chunk: Uint8Array): Buffer[];
  /** True between records: a stream that ends elsewhere was cut. */
  idle(): boolean;
}

export function createRecordDecoder(options: { readonly maxBytes?: number } = {}): RecordDecoder {
  return new Decoder(options.maxBytes ?? RECORD_BYTES_MAX);
}

class Decoder implements RecordDecoder {
  readonly #maxBytes: number;
  #digits = '';
  /** Bytes still wanted of the present record; 0 while its length is read. */
  #wanted = 0;
  #parts: Uint8Array[] = [];
  #failed: RecordIoError | null = null;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  idle(): boolean {
    return this.#wanted === 0 && this.#digits === '';
  }

  push(chunk: Uint8Array): Buffer[] {
    if (this.#failed !== null) throw this.#failed;
    const records: Buffer[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#wanted === 0) {
        this.#length(chunk[at] ?? 0);
        at += 1;
        continue;
      }
      const part = chunk.subarray(at, at + this.#wanted);
      this.#parts.push(part);
      this.#wanted -= part.length;
      at += part.length;
      if (this.#wanted > 0) break;
      records.push(Buffer.concat(this.#parts));
      this.#parts = [];
    }
    return records;
  }

  #length(byte: number): void {
    if (byte !== NEWLINE) {
      if (byte < ZERO || byte > NINE)
        throw this.#fail(`byte ${byte} in a record's length, only digits are allowed`);
      this.#digits += String.fromCharCode(byte);
      if (this.#digits.length > LENGTH_DIGITS_MAX)
        throw this.#fail(`length ${this.#digits}... has too many digits`);
      return;
    }
    const length = Number(this.#digits);
    if (this.#digits === '' || length === 0) throw this.#fail('a record of length 0');
    if (length > this.#maxBytes)
      throw this.#fail(`a record of ${length} bytes, at most ${this.#maxBytes} are taken`);
    this.#digits = '';
    this.#wanted = length;
  }

  #fail(message: string): RecordIoError {
    this.#failed = new RecordIoError(message);
    return this.#failed;
  }
}

const NEWLINE = 0x0a;
const ZERO = 0x30;
const NINE = 0x39;
