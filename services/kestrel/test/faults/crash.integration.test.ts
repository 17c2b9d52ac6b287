import { jest } from '@jest/globals';
import { stopAll, waitFor, type Wire } from '@murmur/testkit';
import { drain, readItem, startKestrelProcess, type KestrelProcess } from '../process.js';

jest.setTimeout(60_000);

/** How often the server is killed; more by the environment. */
const CRASHES = Number(process.env['KESTREL_CRASHES'] ?? 6);
const WRITERS = 4;
const BATCH = 8;

afterEach(stopAll);

/** What the clients know, over all lives of the server. */
interface Known {
  /** By writer: numbers answered with STORED, in order. */
  readonly stored: number[][];
  /** Items of `p+a` whose confirm was sent: the server may have done it and died before it could say so. */
  readonly asked: Set<string>;
  /** Those whose confirm was answered. */
  readonly confirmed: Set<string>;
  /** Items of `p+a` that came after their confirm had been answered. */
  readonly twice: string[];
}

async function write(
  wire: Wire,
  writer: number,
  next: () => number,
  known: Known,
  stop: () => boolean,
): Promise<void> {
  while (!stop()) {
    const numbers = Array.from({ length: BATCH }, next);
    const sets = numbers.map((n) => `${writer}:${n}:${'x'.repeat(n % 300)}`);
    await wire.send(sets.map((data) => `set p 0 0 ${data.length}\r\n${data}\r\n`).join(''));
    for (const n of numbers) {
      await wire.expect('STORED\r\n');
      known.stored[writer]?.push(n);
    }
  }
}

async function read(wire: Wire, known: Known, stop: () => boolean): Promise<void> {
  while (!stop()) {
    await wire.send('monitor p+a 1 5\r\n');
    const batch: string[] = [];
    for (let item = await readItem(wire); item !== null; item = await readItem(wire)) {
      batch.push(item);
      if (known.confirmed.has(item)) known.twice.push(item);
    }
    if (batch.length === 0) continue;
    for (const item of batch) known.asked.add(item);
    await wire.send(`confirm p+a ${batch.length}\r\n`);
    await wire.expect('END\r\n');
    for (const item of batch) known.confirmed.add(item);
  }
}

/** One life: load until enough is stored, then a kill in the middle of it. */
async function life(kestrel: KestrelProcess, known: Known, counters: number[]): Promise<void> {
  let over = false;
  const stop = (): boolean => over;
  const total = (): number => known.stored.flat().length;
  const until = total() + 30 + Math.floor(Math.random() * 1200);
  const clients = Array.from({ length: WRITERS }, async (_, writer) => {
    const next = (): number => (counters[writer] = (counters[writer] ?? 0) + 1);
    await write(await kestrel.connect(), writer, next, known, stop);
  });
  clients.push(kestrel.connect().then((wire) => read(wire, known, stop)));
  const ended = Promise.allSettled(clients);
  await waitFor(() => total() >= until, { what: `${until} items stored`, everyMs: 1 });
  await kestrel.process.kill();
  over = true;
  await ended;
}

const parts = (item: string): readonly [number, number] => {
  const [writer, n] = item.split(':').map(Number);
  return [writer ?? -1, n ?? -1];
};

function inOrder(items: readonly string[], writer: number): boolean {
  const own = items.map(parts).filter(([by]) => by === writer);
  return own.every(([, n], i) => i === 0 || n > (own[i - 1]?.[1] ?? 0));
}

describe('a server that is killed under load, again and again', () => {
  it('has every item it acknowledged, in order, and none twice that was not open', async () => {
    const kestrel = await startKestrelProcess({
      maxOpenTransactions: 100,
      default: { defaultJournalSize: '16KiB', maxJournalSize: '64KiB', minJournalCompactDelay: 50 },
      queues: [{ name: 'p', fanoutOnly: true, children: ['a', 'b'] }],
    });
    const known: Known = {
      stored: Array.from({ length: WRITERS }, () => []),
      asked: new Set(),
      confirmed: new Set(),
      twice: [],
    };
    const counters: number[] = [];
    for (let i = 0; i < CRASHES; i += 1) {
      await life(kestrel, known, counters);
      await kestrel.process.restart();
    }
    const wire = await kestrel.connect();
    const kept = await drain(wire, 'p+b');
    const left = await drain(wire, 'p+a');
    const seen = new Set([...known.asked, ...left].map((item) => parts(item).join()));
    const keptKeys = new Set(kept.map((item) => parts(item).join()));
    for (const [writer, numbers] of known.stored.entries()) {
      expect(numbers.filter((n) => !keptKeys.has(`${writer},${n}`))).toEqual([]);
      expect(numbers.filter((n) => !seen.has(`${writer},${n}`))).toEqual([]);
      expect([inOrder(kept, writer), inOrder(left, writer)]).toEqual([true, true]);
    }
    expect(keptKeys.size).toBe(kept.length);
    expect(known.twice).toEqual([]);
    expect(left.filter((item) => known.confirmed.has(item))).toEqual([]);
  }, 120_000);
});

describe('a server whose disk is full', () => {
  it('refuses what it cannot write, hands out what it has, takes items again when there is room, and corrupts nothing', async () => {
    const kestrel = await startKestrelProcess({ default: { defaultJournalSize: '1KiB' } }, 64);
    const wire = await kestrel.connect();
    const answers: string[] = [];
    const item = (n: number): string => `${n}:`.padEnd(1000, 'x');
    for (let n = 0; n < 100; n += 1) {
      await wire.send(`set q 0 0 1000\r\n${item(n)}\r\n`);
      answers.push(await wire.readUntil());
    }
    const accepted = answers.indexOf('NOT_STORED');
    expect(accepted).toBeGreaterThan(50);
    expect(answers.slice(accepted)).toEqual(Array.from({ length: 100 - accepted }, () => 'NOT_STORED'));
    for (let n = 0; n < 40; n += 1) {
      await wire.send('get q\r\n');
      expect(await readItem(wire)).toBe(item(n));
    }
    await waitFor(
      async () => {
        await wire.send('set q 0 0 4\r\nlast\r\n');
        return (await wire.readUntil()) === 'STORED';
      },
      { what: 'an item stored again' },
    );
    await kestrel.process.kill();
    await kestrel.process.restart();
    const items = await drain(await kestrel.connect(), 'q');
    expect(items).toEqual([...Array.from({ length: accepted - 40 }, (_, i) => item(40 + i)), 'last']);
  }, 60_000);
});
