import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/** A log with a bound: at `maxBytes` it becomes `<path>.1`, whose predecessor goes. */
export class LogFile {
  readonly #path: string;
  readonly #maxBytes: number;
  #file: number;
  #size: number;

  constructor(path: string, maxBytes: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#file = openSync(path, 'a', 0o600);
    this.#size = fstatSync(this.#file).size;
  }

  write(bytes: Uint8Array): void {
    if (this.#size > 0 && this.#size + bytes.length > this.#maxBytes) {
      closeSync(this.#file);
      renameSync(this.#path, `${this.#path}.1`);
      this.#file = openSync(this.#path, 'a', 0o600);
      this.#size = 0;
    }
    writeSync(this.#file, bytes);
    this.#size += bytes.length;
  }

  close(): void {
    closeSync(this.#file);
  }
}
