/** Every part of the benchmark, tiny: it runs, it counts, and what it counts is right. The figures mean nothing. */
import { existsSync } from 'node:fs';
import { stopAll } from '@murmur/testkit';
import { placesIn, type Bench } from '../../src/kestrel/bench.js';
import { diskFolder } from '../../src/kestrel/folder.js';
import { makeLoader } from '../../src/kestrel/loader.js';
import { PARTS, type PartName } from '../../src/kestrel/plan.js';
import { runBench } from '../../src/kestrel/run.js';
import { OUR_BIN, startMemcached, startOurs } from '../../src/kestrel/servers.js';

const said: string[] = [];
let folder = '';
let bench: Bench;

beforeAll(() => {
  folder = diskFolder('');
  bench = {
    loader: makeLoader(folder, null),
    place: placesIn(folder, { core: null, bin: OUR_BIN }),
    say: (line) => said.push(line),
    plan: {
      parts: [],
      rounds: 1,
      pairs: 500,
      fsyncSeconds: 0.2,
      fsyncConnections: 5,
      fairnessSeconds: 0.3,
      largeBytes: 100_000,
      backlog: 2_000,
      queues: 20,
      waiters: 30,
      settleMs: 20,
    },
  };
});

afterAll(async () => {
  await stopAll();
  expect(existsSync(folder)).toBe(false);
});

describe('the benchmark of queues', () => {
  it.each(PARTS)('runs %s, and finds everything again', async (part: PartName) => {
    said.length = 0;
    const faults = await runBench({ ...bench, plan: { ...bench.plan, parts: [part] } });
    expect(said.join('\n')).toContain(`${part}: lost, doubled, changed, refused or out of order: 0`);
    expect(said.at(-1)).toBe('lost, doubled, changed, refused or out of order in all: 0');
    expect(faults).toBe(0);
  });
});

describe('its loader', () => {
  it('finds what is lost, doubled, and out of order', async () => {
    const server = await startOurs(bench.place());
    const { run } = bench.loader;
    await run(server, { mode: 'set', count: 3, base: 5 });
    await run(server, { mode: 'set', count: 3, base: 4 });
    const tally = await run(server, { mode: 'get' });
    expect(tally).toMatchObject({
      gets: 6,
      empty: 1,
      distinct: 4,
      duplicates: 2,
      strange: 0,
      disorder: 3,
      lowest: 4,
      highest: 7,
    });
    await server.stop();
  });

  it('finds a value that is not what was set', async () => {
    const server = await startOurs(bench.place());
    await bench.loader.run(server, { mode: 'set', count: 2, bytes: 100 });
    await bench.loader.run(server, { mode: 'set', count: 2, base: 2 });
    const tally = await bench.loader.run(server, { mode: 'get' });
    expect(tally).toMatchObject({ gets: 4, distinct: 2, strange: 2 });
    await server.stop();
  });

  it('says what a server answers that is no answer', async () => {
    const memcached = await startMemcached(bench.place());
    const wait = { mode: 'get', count: 1, queue: 'x'.repeat(41) };
    await expect(bench.loader.run(memcached, wait)).rejects.toThrow('is longer than 40 bytes');
    const speaking = { ...memcached, protocol: 'redis' } as const;
    await expect(bench.loader.run(speaking, { mode: 'get', count: 1 })).rejects.toThrow(
      'unexpected answer: ERROR',
    );
    await memcached.stop();
  });
});
