import type { Failure } from '../queue/session-core.js';
import type { Status } from '../queue/status-core.js';
import type { Access, Services } from '../services.js';
import type { Channel } from '../socket/channel.js';
import type { Speaker } from '../socket/speaker.js';
import { Answers, STATUS_NUMBERS } from './answers.js';
import { decodeHead, decodeMessage, type Call, type Message } from './calls.js';
import { FRAME_BYTES_MAX, FrameParser, type Frame } from './frames-core.js';
import { Opener, type ThriftReads } from './reads-core.js';
import { ThriftSession } from './session-core.js';
import { StoredFirst } from './stored-core.js';

type Fate = 'ran' | 'close';
type Of<M extends Call['method']> = Extract<Call, { readonly method: M }>;

/** A status by the number that clients set it with. */
const SETTABLE: ReadonlyMap<number, Status> = new Map(
  (['quiescent', 'readOnly', 'up'] as const).map((status) => [STATUS_NUMBERS[status], status]),
);

/** The thrift protocol on one connection: calls to the session, its answers to the channel. */
export class ThriftSpeaker implements Speaker {
  readonly owes = false;
  readonly #channel: Channel;
  readonly #services: Services;
  readonly #reads: ThriftReads;
  readonly #access: Access;
  readonly parser = new FrameParser();
  readonly #opener = new Opener();
  #clientId: string | null = null;
  #session: ThriftSession;
  /** Finagle's headers come before each message, both ways. */
  #upgraded = false;
  /** The answers to the call under way. */
  #answers = new Answers('', 0, false);

  constructor(channel: Channel, services: Services, reads: ThriftReads, access: Access) {
    this.#channel = channel;
    this.#services = services;
    this.#reads = reads;
    this.#access = access;
    this.#session = this.#newSession();
  }

  get waiting(): boolean {
    return this.#session.waiting;
  }

  next(now: number, mayEndLarge: boolean): Fate | 'none' | 'large' {
    const frame = this.parser.next(mayEndLarge);
    if (frame === null) return 'none';
    if (frame === 'large') return 'large';
    if (frame === 'broken') return 'close';
    if (frame.tooLarge) return this.#refuse(frame);
    const message = decodeMessage(frame.bytes, this.#upgraded);
    if (message === null) return 'close';
    this.#listen(message);
    return this.#run(message, now);
  }

  resume(now: number): void {
    this.#session.resume(now);
  }

  interrupt(now: number): void {
    this.#session.interrupt(now);
  }

  close(now: number): void {
    this.#session.close(now);
  }

  /** Who calls may change from one message to the next. */
  #listen({ name, seqid, clientId }: Message): void {
    this.#answers = new Answers(name, seqid, this.#upgraded);
    if (clientId === this.#clientId) return;
    this.#clientId = clientId;
    this.#session = this.#newSession();
  }

  #newSession(): ThriftSession {
    return new ThriftSession(
      this.#services.hub,
      this.#reads,
      this.#opener,
      () => this.#collected(),
      this.#access,
      this.#clientId,
    );
  }

  #run({ name, call }: Message, now: number): Fate {
    const answers = this.#answers;
    switch (call.method) {
      case 'put':
        return this.#put(call, now);
      case 'get': {
        const failure = this.#session.collect(call, now);
        return failure === null ? 'ran' : this.#fail(failure, 'monitorUntil');
      }
      case 'confirm':
        return this.#reply(answers.number(this.#reads.confirm(call.ids)));
      case 'abort':
        return this.#reply(answers.number(this.#reads.abort(call.ids, now)));
      case 'peek':
        return this.#peek(call.queue, now);
      case 'flush_queue':
        return this.#done(this.#session.flush(call.queue), 'flush');
      case 'flush_all_queues':
        return this.#done(this.#session.flushAll(), 'flushAll');
      case 'delete_queue':
        return this.#done(this.#session.delete(call.queue, now), 'delete');
      case 'current_status':
        return this.#reply(answers.number(STATUS_NUMBERS[this.#services.hub.status.current]));
      case 'set_status':
        return this.#setStatus(call.status, now);
      case 'get_version':
        return this.#reply(answers.text(this.#services.version));
      case 'upgrade':
        this.#upgraded = true;
        return this.#reply(answers.nothing());
      case 'incomplete':
        return this.#reply(answers.fault('protocol', `${name}: ${call.missing} is missing.`));
      case 'unknown':
        return this.#reply(answers.fault('unknownMethod', `Invalid method name: '${name}'`));
    }
  }

  #put({ queue, items, expirationMs }: Of<'put'>, now: number): Fate {
    const diesAt = expirationMs === 0 ? 0 : Math.max(1, now + expirationMs);
    const answers = this.#answers;
    const stored = new StoredFirst((count) => answers.number(count));
    for (const item of items) {
      const result = this.#session.put(queue, item, diesAt, now);
      if (result === 'refused') break;
      if (typeof result === 'string') return this.#fail(result, 'setItem');
      stored.add(this.#services.turn.ticketOf(result));
    }
    this.#channel.replies.addLate(stored);
    return 'ran';
  }

  #peek(name: string, now: number): Fate {
    const { hub, journalFacts } = this.#services;
    const item = this.#session.get(
      { kind: 'get', queue: name, timeoutMs: 0, peek: true, open: false, close: false, abort: false },
      now,
    );
    // Without time nobody waits, and a peek is never held.
    if (typeof item === 'string') return this.#fail(item === 'waiting' ? 'held' : item, 'getItem');
    const queue = hub.registry.lookup(name)?.queue;
    if (queue === undefined) return this.#reply(this.#answers.fault('internal', `${name} is an alias.`));
    return this.#reply(
      this.#answers.info({
        headItem: item?.data ?? null,
        items: queue.length,
        bytes: queue.bytes,
        journalBytes: journalFacts(queue).totalSize,
        age: queue.headAge(now),
        waiters: queue.waiters.size,
        openTransactions: queue.openReads,
      }),
    );
  }

  #setStatus(number: number, now: number): Fate {
    const status = SETTABLE.get(number);
    if (status === undefined) return this.#reply(this.#answers.fault('internal', 'Unknown status.'));
    this.#services.hub.status.set(status, now);
    return this.#reply(this.#answers.nothing());
  }

  #collected(): void {
    this.#reply(this.#answers.items(this.#session.handOver(Date.now())));
    this.#channel.answered(false);
  }

  #reply(frame: Buffer): Fate {
    this.#channel.replies.add(frame);
    return 'ran';
  }

  #done(failure: Failure | null, operation: string): Fate {
    return failure === null ? this.#reply(this.#answers.nothing()) : this.#fail(failure, operation);
  }

  /** `operation` is what Kestrel calls it. */
  #fail(failure: Failure, operation: string): Fate {
    const texts: Readonly<Record<Failure, string>> = {
      blocked: `Server not available for operation ${operation}`,
      held: 'Too many open transactions.',
      name: 'Queue name not allowed.',
      'no journal': 'Queue cannot have a journal.',
    };
    return this.#reply(this.#answers.fault('internal', texts[failure]));
  }

  /** A frame that is too large is answered as far as its beginning tells who asks. */
  #refuse({ bytes }: Frame): Fate {
    const head = decodeHead(bytes, this.#upgraded);
    if (head === null) return 'close';
    const answers = new Answers(head.name, head.seqid, this.#upgraded);
    this.#reply(answers.fault('protocol', `Frame larger than ${FRAME_BYTES_MAX} bytes.`));
    return 'close';
  }
}
