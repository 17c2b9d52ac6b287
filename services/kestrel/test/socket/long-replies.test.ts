/** Replies that come in pieces, made as there is room for them, one piece in a turn of the event loop over all clients. */
import { setImmediate as turn } from 'node:timers/promises';
import { acceptMemcache } from '../../src/memcache/connection.js';
import type { ClientConnection, Services } from '../../src/services.js';
import { QUEUES_AT_ONCE } from '../../src/queue/stats-core.js';
import { REPLY_BYTES_MAX } from '../../src/socket/bounds.js';
import { makeHub } from '../hub.js';
import { makeServices } from './host.js';
import { PlayedSocket } from './played-socket.js';

const NOW = 1_700_000_000_000;
const QUEUES = 4000;
/** More than there are pieces. */
const TURNS = 60;
const ALL = { reads: true, writes: true };

let services: Services;
beforeEach(() => {
  const hub = makeHub({});
  for (let i = 0; i < QUEUES; i += 1) hub.registry.obtain(`q${i}`, NOW);
  services = makeServices(hub, () => undefined);
});

/** A client that asks for all queues. */
function ask(clogged = false): { socket: PlayedSocket; connection: ClientConnection } {
  const socket = new PlayedSocket('dump_stats\r\nget none\r\n');
  socket.clogged = clogged;
  const connection = acceptMemcache(socket, services, ALL, null);
  socket.arrive();
  return { socket, connection };
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await turn();
}

const told = (socket: PlayedSocket): number => socket.written.match(/^queue '/gm)?.length ?? 0;
/** Whole, and the reply to what was asked behind it is after it. */
const isWhole = (socket: PlayedSocket): boolean =>
  told(socket) === QUEUES && socket.written.endsWith('}\r\nEND\r\nEND\r\n');

describe('a reply in pieces', () => {
  it('is made one piece in a turn over all clients, which are told in turn', async () => {
    const clients = [ask().socket, ask().socket, ask().socket];
    await turn();
    let before = clients.map(told);
    for (let i = 0; i < 9; i += 1) {
      await turn();
      const now = clients.map(told);
      expect(now.filter((count, k) => count > (before[k] ?? 0))).toHaveLength(1);
      before = now;
    }
    expect(Math.max(...before) - Math.min(...before)).toBeLessThanOrEqual(QUEUES_AT_ONCE);
    await turns(3 * TURNS);
    expect(clients.map(isWhole)).toEqual([true, true, true]);
  });

  it('is made no further than its client reads', async () => {
    const { socket } = ask(true);
    const { socket: other } = ask();
    await turns(2 * TURNS);
    const piece = other.written.length / (QUEUES / QUEUES_AT_ONCE);
    expect(isWhole(other)).toBe(true);
    expect(socket.written.length).toBeGreaterThan(REPLY_BYTES_MAX / 2);
    expect(socket.written.length).toBeLessThan(REPLY_BYTES_MAX + 2 * piece);
    for (let i = 0; i < TURNS && !isWhole(socket); i += 1) {
      socket.drain();
      await turn();
    }
    expect(isWhole(socket)).toBe(true);
  });

  it('is told at once when the server ends', () => {
    const { socket, connection } = ask();
    connection.shutDown(NOW);
    services.turn.end();
    expect(told(socket)).toBe(QUEUES);
  });

  it('is dropped when its client is gone, and the others go on', async () => {
    const { socket: gone } = ask();
    const { socket } = ask();
    await turn();
    gone.emit('close');
    const before = told(gone);
    await turns(TURNS);
    expect(told(gone)).toBe(before);
    expect(isWhole(socket)).toBe(true);
  });
});
