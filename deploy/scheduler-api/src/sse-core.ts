/** One event of a stream as in the HTML standard, "Server-sent events"; comments and retry times are left out. */
export interface SseEvent {
  /** The last id that was sent; null before the first. */
  readonly id: string | null;
  readonly kind: string;
  readonly data: string;
}

/** Longer lines, and events of more text, are an error: memory is bounded. */
export const SSE_EVENT_CHARS_MAX = 8 * 1024 * 1024;

export class SseError extends Error {
  override readonly name = 'SseError';
}

/** Cuts a stream of text into events, however it was split. */
export class SseParser {
  #rest = '';
  #afterReturn = false;
  #id: string | null = null;
  #kind = '';
  #data: string[] = [];
  #chars = 0;

  push(text: string): readonly SseEvent[] {
    const events: SseEvent[] = [];
    // A line feed right after a carriage return is the same line's end, also when it comes in the next piece.
    const fresh = this.#afterReturn && text.startsWith('\n') ? text.slice(1) : text;
    if (text !== '') this.#afterReturn = text.endsWith('\r');
    const lines = (this.#rest + fresh).split(/\r\n|\r|\n/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line, events);
    if (this.#rest.length + this.#chars > SSE_EVENT_CHARS_MAX)
      throw new SseError(`an event of more than ${SSE_EVENT_CHARS_MAX} characters`);
    return events;
  }

  #line(line: string, events: SseEvent[]): void {
    if (line === '') {
      if (this.#data.length > 0)
        events.push({ id: this.#id, kind: this.#kind || 'message', data: this.#data.join('\n') });
      this.#kind = '';
      this.#data = [];
      this.#chars = 0;
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') {
      this.#data.push(value);
      this.#chars += value.length;
    } else if (field === 'event') this.#kind = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
  }
}
