/**
 * Server-sent events as in the HTML standard, section 9.2: lines `field: value`, an empty line ends an event, a
 * line that begins with a colon is a comment. Feed it chunks as they come; characters may be cut by their borders.
 */

export interface StreamEvent {
  readonly event: string;
  readonly data: string;
  /** Where to resume after this event; null when the event says nothing about it. */
  readonly cursor: string | null;
}

/** An event is one status; more than this is no event. */
const LINE_CHARACTERS_MAX = 1_000_000;

export class SseParser {
  readonly #decoder = new TextDecoder();
  #line = '';
  #skipLineFeed = false;
  #event = '';
  #id: string | null = null;
  #data: string[] = [];

  /** Throws a RangeError when a line does not end. */
  push(chunk: Uint8Array): StreamEvent[] {
    const events: StreamEvent[] = [];
    let text = this.#decoder.decode(chunk, { stream: true });
    if (this.#skipLineFeed && text !== '') {
      if (text.startsWith('\n')) text = text.slice(1);
      this.#skipLineFeed = false;
    }
    if (text.endsWith('\r')) this.#skipLineFeed = true;
    const lines = text.split(/\r\n|\n|\r/);
    lines.forEach((part, i) => {
      this.#line += part;
      if (this.#line.length > LINE_CHARACTERS_MAX)
        throw new RangeError(`a line of over ${LINE_CHARACTERS_MAX} characters`);
      if (i === lines.length - 1) return;
      const event = this.#endLine(this.#line);
      this.#line = '';
      if (event !== null) events.push(event);
    });
    return events;
  }

  #endLine(line: string): StreamEvent | null {
    if (line === '') return this.#endEvent();
    const colon = line.indexOf(':');
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const raw = colon < 0 ? '' : line.slice(colon + 1);
    const value = raw.startsWith(' ') ? raw.slice(1) : raw;
    if (field === 'event') this.#event = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id') this.#id = value;
    return null;
  }

  #endEvent(): StreamEvent | null {
    const { event, data, cursor } = { event: this.#event, data: this.#data, cursor: this.#id };
    this.#event = '';
    this.#data = [];
    this.#id = null;
    return data.length === 0
      ? null
      : { event: event === '' ? 'message' : event, data: data.join('\n'), cursor };
  }
}

/** `{"stream":["user"],"event":"update","payload":"...","cursor":"..."}`; null for anything else. */
export function parseWsMessage(text: string): StreamEvent | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { event, payload, cursor } = value as {
    readonly event?: unknown;
    readonly payload?: unknown;
    readonly cursor?: unknown;
  };
  if (typeof event !== 'string' || typeof payload !== 'string') return null;
  return { event, data: payload, cursor: typeof cursor === 'string' ? cursor : null };
}

/** The id of the status that an `update` carries, or null. */
export function statusIdOf(data: string): string | null {
  try {
    const value: unknown = JSON.parse(data);
    const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : null;
    return typeof id === 'string' ? id : null;
  } catch {
    return null;
  }
}
