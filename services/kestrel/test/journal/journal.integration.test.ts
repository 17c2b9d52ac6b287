import { jest } from '@jest/globals';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { stopAll, waitFor } from '@murmur/testkit';
import { startTestKestrel } from '../server.js';
import { drain, figure, put, value } from './served.js';

jest.setTimeout(60_000);

afterEach(stopAll);

describe('a journal', () => {
  it('is rewritten when the queue is empty and the file has grown, and keeps what is open', async () => {
    const kestrel = await startTestKestrel({
      maxOpenTransactions: 10,
      default: { defaultJournalSize: '4KiB' },
    });
    const wire = await kestrel.connect();
    await put(wire, 'q', 'held', ...Array.from({ length: 300 }, (_, i) => `item ${i}`));
    await wire.play([
      ['>', 'get q/open\r\n'],
      ['<', value('q', 'held')],
    ]);
    expect(await drain(kestrel, 'q')).toHaveLength(300);
    await waitFor(async () => (await figure(wire, 'q', 'logsize')) < 100, { what: 'a rewritten journal' });
    expect((await stat(join(kestrel.folder, 'q'))).size).toBe(21 + 4 + 5);
    await put(wire, 'q', 'next');
    await kestrel.stop();
    const again = await startTestKestrel({}, { queuePath: kestrel.folder });
    expect(await drain(again, 'q')).toEqual(['held', 'next']);
  });

  it('is packed when it has grown far beyond what the queue holds', async () => {
    const kestrel = await startTestKestrel({
      default: { maxJournalSize: '8KiB', minJournalCompactDelay: 0 },
    });
    const wire = await kestrel.connect();
    await put(wire, 'q', 'first', 'second');
    for (let i = 0; i < 2000; i += 1) {
      await wire.send(`get q\r\nset q 0 0 4\r\n${String(i).padStart(4, '0')}\r\n`);
      await wire.readUntil('STORED\r\n');
    }
    expect(await figure(wire, 'q', 'logsize')).toBeLessThan(8 * 1024 + 100);
    await kestrel.stop();
    const again = await startTestKestrel({}, { queuePath: kestrel.folder });
    expect(await drain(again, 'q')).toEqual(['1998', '1999']);
  });

  it('that is synced before each reply keeps replies and items in order', async () => {
    const kestrel = await startTestKestrel({ default: { syncJournal: 0 } });
    const wires = await Promise.all(Array.from({ length: 20 }, () => kestrel.connect()));
    await Promise.all(
      wires.map((wire, i) => put(wire, 'q', ...Array.from({ length: 20 }, (_, n) => `${i} ${n}`))),
    );
    const items = await drain(kestrel, 'q');
    expect(items).toHaveLength(400);
    for (const i of wires.keys()) {
      const own = items.filter((item) => item.startsWith(`${i} `));
      expect(own).toEqual(Array.from({ length: 20 }, (_, n) => `${i} ${n}`));
    }
  });

  it('of an empty queue is an empty file after a graceful stop', async () => {
    const kestrel = await startTestKestrel({});
    await put(await kestrel.connect(), 'q', 'a', 'b');
    await drain(kestrel, 'q');
    await kestrel.stop();
    expect(await readFile(join(kestrel.folder, 'q'))).toHaveLength(0);
  });

  it('that cannot be made refuses the queue and hurts no other', async () => {
    const kestrel = await startTestKestrel({});
    await mkdir(join(kestrel.folder, 'q'));
    const wire = await kestrel.connect();
    await wire.play([
      ['>', 'set q 0 0 1\r\na\r\n'],
      ['<', 'SERVER_ERROR\r\n'],
    ]);
    await wire.expectClosed();
    await put(await kestrel.connect(), 'other', 'a');
    expect(await drain(kestrel, 'other')).toEqual(['a']);
  });
});
