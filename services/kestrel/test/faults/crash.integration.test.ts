import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stopAll, waitFor } from '@murmur/testkit';
import { ClientGone, drainQueue } from './support/client.js';
import {
  aborter,
  clearer,
  closer,
  leaver,
  monitorer,
  moodyTaker,
  peeker,
  taker,
  writer,
  type Role,
} from './support/clients.js';
import { withRandom, type Random } from './support/random.js';
import { memoryOf, startFaultServer, statOf, verifyJournals, type FaultServer } from './support/server.js';
import { CRASH_CONFIG, World } from './support/world.js';

/** How often servers are killed, all together; more by the environment. */
const CRASHES = Number(process.env['KESTREL_CRASHES'] ?? 50);
const SERVERS = 2;
/** What a server may take with a few hundred KiB of memory for all its queues; Node itself takes 60-90 MB. */
const MEMORY_BYTES_MAX = 256 * 1024 * 1024;
/** Of what the server said, when something is wrong. */
const OUTPUT_CHARS = 3000;
const TEST_MS = 120_000 + CRASHES * 5_000;

afterEach(stopAll);

const ROLES: readonly Role[] = [
  writer('p', 'p1', 8),
  writer('p', 'p2', 1),
  writer('m', 'm1', 16),
  writer('s', 's1', 1),
  writer('s', 's2', 4),
  writer('t', 't1', 8),
  writer('short', 'e1', 2, 2),
  clearer('d', 'd1'),
  monitorer('p+a', 20),
  moodyTaker('p+b'),
  moodyTaker('m'),
  closer('p+c'),
  aborter('m'),
  aborter('m'),
  leaver('m'),
  taker('s', 2, 1),
  monitorer('t', 5),
  leaver('t'),
  closer('dead'),
  peeker(['p+a', 'p+b', 'm', 's', 't']),
];

/** Starts all clients; the answer settles when all have ended, and throws what no end of a server explains. */
function startClients(world: World, kestrel: FaultServer): Promise<void> {
  world.begin();
  const all = ROLES.map(async (role) => {
    try {
      await role(world, () => kestrel.connect());
    } catch (error) {
      if (!(error instanceof ClientGone)) throw error;
      if (world.going()) world.surprises.push(error.message);
    }
  });
  return Promise.all(all).then(() => undefined);
}

/** One life under load, ended at a random moment. Answers the most memory it took. */
async function life(world: World, kestrel: FaultServer, end: () => Promise<void>): Promise<number> {
  const until = world.acknowledged + world.random.between(50, 1500);
  const clients = startClients(world, kestrel);
  await waitFor(() => world.acknowledged >= until || world.surprises.length > 0, {
    what: `${until} items stored`,
    everyMs: 1,
  });
  const watcher = await kestrel.connect();
  world.rotations += await statOf(watcher, 'p+b', 'journal_rotations');
  world.rewrites += await statOf(watcher, 'p+b', 'journal_rewrites');
  await sleep(world.random.between(0, 5));
  const memory = await memoryOf(kestrel.process.pid(), 'VmHWM');
  world.end();
  await end();
  await clients;
  world.crashed();
  if (world.surprises.length > 0) world.surprises.push((await kestrel.process.output()).slice(-OUTPUT_CHARS));
  expect(world.surprises).toEqual([]);
  return memory;
}

/** Starts it again, and kills it while it starts, some times. Answers how often it was killed. */
async function startAgain(kestrel: FaultServer, random: Random): Promise<number> {
  let kills = 0;
  while (random.chance(0.3)) {
    const start = kestrel.process.restart().catch(() => undefined);
    await sleep(random.between(150, 700));
    await kestrel.process.kill();
    await start;
    kills += 1;
  }
  await kestrel.process.restart();
  return kills;
}

async function folderBytes(folder: string): Promise<number> {
  const files = await readdir(folder);
  const sizes = await Promise.all(files.map((file) => stat(join(folder, file))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

/** Drains all queues and compares them with what is known. */
async function judge(world: World, kestrel: FaultServer): Promise<void> {
  const client = await kestrel.connect();
  await waitFor(async () => (await statOf(client, 'short', 'items')) === 0, { what: 'items expired' });
  const found: string[] = [];
  for (const queue of world.ledgers.keys()) {
    found.push(...world.finish(queue, await drainQueue(client, queue)));
  }
  expect(found).toEqual([]);
}

async function crashAgainAndAgain(random: Random, crashes: number): Promise<void> {
  const kestrel = await startFaultServer(CRASH_CONFIG);
  const world = new World(random);
  for (let kills = 0; kills < crashes; kills += 1) {
    const memory = await life(world, kestrel, () => kestrel.process.kill());
    expect(memory).toBeLessThan(MEMORY_BYTES_MAX);
    kills += await startAgain(kestrel, random);
  }
  await judge(world, kestrel);
  // Every queue has been emptied: what is left in the folder is what each may keep.
  const room = world.ledgers.size * (128 + 32 + 16) * 1024;
  await waitFor(async () => (await folderBytes(kestrel.queues)) < room, { what: 'a small folder' });
  expect(Math.min(world.rotations, world.rewrites)).toBeGreaterThan(0);
  await kestrel.process.kill();
  await verifyJournals(kestrel.queues);
}

describe('a server that is killed under load, again and again', () => {
  it(
    'has every item it acknowledged, in order, and none twice that was not open',
    () =>
      withRandom(async (random) => {
        const runs = Array.from({ length: SERVERS }, () =>
          crashAgainAndAgain(random.fork(), Math.ceil(CRASHES / SERVERS)),
        );
        await Promise.all(runs);
      }),
    TEST_MS,
  );
});

describe('a server that is asked to stop under load', () => {
  it(
    'ends with code 0 and has everything it acknowledged',
    () =>
      withRandom(async (random) => {
        const kestrel = await startFaultServer(CRASH_CONFIG);
        const world = new World(random);
        for (let stops = 0; stops < 4; stops += 1) {
          await life(world, kestrel, async () => {
            kestrel.process.signal('SIGTERM');
            expect(await kestrel.process.exited()).toBe(0);
          });
          await kestrel.process.restart();
        }
        await judge(world, kestrel);
      }),
    120_000,
  );
});
