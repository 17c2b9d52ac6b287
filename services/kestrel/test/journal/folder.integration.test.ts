import { jest } from '@jest/globals';
import { silentLog } from '@murmur/service';
import { stopAll } from '@murmur/testkit';
import { ConfigBook } from '../../src/config/book-core.js';
import { parseConfig, QUEUE_DEFAULTS } from '../../src/config/schema.js';
import { nodeDisk } from '../../src/journal/disk.js';
import { FilePool } from '../../src/journal/file-pool.js';
import { JournalFolder } from '../../src/journal/folder.js';
import { Turn } from '../../src/journal/turn.js';
import type { QueueCore } from '../../src/queue/queue-core.js';
import { Registry } from '../../src/queue/registry-core.js';
import { startTestKestrel } from '../server.js';
import { addx, folderWith } from './served.js';

jest.setTimeout(60_000);

afterEach(stopAll);

describe('a queue that only passes on', () => {
  it('keeps what it had, and what it gets once it keeps items again, over a restart', async () => {
    const folder = await folderWith({ p: addx('from before') });
    const passing = new ConfigBook(
      parseConfig({ queues: [{ name: 'p', fanoutOnly: true }] }),
      QUEUE_DEFAULTS,
    );
    const keeping = new ConfigBook(parseConfig({}), QUEUE_DEFAULTS);
    const turn = new Turn();
    const first = new JournalFolder(folder, () => passing, turn, silentLog());
    const registry = new Registry(passing, first);
    const family = registry.obtain('p', 1);
    if (family === null) throw new Error('no queue');
    registry.reload(keeping, 1);
    expect(registry.put(family, Buffer.from('after'), 0, 1)).toBe(true);
    turn.end();
    await first.close();
    const second = new JournalFolder(folder, () => keeping, turn, silentLog());
    const queue = second.create('p', 1);
    expect([queue?.take(1), queue?.take(1)].map((item) => item?.data.toString())).toEqual([
      'from before',
      'after',
    ]);
    await second.close();
  });
});

describe('many queues', () => {
  it('hold no more files open than they may, and are all there after a restart', async () => {
    const [disk, log] = [nodeDisk, silentLog()];
    const folder = await folderWith({});
    const book = new ConfigBook(parseConfig({}), QUEUE_DEFAULTS);
    const turn = new Turn();
    const first = new JournalFolder(folder, () => book, turn, log, { pool: new FilePool(disk, 8) });
    const names = Array.from({ length: 300 }, (_, n) => `q${n}`);
    for (const round of [1, 2]) {
      for (const name of names) {
        const queue = queueOf(first, name);
        queue.add(Buffer.from(`${name} ${round}`), 0, 1);
      }
      turn.end();
      expect(first.openFiles).toBeLessThanOrEqual(8);
    }
    await first.close();
    const second = new JournalFolder(folder, () => book, turn, log);
    expect(second.queues()).toHaveLength(300);
    expect(names.map((name) => second.create(name, 1)?.length)).toEqual(names.map(() => 2));
    expect(second.openFiles).toBe(0);
    await second.close();
  });

  const made = new Map<string, QueueCore>();
  function queueOf(folder: JournalFolder, name: string): QueueCore {
    const queue = made.get(name) ?? folder.create(name, 1);
    if (queue === null) throw new Error(`no queue ${name}`);
    made.set(name, queue);
    return queue;
  }

  it('lie in a folder that one server has', async () => {
    const kestrel = await startTestKestrel({});
    await expect(startTestKestrel({}, { queuePath: kestrel.folder })).rejects.toThrow(
      'in use by another process',
    );
  });
});
