import { jest } from '@jest/globals';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopAll } from '@murmur/testkit';
import { startTestKestrel } from '../server.js';
import { addx, collecting, drain, folderWith, put, value } from './served.js';

jest.setTimeout(60_000);

afterEach(stopAll);

describe('a server that is started again', () => {
  it('has every queue with its items, and those that were open at the head in their old order', async () => {
    const config = {
      maxOpenTransactions: 10,
      queues: [
        { name: 'p', fanoutOnly: true, children: ['a', 'b'] },
        { name: 'm', keepJournal: false },
      ],
    };
    const first = await startTestKestrel(config);
    const wire = await first.connect();
    await put(wire, 'p', 'one', 'two', 'three', 'four');
    await put(wire, 'm', 'lost');
    await wire.play([
      ['>', 'monitor p+a 9 3\r\n'],
      ['<', ['one', 'two', 'three'].map((data) => value('p+a', data)).join('') + 'END\r\n'],
    ]);
    await wire.play([
      ['>', 'confirm p+a 1\r\n'],
      ['<', 'END\r\n'],
    ]);
    await first.stop();
    const second = await startTestKestrel(config, { queuePath: first.folder });
    expect(await drain(second, 'p+a')).toEqual(['two', 'three', 'four']);
    expect(await drain(second, 'p+b')).toEqual(['one', 'two', 'three', 'four']);
    expect(await drain(second, 'm')).toEqual([]);
    const again = await second.connect();
    await put(again, 'p', 'five');
    expect(await drain(second, 'p+a')).toEqual(['five']);
  });

  it('cuts off a torn tail with a log line, wherever it is torn, and goes on from there', async () => {
    const journal = Buffer.concat([addx('a'), addx('b'), addx('c')]);
    for (const cut of [1, 5, 20, 21, 22, 23, 43, 44, 45, 60, 65]) {
      const folder = await folderWith({ q: journal.subarray(0, cut) });
      const warnings: object[] = [];
      const whole = Math.floor(cut / 22);
      const kestrel = await startTestKestrel({}, { queuePath: folder }, collecting(warnings));
      expect((await stat(join(folder, 'q'))).size).toBe(whole * 22);
      expect(warnings).toHaveLength(cut % 22 === 0 ? 0 : 1);
      await put(await kestrel.connect(), 'q', 'new');
      await kestrel.stop();
      const again = await startTestKestrel({}, { queuePath: folder }, collecting(warnings));
      expect(await drain(again, 'q')).toEqual([...['a', 'b', 'c'].slice(0, whole), 'new']);
      await again.stop();
    }
  });

  it('reads the archives of a Kestrel in order of time, and a pack in place of those before it', async () => {
    const folder = await folderWith({
      'q.100': addx('never'),
      'q.200': addx('never either'),
      'q.200.pack': Buffer.concat([addx('a'), addx('b')]),
      'q.300': Buffer.concat([Buffer.from([1]), addx('c')]),
      q: Buffer.concat([addx('d'), Buffer.from([1])]),
      'q~~400': addx('half a rewrite'),
      'notes.txt': 'not a journal',
    });
    const kestrel = await startTestKestrel({}, { queuePath: folder });
    expect((await readdir(folder)).sort()).toEqual(['notes.txt', 'q', 'q.200', 'q.300']);
    await kestrel.stop();
    const again = await startTestKestrel({}, { queuePath: folder });
    expect(await drain(again, 'q')).toEqual(['c', 'd']);
  });

  it('goes on past an archive that is damaged, and leaves the current file whole', async () => {
    const folder = await folderWith({
      'q.100': Buffer.concat([addx('a'), Buffer.from([99]), addx('x')]),
      q: addx('b'),
    });
    const kestrel = await startTestKestrel({}, { queuePath: folder });
    expect(await drain(kestrel, 'q')).toEqual(['a', 'b']);
  });

  it('passes over a folder that is named like an archive', async () => {
    const folder = await folderWith({});
    await mkdir(join(folder, 'q.100'));
    await writeFile(join(folder, 'q'), addx('a'));
    const kestrel = await startTestKestrel({}, { queuePath: folder });
    expect(await drain(kestrel, 'q')).toEqual(['a']);
  });
});
