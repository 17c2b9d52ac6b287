import { join } from 'node:path';
import { stopAll, waitFor } from '@murmur/testkit';
import { drainQueue, type Client } from './support/client.js';
import { smallDisk, type SmallDisk } from './support/disk.js';
import { ExactQueue } from './support/exact.js';
import { withRandom, type Random } from './support/random.js';
import { SMALL, startFaultServer, statOf, verifyJournals, type FaultServer } from './support/server.js';

const TEST_MS = 120_000;

afterEach(stopAll);

/** Sets until the disk has been full for some sets in a row, with a read now and then. */
async function fill(model: ExactQueue, client: Client, readsPerBatch: number): Promise<void> {
  model.refusedInARow = 0;
  while (model.refusedInARow < 30) {
    await model.set(client, 10, 1000);
    for (let n = 0; n < readsPerBatch; n += 1) await model.take(client);
  }
}

/** The queue takes an item again, some time after there is room. */
async function takesAgain(model: ExactQueue, client: Client): Promise<void> {
  await waitFor(
    async () => {
      const before = model.stored;
      await model.set(client, 1, 10);
      return model.stored > before;
    },
    { what: `${model.queue} to take items again` },
  );
}

/** Kills the server, starts it again and compares what is there. */
async function crashAndCheck(kestrel: FaultServer, models: readonly ExactQueue[]): Promise<void> {
  await kestrel.process.kill();
  await kestrel.process.restart();
  await verifyJournals(kestrel.queues);
  const client = await kestrel.connect();
  for (const model of models) model.check(await drainQueue(client, model.queue));
}

/** The client goes; answers once its open reads are back. */
async function leave(client: Client, other: Client, models: readonly ExactQueue[]): Promise<void> {
  client.close();
  for (const model of models) {
    model.left();
    await waitFor(async () => (await statOf(other, model.queue, 'open_transactions')) === 0, {
      what: 'open reads to be back',
    });
  }
}

interface Bench {
  readonly disk: SmallDisk;
  readonly kestrel: FaultServer;
  readonly client: Client;
  readonly random: Random;
}

async function bench(random: Random, config: unknown, sizeKiB: number, files?: number): Promise<Bench> {
  const disk = await smallDisk(sizeKiB, files);
  const kestrel = await startFaultServer(config, { queues: join(disk.path, 'queues') });
  return { disk, kestrel, client: await kestrel.connect(), random };
}

const MODES = [
  { mode: 'all of it in memory', queue: {} },
  { mode: 'most of it behind memory', queue: SMALL },
  { mode: 'fsync before each reply', queue: { ...SMALL, syncJournal: 0 } },
];

describe.each(MODES)('a queue on a disk that fills, $mode', ({ queue }) => {
  it(
    'refuses what it cannot write, hands out what it has, takes items again when there is room, and has exactly what it stored',
    () =>
      withRandom(async (random) => {
        const { disk, kestrel, client } = await bench(random, { default: queue }, 2048);
        const model = new ExactQueue('q', random);
        await disk.fill(600);
        await fill(model, client, 1);
        for (let n = 0; n < 100; n += 1) await model.take(client);
        expect(model.length).toBeGreaterThan(100);
        await disk.free();
        await takesAgain(model, client);
        const { refused } = model;
        for (let n = 0; n < 10; n += 1) await model.set(client, 10, 1000);
        for (let n = 0; n < 20; n += 1) await model.take(client);
        expect(model.refused).toBe(refused);
        await crashAndCheck(kestrel, [model]);
      }),
    TEST_MS,
  );

  it(
    'has what it stored also when it is killed while the disk is full, but may repeat what was read since',
    () =>
      withRandom(async (random) => {
        const { disk, kestrel, client } = await bench(random, { default: queue }, 2048);
        const model = new ExactQueue('q', random);
        await disk.fill(500);
        await fill(model, client, 2);
        for (let n = 0; n < 50; n += 1) await model.take(client);
        await kestrel.process.kill();
        await kestrel.process.restart();
        await disk.free();
        await crashAndCheck(kestrel, [model]);
      }),
    TEST_MS,
  );
});

describe('queues on a disk that is full again and again', () => {
  it(
    'are exact after each time, whatever rotation, pack or rewrite met it',
    () =>
      withRandom(async (random) => {
        const config = { maxOpenTransactions: 100, default: SMALL };
        const { disk, kestrel } = await bench(random, config, 3072);
        const models = ['a', 'b', 'c'].map((name) => new ExactQueue(name, random));
        for (let round = 0; round < 12; round += 1) {
          const client = await kestrel.connect();
          await disk.fill(random.between(0, 400));
          const sets = random.pick([0.3, 0.5, 0.7]);
          for (let steps = random.between(50, 300); steps > 0; steps -= 1) {
            await Promise.all(models.map((model) => model.step(client, { sets, maxBytes: 1500 })));
          }
          await disk.free();
          for (const model of models) await takesAgain(model, client);
          for (let steps = 50; steps > 0; steps -= 1) {
            await Promise.all(models.map((model) => model.step(client, { sets: 0.3, maxBytes: 500 })));
          }
          if (random.chance(0.4)) await crashAndCheck(kestrel, models);
          else await leave(client, await kestrel.connect(), models);
        }
        expect(models.map(({ refused }) => refused > 0)).toEqual([true, true, true]);
        await crashAndCheck(kestrel, models);
      }),
    TEST_MS,
  );

  it(
    'go on when no file can be made, and are exact',
    () =>
      withRandom(async (random) => {
        // Four files: the folder, the queue's, and hardly one more for an archive or a pack.
        const { kestrel, client } = await bench(
          random,
          { maxOpenTransactions: 100, default: SMALL },
          8192,
          5,
        );
        const model = new ExactQueue('q', random);
        for (let steps = 0; steps < 400; steps += 1) {
          await model.step(client, { sets: 0.6, maxBytes: 1500 });
        }
        await crashAndCheck(kestrel, [model]);
      }),
    TEST_MS,
  );
});

describe('a fan-out of which one child cannot be written', () => {
  it(
    'refuses what not all can have, and all have what was stored',
    () =>
      withRandom(async (random) => {
        const config = { queues: [{ name: 'p', fanoutOnly: true, children: ['full', 'free'] }] };
        const kestrel = await startFaultServer(config, { limitKiB: 64 });
        const client = await kestrel.connect();
        const first = new ExactQueue('p+full', random);
        for (let n = 0; n < 4; n += 1) await first.set(client, 10, 1000);
        const stored: string[] = [];
        const refused: string[] = [];
        for (let n = 0; n < 150; n += 1) {
          const item = `${n} `.padEnd(random.between(500, 1000), 'x');
          ((await client.set('p', item)) === 'STORED' ? stored : refused).push(item);
        }
        expect([stored.length > 0, refused.length > 0]).toEqual([true, true]);
        await kestrel.process.kill();
        await kestrel.process.restart();
        const after = await kestrel.connect();
        for (const child of ['p+full', 'p+free']) {
          const left = (await drainQueue(after, child)).filter((item) => !item.startsWith('p+full:'));
          const known = new Set([...stored, ...refused]);
          expect(left.filter((item) => stored.includes(item))).toEqual(stored);
          expect(left.filter((item) => !known.has(item))).toEqual([]);
          expect(new Set(left).size).toBe(left.length);
        }
      }),
    TEST_MS,
  );
});
