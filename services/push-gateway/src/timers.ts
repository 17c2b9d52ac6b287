/** Timers that end together and keep no process alive. */
export class Timers {
  readonly #once = new Set<NodeJS.Timeout>();
  readonly #every: NodeJS.Timeout[] = [];
  #stopped = false;

  after(ms: number, then: () => void): void {
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#once.delete(timer);
      then();
    }, ms);
    timer.unref();
    this.#once.add(timer);
  }

  every(ms: number, then: () => void): void {
    const timer = setInterval(then, ms);
    timer.unref();
    this.#every.push(timer);
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#once) clearTimeout(timer);
    for (const timer of this.#every) clearInterval(timer);
    this.#once.clear();
  }
}
