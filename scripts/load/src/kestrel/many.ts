/** Thousands of queues and of connections that wait on them, in one process: what each takes, and whether all are answered. */
import { setTimeout as sleep } from 'node:timers/promises';
import { tableText } from '../common/measure-core.js';
import { megabytes, type Bench, type Outcome } from './bench.js';
import { bytesEach } from './memory-core.js';
import { settledBytes } from './memory.js';
import { startOurs } from './servers.js';
import { faultsOfDrain, faultsOfPairs } from './tally-core.js';

/** 127.0.0.1 to .4: one address has 28,000 ports for connections to a server. */
const SOURCES = 4;
const WAIT_MS = 3_600_000;
const MAX_CONNECTIONS = 20_000;

export async function many({ plan, loader, place, say }: Bench): Promise<Outcome> {
  const { queues, waiters } = plan;
  const server = await startOurs(place(), { maxConnections: MAX_CONNECTIONS });
  say(`many: ${queues} queues, ${waiters} connections that wait on them`);
  const pairs = { mode: 'pair', queues, bytes: 64, 'in-flight': 2 };
  // What every process needs once it has done something is not what a queue or a waiter takes.
  await loader.run(server, { mode: 'pair', connections: 50, bytes: 64, count: plan.pairs });
  const idle = await settledBytes(server, plan.settleMs);
  const made = await loader.run(server, { ...pairs, count: queues });
  const withQueues = await settledBytes(server, plan.settleMs);
  const waiting = loader.start(server, {
    mode: 'wait',
    queues,
    bytes: 64,
    connections: waiters,
    sources: SOURCES,
    'wait-ms': WAIT_MS,
  });
  await waiting.waiting;
  await sleep(2 * plan.settleMs); // the server reads what the loader has sent
  const withWaiters = await settledBytes(server, plan.settleMs);
  const begin = performance.now();
  const sets = await loader.run(server, { mode: 'set', queues, bytes: 64, count: waiters, 'in-flight': 64 });
  const answered = await waiting.tally;
  const answeredMs = performance.now() - begin;
  const left = await loader.run(server, { mode: 'get', bytes: 64, queues, count: queues });
  await server.kill();
  const startMs = await server.startAgain();
  const faults =
    faultsOfPairs(made) +
    sets.refused +
    answered.empty +
    faultsOfDrain(answered, { from: 0, count: waiters }) +
    left.gets;
  const restarted = await settledBytes(server, plan.settleMs);
  await server.stop();
  const row = (what: string, ...cells: string[]): string[] => [what, ...cells];
  const each = (before: number, after: number, count: number): string =>
    `${bytesEach(before, after, count).toFixed(0)} bytes each`;
  say(
    tableText([
      row('memory, one queue', megabytes(idle)),
      row(`with ${queues} idle queues`, megabytes(withQueues), each(idle, withQueues, queues)),
      row(
        `with ${waiters} waiting connections`,
        megabytes(withWaiters),
        each(withQueues, withWaiters, waiters),
      ),
      row(`an item for each, all answered after`, `${answeredMs.toFixed(0)} ms`),
      row(`started again after a kill, ready after`, `${startMs.toFixed(0)} ms`, megabytes(restarted)),
    ]),
  );
  return { verdicts: [], faults };
}
