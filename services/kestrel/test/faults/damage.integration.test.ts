import { execFile } from 'node:child_process';
import { appendFile, mkdir, open, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stopAll, tempFolder } from '@murmur/testkit';
import { drainQueue } from './support/client.js';
import { withRandom, type Random } from './support/random.js';
import { SMALL, startFaultServer, type FaultServer } from './support/server.js';

const TEST_MS = 120_000;
const ROUNDS = 5;

afterEach(stopAll);

const nameOf = (item: string): string => item.split(' ')[0] ?? '';

/** Sets this many numbered items; all must be stored. Answers their names. */
async function fill(kestrel: FaultServer, queue: string, count: number, random: Random): Promise<string[]> {
  const client = await kestrel.connect();
  const items = Array.from({ length: count }, (_, n) =>
    `${queue}:${Date.now()}:${n} `.padEnd(random.between(0, 800), '\xff'),
  );
  const answers = await Promise.all(items.map((item) => client.set(queue, item)));
  expect(new Set(answers)).toEqual(new Set(['STORED']));
  client.close();
  return items.map(nameOf);
}

/** Takes a few, so that the journals hold removals too. */
async function takeSome(kestrel: FaultServer, queue: string, names: string[], count: number): Promise<void> {
  const client = await kestrel.connect();
  for (let n = 0; n < count; n += 1) expect(nameOf((await client.get(queue)) ?? '')).toBe(names.shift());
  client.close();
}

type Damage = (file: string, size: number, random: Random) => Promise<void>;

async function overwrite(file: string, at: number, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
}

const garbage = (length: number, random: Random): Uint8Array =>
  Uint8Array.from({ length }, () => random.between(0, 255));

const DAMAGES: Readonly<Record<string, Damage>> = {
  'cut off': (file, size, random) => truncate(file, random.between(0, size)),
  'a flipped byte': (file, size, random) => overwrite(file, random.between(0, size - 1), garbage(1, random)),
  'garbage in the middle': (file, size, random) =>
    overwrite(file, random.between(0, size - 1), garbage(random.between(1, 500), random)),
  'garbage behind': (file, _, random) => appendFile(file, garbage(random.between(1, 5000), random)),
  'zeros behind': (file, _, random) => appendFile(file, Buffer.alloc(random.between(1, 10_000))),
  emptied: (file) => truncate(file, 0),
  // ADDX of an item of 2 GiB, of a negative size, of one that the file is too short for.
  'a huge size': (file) => appendFile(file, Buffer.from([2, 0xff, 0xff, 0xff, 0x7f, 0, 0])),
  'a negative size': (file) =>
    appendFile(file, Buffer.from([2, 0xf0, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9])),
};

const filesOf = async (kestrel: FaultServer, queue: string): Promise<string[]> =>
  (await readdir(kestrel.queues)).filter((name) => name.split('.')[0] === queue).sort();

describe('journals that are damaged between two lives', () => {
  it(
    'cost nothing of other queues and never more than what is in them, and the queues work on',
    () =>
      withRandom(async (random) => {
        const kestrel = await startFaultServer({ default: SMALL });
        const safe = await fill(kestrel, 'safe', 300, random);
        const hurt = Object.keys(DAMAGES).map((kind, n) => ({ kind, queue: `hurt${n}` }));
        for (let round = 0; round < ROUNDS; round += 1) {
          for (const { queue } of hurt) {
            const names = await fill(kestrel, queue, 250, random);
            await takeSome(kestrel, queue, names, random.between(0, 200));
          }
          await kestrel.process.kill();
          for (const { kind, queue } of hurt) {
            const file = join(kestrel.queues, random.pick(await filesOf(kestrel, queue)));
            const { size } = await stat(file);
            if (size > 0) await DAMAGES[kind]?.(file, size, random);
          }
          await kestrel.process.restart();
          const client = await kestrel.connect();
          for (const { queue } of hurt) await drainQueue(client, queue);
          const after = new Map<string, string[]>();
          for (const { queue } of hurt) after.set(queue, await fill(kestrel, queue, 100, random));
          await kestrel.process.kill();
          await kestrel.process.restart();
          const again = await kestrel.connect();
          for (const { kind, queue } of hurt) {
            const left = (await drainQueue(again, queue)).map(nameOf);
            expect({ kind, left }).toEqual({ kind, left: after.get(queue) });
          }
        }
        expect((await drainQueue(await kestrel.connect(), 'safe')).map(nameOf)).toEqual(safe);
      }),
    TEST_MS,
  );

  it(
    'keep all that is before the damage, in order, and say in the log what is lost',
    () =>
      withRandom(async (random) => {
        const kestrel = await startFaultServer({});
        for (let round = 0; round < ROUNDS; round += 1) {
          const queue = `q${round}`;
          const names = await fill(kestrel, queue, 200, random);
          await kestrel.process.kill();
          const file = join(kestrel.queues, queue);
          const { size } = await stat(file);
          const cut = random.between(Math.floor(size / 4), size - 1);
          const isCut = random.chance(0.5);
          if (isCut) await truncate(file, cut);
          else await overwrite(file, cut, Buffer.alloc(size - cut, 0xee));
          await kestrel.process.restart();
          const left = (await drainQueue(await kestrel.connect(), queue)).map(nameOf);
          // A record has no checksum: an item whose data alone are damaged is there, with what they are now.
          const whole = isCut ? left : left.slice(0, -1);
          expect(whole).toEqual(names.slice(0, whole.length));
          // Items are about 400 bytes: what was whole before the cut is there.
          expect(left.length).toBeGreaterThan((names.length * cut) / size / 2);
        }
        expect(await kestrel.process.output()).toContain('cut off');
      }),
    TEST_MS,
  );
});

describe('a queue directory with things in it that are no journals', () => {
  it('is used as if they were not there', async () => {
    const queues = join(await tempFolder('kestrel-strays'), 'queues');
    const put = (name: string, content: string | Uint8Array = ''): Promise<void> =>
      writeFile(join(queues, name), content);
    await mkdir(join(queues, 'folder'), { recursive: true });
    await mkdir(join(queues, 'q.1234'));
    await mkdir(join(queues, 'q.1235.pack'));
    await put('folder/q', 'in a folder');
    await put('jobs.bak', 'no journal');
    await put('x.tmp', 'no journal');
    await put('.hidden', 'no journal');
    await put('q.5');
    await put('q.6.pack');
    await put('old~~123', 'an interrupted rewrite');
    await put('q.99999999999999999999', 'a number too large');
    await put('a b', 'a name with a space');
    await put('n'.repeat(250), 'a name too long');
    await writeFile(Buffer.concat([Buffer.from(`${queues}/`), Buffer.from([0xff, 0xfe])]), 'no UTF-8');
    await promisify(execFile)('mkfifo', [join(queues, 'pipe')]);
    await promisify(execFile)('mkfifo', [join(queues, 'q.77')]);
    const kestrel = await startFaultServer({}, { queues });
    const client = await kestrel.connect();
    expect(await client.set('q', 'first')).toBe('STORED');
    expect(await client.set('jobs', 'first')).toBe('STORED');
    await kestrel.process.kill();
    await kestrel.process.restart();
    const again = await kestrel.connect();
    expect(await drainQueue(again, 'q')).toEqual(['first']);
    expect(await drainQueue(again, 'jobs')).toEqual(['first']);
    // Names that are taken by something else are refused, and nobody else notices.
    const rude = await kestrel.connect();
    await expect(rude.set('folder', 'x')).resolves.not.toBe('STORED');
    expect(await again.set('q', 'second')).toBe('STORED');
    expect(await again.get('q')).toBe('second');
  }, 60_000);

  it('with a pipe where a journal should be, refuses that queue and no other', async () => {
    const queues = join(await tempFolder('kestrel-pipe'), 'queues');
    await mkdir(queues);
    await promisify(execFile)('mkfifo', [join(queues, 'pipe')]);
    const kestrel = await startFaultServer({}, { queues });
    const rude = await kestrel.connect();
    await rude.set('pipe', 'x').catch(() => 'closed');
    const client = await kestrel.connect();
    expect(await client.set('q', 'first')).toBe('STORED');
  }, 60_000);
});
