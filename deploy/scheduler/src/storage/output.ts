/** Lines to a stream, no faster than it takes them where the writer waits for `drained`. A reader that went away is no error. */
export class Output {
  readonly #stream: NodeJS.WritableStream;
  #full = false;
  #gone = false;
  #waiting: (() => void) | null = null;
  readonly #onDrain = (): void => {
    this.#full = false;
    this.#waiting?.();
    this.#waiting = null;
  };
  readonly #onError = (): void => {
    this.#gone = true;
    this.#onDrain();
  };

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
    stream.on('drain', this.#onDrain);
    stream.on('error', this.#onError);
  }

  line(text: string): void {
    if (!this.#gone) this.#full = !this.#stream.write(`${text}\n`);
  }

  async drained(): Promise<void> {
    if (this.#full && !this.#gone) await new Promise<void>((resolve) => (this.#waiting = resolve));
  }

  end(): void {
    this.#stream.off('drain', this.#onDrain);
    // An error of what was written last may still come.
  }
}
