import type { Services } from '../services.js';
import { END as END_BYTES, type Output } from './output.js';
import type { GetRequest, Request, SetRequest } from '../queue/requests.js';
import type { Failure, Hub, Session } from '../queue/session-core.js';
import { dumpInPieces, statsInPieces, type InPieces } from '../queue/stats-core.js';
import { parseStatus, type Status } from '../queue/status-core.js';
import type { Turn } from '../journal/turn.js';

/**
 * `stays` or `close`: the fate of the connection. `later`: goes on when `resumed` is called. Pieces: they are the reply,
 * to be made as there is room for them.
 */
export type Fate = 'stays' | 'close' | 'later' | InPieces;

const CLIENT_ERROR = 'CLIENT_ERROR\r\n';
/** Below this an expiration is seconds from now, from here on Unix seconds. */
const RELATIVE_EXPIRY_MAX = 1_000_000;
const END = 'END\r\n';

const FAILURES: Readonly<Record<Failure, string>> = {
  held: 'ERROR\r\n',
  blocked: 'SERVER_ERROR\r\n',
  name: CLIENT_ERROR,
  'no journal': 'SERVER_ERROR\r\n',
};

const STATUS_WORDS: Readonly<Record<Status, string>> = {
  up: 'UP',
  writeAvoid: 'WRITEAVOID',
  readOnly: 'READONLY',
  quiescent: 'QUIESCENT',
  down: 'DOWN',
};

/** Where a client's requests are run, and their replies go. */
export interface Client {
  readonly session: Session;
  readonly output: Output;
  readonly services: Services;
  /** Called when a request that went on `later` is answered. */
  readonly resumed: () => void;
}

/** Runs one request and puts its reply into the output; gets and monitors may reply later through the session's listener. */
export function runRequest(request: Request, data: Buffer | null, client: Client, now: number): Fate {
  const { session, output, services } = client;
  if (request.kind === 'set') {
    const result = session.put(request.queue, data, diesAt(request.expiry, now), now);
    return put(result, output, services.turn);
  }
  if (request.kind === 'get') return get(request, session, output, now);
  return runRare(request, client, now);
}

function runRare(request: Exclude<Request, SetRequest | GetRequest>, client: Client, now: number): Fate {
  const { session, output, services, resumed } = client;
  const { hub } = services;
  const reply = (text: string): Fate => {
    output.text(text);
    return 'stays';
  };
  switch (request.kind) {
    case 'monitor': {
      const failure = session.monitor(request, now);
      return failure === null ? 'stays' : fail(failure, output);
    }
    case 'confirm':
      return reply(session.confirm(request.queue, request.count) ? END : 'ERROR\r\n');
    case 'refuse':
      output.text(CLIENT_ERROR);
      return request.fatal ? 'close' : 'stays';
    case 'delete':
      return answer(session.delete(request.queue, now), 'DELETED\r\n', output);
    case 'flush':
      return answer(session.flush(request.queue), END, output);
    case 'flush_all':
      return answer(session.flushAll(), 'Flushed all queues.\r\n', output);
    case 'flush_expired': {
      const swept = session.flushExpired(request.queue, now);
      return typeof swept === 'string' ? fail(swept, output) : reply(`${swept}\r\n`);
    }
    case 'flush_all_expired':
      return reply(`${session.flushAllExpired(now)}\r\n`);
    case 'stats':
      return statsInPieces(hub.registry, services.facts(), services.journalFacts, now);
    case 'dump_stats':
      return dumpInPieces(hub.registry, request.queues, services.journalFacts, now);
    case 'version':
      return reply(`VERSION ${services.version}\r\n`);
    case 'status':
      return status(request.name, output, hub, now);
    case 'reload':
      void services.reload().finally(() => {
        output.text('Reloaded config.\r\n');
        resumed();
      });
      return 'later';
    case 'shutdown':
      services.shutdown();
      return 'close';
    case 'quit':
      return 'close';
  }
}

function put(result: ReturnType<Session['put']>, output: Output, turn: Turn): Fate {
  if (typeof result === 'object') output.ticket(turn.ticketOf(result));
  else if (result === 'refused') output.notStored();
  else return fail(result, output);
  return 'stays';
}

function get(request: GetRequest, session: Session, output: Output, now: number): Fate {
  const item = session.get(request, now);
  if (item === null) output.bytes(END_BYTES);
  else if (typeof item === 'object') output.item(request.queue, item);
  else if (item !== 'waiting') return fail(item, output);
  return 'stays';
}

/** When an item with this expiration on the wire dies, ms since 1970; 0: never. */
function diesAt(expiry: number, now: number): number {
  if (expiry === 0) return 0;
  return expiry < RELATIVE_EXPIRY_MAX ? Math.max(1, now + expiry * 1000) : expiry * 1000;
}

function answer(failure: Failure | null, text: string, output: Output): Fate {
  if (failure !== null) return fail(failure, output);
  output.text(text);
  return 'stays';
}

function fail(failure: Failure, output: Output): Fate {
  output.text(FAILURES[failure]);
  return 'close';
}

function status(name: string | null, output: Output, hub: Hub, now: number): Fate {
  if (name === null) {
    output.text(`${STATUS_WORDS[hub.status.current]}\r\n`);
    return 'stays';
  }
  const wanted = parseStatus(name);
  output.text(wanted === null ? CLIENT_ERROR : END);
  if (wanted === null) return 'close';
  hub.status.set(wanted, now);
  return 'stays';
}
