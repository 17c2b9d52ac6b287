import type { Item } from '../queue/item.js';
import { Session } from '../queue/session-core.js';
import type { InPieces } from '../queue/stats-core.js';
import type { SessionListener } from '../queue/waits-core.js';
import type { Access, Services } from '../services.js';
import type { Channel } from '../socket/channel.js';
import type { Speaker } from '../socket/speaker.js';
import { runRequest, type Client } from './commands.js';
import { END, Output } from './output.js';
import { LineDecoder, RequestParser } from './parser-core.js';

/** Requests mean the same on every connection, so all share what has been decoded. */
const DECODER = new LineDecoder();

/** Kestrel's memcache protocol on one connection: requests to the session, its answers to the channel. */
export class MemcacheSpeaker implements Speaker, SessionListener {
  /** A request that is not a wait of the session but is not done either. */
  owes = false;
  readonly #channel: Channel;
  readonly #client: Client;
  readonly parser: RequestParser;
  readonly #output: Output;
  readonly #session: Session;
  /** The read under way goes on after its first item. */
  #monitoring = false;
  /** What is left of a reply that comes in pieces. */
  #pieces: InPieces | null = null;

  constructor(channel: Channel, services: Services, access: Access) {
    this.#channel = channel;
    this.parser = new RequestParser(DECODER, services.hub.registry);
    this.#output = new Output(channel.replies);
    this.#session = new Session(services.hub, this, access);
    this.#client = { session: this.#session, output: this.#output, services, resumed: this.#resumed };
  }

  get waiting(): boolean {
    return this.owes || this.#session.waiting;
  }
  get ready(): boolean {
    return this.#channel.ready;
  }

  next(now: number, mayEndLarge: boolean): 'ran' | 'none' | 'large' | 'close' {
    const parser = this.parser;
    const request = parser.next(mayEndLarge);
    if (request === null) return 'none';
    if (request === 'large') return 'large';
    // Told by what comes next: a get ends with its first item, a monitor does not.
    this.#monitoring = request.kind === 'monitor';
    const { data } = parser;
    const fate = runRequest(request, data, this.#client, now);
    // An idle client keeps no item alive.
    parser.data = null;
    if (fate === 'close') return 'close';
    this.owes = fate !== 'stays';
    if (typeof fate === 'object') this.#goOn((this.#pieces = fate));
    return 'ran';
  }

  resume(now: number): void {
    this.#session.resume(now);
    if (this.#pieces !== null) this.#goOn(this.#pieces);
  }

  interrupt(): void {
    if (this.#session.waiting) this.end();
    while (this.#pieces !== null) this.#tell(this.#pieces);
  }

  close(now: number): void {
    this.#session.close(now);
    this.#pieces = null;
  }

  item(queue: string, item: Item): void {
    this.#output.item(queue, item);
    this.#channel.answered(this.#monitoring);
  }

  end(): void {
    this.#monitoring = false;
    this.#output.bytes(END);
    this.#channel.answered(false);
  }

  readonly #resumed = (): void => {
    this.owes = false;
    this.#channel.answered(false);
  };

  /** One piece, if there is room; of all clients that wait for more of them one is told in a turn. */
  #goOn(pieces: InPieces): void {
    if (!this.ready) return;
    this.#tell(pieces);
    if (this.#pieces === null) this.#resumed();
    else this.#channel.answersOn();
  }

  #tell(pieces: InPieces): void {
    const { value, done } = pieces.next();
    this.#output.text(value);
    if (done === true) this.#pieces = null;
  }
}
