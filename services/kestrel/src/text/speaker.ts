import type { Item } from '../queue/item.js';
import { Session, type Failure, type Hub } from '../queue/session-core.js';
import { parseStatus } from '../queue/status-core.js';
import type { SessionListener } from '../queue/waits-core.js';
import type { Access, Services } from '../services.js';
import type { Channel } from '../socket/channel.js';
import type { Speaker } from '../socket/speaker.js';
import { decodeBlock, LINE_TOO_LONG, type TextRequest } from './decode-core.js';
import { TextParser } from './parser-core.js';
import { encodeCount, encodeError, encodeItem, encodeText, NO_ITEM, Stored } from './replies-core.js';

type Fate = 'ran' | 'close';
type Read = Extract<TextRequest, { readonly timeoutMs: number }>;

/** The text protocol on one connection: requests to the session, its answers to the channel. */
export class TextSpeaker implements Speaker, SessionListener {
  readonly owes = false;
  readonly #channel: Channel;
  readonly #services: Services;
  readonly parser: TextParser;
  readonly #session: Session;
  /** The read under way goes on after its first item. */
  #monitoring = false;

  constructor(channel: Channel, services: Services, access: Access) {
    this.#channel = channel;
    this.#services = services;
    this.parser = new TextParser((words) => itemLimit(words, services.hub));
    this.#session = new Session(services.hub, this, access);
  }

  get waiting(): boolean {
    return this.#session.waiting;
  }
  get ready(): boolean {
    return this.#channel.ready;
  }

  next(now: number, mayEndLarge: boolean): Fate | 'none' | 'large' {
    const block = this.parser.next(mayEndLarge);
    if (block === null) return 'none';
    if (block === 'large') return 'large';
    return this.#run(block === 'too long' ? LINE_TOO_LONG : decodeBlock(block), now);
  }

  resume(now: number): void {
    this.#session.resume(now);
  }

  interrupt(): void {
    this.end();
  }

  close(now: number): void {
    this.#session.close(now);
  }

  item(_queue: string, { data }: Item): void {
    this.#channel.replies.addAll(encodeItem(data));
    this.#channel.answered(this.#monitoring);
  }

  end(): void {
    this.#monitoring = false;
    this.#channel.replies.add(NO_ITEM);
    this.#channel.answered(false);
  }

  #run(request: TextRequest, now: number): Fate {
    switch (request.kind) {
      case 'put':
        return this.#put(request, now);
      case 'get':
      case 'peek':
        return this.#read(request, now);
      case 'monitor':
        return this.#monitor(request, now);
      case 'confirm':
        return this.#session.confirm(request.queue, request.count)
          ? this.#reply(encodeCount(request.count))
          : this.#reply(encodeError('Not that many transactions open.'));
      case 'flush':
        return this.#answer(this.#session.flush(request.queue), 'flush');
      case 'delete':
        return this.#answer(this.#session.delete(request.queue, now), 'delete');
      case 'status':
        return this.#status(request.name, now);
      case 'version':
        return this.#reply(encodeText(this.#services.version));
      case 'shutdown':
        this.#services.shutdown();
        return this.#reply(encodeCount(0));
      case 'quit':
        return 'close';
      case 'refuse':
        this.#channel.replies.add(encodeError(request.text));
        return request.fatal ? 'close' : 'ran';
    }
  }

  #put({ queue, expiry, items }: Extract<TextRequest, { readonly kind: 'put' }>, now: number): Fate {
    const { turn } = this.#services;
    const stored = new Stored();
    for (const item of items) {
      const result = this.#session.put(queue, item, diesAt(expiry, now), now);
      if (result === 'refused') continue;
      if (typeof result === 'string') return this.#fail(result, 'setItem');
      stored.add(turn.ticketOf(result));
    }
    this.#channel.replies.addLate(stored);
    return 'ran';
  }

  /** Both confirm all open reads of the queue first; a get opens one item. */
  #read({ kind, queue, timeoutMs }: Read, now: number): Fate {
    this.#session.confirmAll(queue);
    this.#monitoring = false;
    const [open, peek] = [kind === 'get', kind === 'peek'];
    const item = this.#session.get(
      { kind: 'get', queue, timeoutMs, open, peek, close: false, abort: false },
      now,
    );
    if (item === 'waiting') return 'ran';
    if (typeof item === 'string') return this.#fail(item, 'getItem');
    if (item === null) return this.#reply(NO_ITEM);
    this.#channel.replies.addAll(encodeItem(item.data));
    return 'ran';
  }

  #monitor({ queue, timeoutMs }: Read, now: number): Fate {
    this.#session.confirmAll(queue);
    this.#monitoring = true;
    const failure = this.#session.monitor({ kind: 'monitor', queue, timeoutMs, max: null }, now);
    return failure === null ? 'ran' : this.#fail(failure, 'monitorUntil');
  }

  #status(name: string | null, now: number): Fate {
    const { status } = this.#services.hub;
    if (name === null) return this.#reply(encodeText(status.current.toUpperCase()));
    const wanted = parseStatus(name);
    if (wanted === null) {
      const isDown = name.toLowerCase() === 'down';
      return this.#reply(encodeError(isDown ? 'Status forbidden.' : 'Unknown status.'));
    }
    status.set(wanted, now);
    return this.#reply(encodeCount(0));
  }

  #reply(reply: Buffer): Fate {
    this.#channel.replies.add(reply);
    return 'ran';
  }

  #answer(failure: Failure | null, operation: string): Fate {
    return failure === null ? this.#reply(encodeCount(0)) : this.#fail(failure, operation);
  }

  /** `operation` is what Kestrel calls it. What Kestrel answers by closing has an error line first. */
  #fail(failure: Failure, operation: string): Fate {
    const { replies } = this.#channel;
    switch (failure) {
      case 'blocked':
        return this.#reply(encodeError(`Server not available for operation ${operation}`));
      case 'held':
        return this.#reply(
          encodeError(`Too many open transactions; limit=${this.#services.hub.maxOpenReads}`),
        );
      case 'name':
        replies.add(encodeError('Queue name not allowed.'));
        return 'close';
      case 'no journal':
        replies.add(encodeError('Queue cannot have a journal.'));
        return 'close';
    }
  }
}

/** When an item with this expiration on the wire dies, ms since 1970; 0: never. An expiration of 0 is over at once. */
function diesAt(expiry: number | null, now: number): number {
  if (expiry === null) return 0;
  return Math.max(1, expiry > 0 ? now + expiry : now + expiry - 1);
}

/** The largest item of a block, by its command; only `put` wants items. */
function itemLimit([command, queue]: readonly string[], { registry }: Hub): number {
  if (command?.toLowerCase() !== 'put' || queue === undefined) return 0;
  return registry.itemLimit(queue);
}
