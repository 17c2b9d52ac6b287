import { jest } from '@jest/globals';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { stopAll, waitFor } from '@murmur/testkit';
import { startTestKestrel } from '../server.js';
import { drain, figure, put, value } from './served.js';

jest.setTimeout(60_000);

afterEach(stopAll);

describe('a queue that is larger than its memory', () => {
  const config = {
    maxOpenTransactions: 100,
    default: { maxMemorySize: '16KiB', maxJournalSize: '64KiB', minJournalCompactDelay: 0 },
  };
  const item = (n: number): string => `${n}:`.padEnd(200 + (n % 100), 'x');

  it('rotates its journal, keeps its memory, and gives its items back in order, over restarts', async () => {
    const first = await startTestKestrel(config);
    const wire = await first.connect();
    const items = Array.from({ length: 1500 }, (_, n) => item(n));
    for (let at = 0; at < items.length; at += 50) await put(wire, 'q', ...items.slice(at, at + 50));
    expect(await figure(wire, 'q', 'items')).toBe(1500);
    expect(await figure(wire, 'q', 'mem_bytes')).toBeLessThanOrEqual(16 * 1024);
    expect(await figure(wire, 'q', 'journal_rotations')).toBeGreaterThan(5);
    // Some are taken, and some left open, before the server stops.
    for (const expected of items.slice(0, 400)) {
      await wire.send('get q\r\n');
      await wire.expect(value('q', expected));
    }
    for (const expected of items.slice(400, 410)) {
      await wire.send('get q/open\r\n');
      await wire.expect(value('q', expected));
    }
    await first.stop();
    const second = await startTestKestrel(config, { queuePath: first.folder });
    expect(await figure(await second.connect(), 'q', 'mem_bytes')).toBeLessThanOrEqual(16 * 1024 + 10 * 300);
    expect(await drain(second, 'q')).toEqual(items.slice(400));
    await second.stop();
    expect((await readdir(first.folder)).filter((name) => name.startsWith('q'))).toEqual(['q']);
    expect((await stat(join(first.folder, 'q'))).size).toBe(0);
  });

  it('packs its files once what they held has been read, while it goes on', async () => {
    const kestrel = await startTestKestrel(config);
    const wire = await kestrel.connect();
    let [next, taken] = [0, 0];
    for (let round = 0; round < 60; round += 1) {
      const items = Array.from({ length: 40 }, () => item(next++));
      await put(wire, 'q', ...items);
      for (let i = 0; i < 36; i += 1) {
        await wire.send('get q\r\n');
        await wire.expect(value('q', item(taken)));
        taken += 1;
      }
    }
    expect(await figure(wire, 'q', 'journal_rewrites')).toBeGreaterThan(0);
    await kestrel.stop();
    const again = await startTestKestrel(config, { queuePath: kestrel.folder });
    expect(await drain(again, 'q')).toEqual(Array.from({ length: next - taken }, (_, i) => item(taken + i)));
  });

  it('can be flushed and deleted without a trace', async () => {
    const kestrel = await startTestKestrel(config);
    const wire = await kestrel.connect();
    for (let round = 0; round < 10; round += 1)
      await put(wire, 'q', ...Array.from({ length: 50 }, (_, n) => item(n)));
    await wire.send('flush q\r\nget q\r\n');
    await wire.expect('END\r\nEND\r\n');
    await put(wire, 'q', 'after');
    for (let round = 0; round < 10; round += 1)
      await put(wire, 'gone', ...Array.from({ length: 50 }, (_, n) => item(n)));
    await wire.send('delete gone\r\n');
    await wire.expect('DELETED\r\n');
    await waitFor(async () => (await readdir(kestrel.folder)).every((name) => !name.startsWith('gone')), {
      what: 'no file of the deleted queue',
    });
    await kestrel.stop();
    const again = await startTestKestrel(config, { queuePath: kestrel.folder });
    expect(await drain(again, 'q')).toEqual(['after']);
    expect(await drain(again, 'gone')).toEqual([]);
  });
});
