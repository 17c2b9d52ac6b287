import { Backlog, type Behind } from '../src/queue/backlog-core.js';
import { ConfigBook } from '../src/config/book-core.js';
import { parseConfig, QUEUE_DEFAULTS } from '../src/config/schema.js';
import { Deadlines } from '../src/queue/deadlines-core.js';
import type { Item } from '../src/queue/item.js';
import { NO_JOURNAL, QueueCore, type JournalSink } from '../src/queue/queue-core.js';
import { Registry } from '../src/queue/registry-core.js';
import { freshHubCounts, Session, type Access, type Hub } from '../src/queue/session-core.js';
import { StatusKeeper } from '../src/queue/status-core.js';

/** A journal for tests; one that is a Behind too is read from when memory is full. */
export type TestJournal = JournalSink & Partial<Behind>;

/** A server's inside without sockets and files. Queues get the journal that `journal` makes for them. */
export function makeHub(config: unknown, journal?: (name: string) => TestJournal): Hub {
  const parsed = parseConfig(config);
  const registry: Registry = new Registry(new ConfigBook(parsed, QUEUE_DEFAULTS), {
    create: (name, now) => {
      const settings = registry.book.resolve(name);
      const made = journal?.(name) ?? NO_JOURNAL;
      const backlog = new Backlog(settings.maxMemorySize, isBehind(made) ? made : null);
      const queue = new QueueCore(name, settings, now, { backlog, lastXid: 0 });
      queue.journal = made;
      return queue;
    },
    erase: () => undefined,
  });
  return {
    registry,
    deadlines: new Deadlines(),
    status: new StatusKeeper(),
    maxOpenReads: parsed.maxOpenTransactions,
    counts: freshHubCounts(),
  };
}

function isBehind(journal: TestJournal): journal is JournalSink & Behind {
  return journal.begin !== undefined && journal.read !== undefined;
}

/** A session whose listener writes down what it hears: item data, and `END`. */
export class TestClient {
  readonly heard: string[] = [];
  readonly session: Session;
  ready = true;

  constructor(hub: Hub, access?: Access, clientId?: string) {
    const heard = (word: string): void => void this.heard.push(word);
    const isReady = (): boolean => this.ready;
    const listener = {
      get ready() {
        return isReady();
      },
      item: (_queue: string, { data }: Item) => heard(data.toString()),
      end: () => heard('END'),
    };
    this.session = new Session(hub, listener, access, clientId);
  }

  /** `seconds` from now is when it dies; 0: never. */
  set(queue: string, data: string, now: number, seconds = 0): string {
    const diesAt = seconds === 0 ? 0 : now + seconds * 1000;
    const result = this.session.put(queue, Buffer.from(data), diesAt, now);
    return typeof result === 'string' ? result : 'stored';
  }

  /** `get('q/open/t=5')`: the item, `END`, `waiting` or the failure. */
  get(key: string, now: number): string {
    const [queue = '', ...options] = key.split('/');
    const timeout = options.find((option) => option.startsWith('t='));
    const has = (option: string): boolean => options.includes(option);
    const result = this.session.get(
      {
        kind: 'get',
        queue,
        timeoutMs: Number(timeout?.slice(2) ?? 0),
        open: has('open'),
        close: has('close'),
        abort: has('abort'),
        peek: has('peek'),
      },
      now,
    );
    return result === null ? 'END' : typeof result === 'string' ? result : result.data.toString();
  }

  monitor(queue: string, seconds: number, max: number | null, now: number): string {
    const failure = this.session.monitor({ kind: 'monitor', queue, timeoutMs: seconds * 1000, max }, now);
    return failure ?? 'started';
  }
}
