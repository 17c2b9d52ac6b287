import { jest } from '@jest/globals';
import { join } from 'node:path';
import { silentLog } from '@murmur/service';
import { stopAll, tempFolder } from '@murmur/testkit';
import { verifyBackup } from '../../src/storage/backups.js';
import { openFileStorage } from '../../src/storage/file.js';
import { builtAppender, killedAfter } from './processes.js';
import { contentOf } from './support.js';

jest.setTimeout(300_000);
afterAll(stopAll);

const LIVES = 60;
/** How many entries a life has acknowledged at most when it is killed. */
const ACKNOWLEDGED_MAX = 120;

describe('a process that is killed while it appends and compacts, again and again', () => {
  it('has lost no entry that it acknowledged, has none twice, and has all in order', async () => {
    const child = await builtAppender();
    const folder = join(await tempFolder('storage-kill'), 'data');
    let highest = 0;
    for (let life = 0; life < LIVES; life += 1) {
      const before = highest;
      const count = 1 + Math.floor(Math.random() * ACKNOWLEDGED_MAX);
      const { acknowledged, errors } = await killedAfter(child, folder, count);
      expect(errors).toBe('');
      expect(acknowledged.length).toBeGreaterThanOrEqual(count);
      // It went on after all that was there.
      expect(acknowledged[0]).toBe(before + 1);
      const storage = openFileStorage({ folder, log: silentLog() });
      const { entries, position } = await contentOf(storage);
      await storage.close();
      expect(entries).toEqual(Array.from({ length: position }, (_, i) => String(i + 1)));
      expect(position).toBeGreaterThanOrEqual(Math.max(...acknowledged));
      highest = position;
    }
    const storage = openFileStorage({ folder, log: silentLog() });
    const { fromSnapshot } = await contentOf(storage);
    expect(fromSnapshot).toBeGreaterThan(0);
    for (const { name } of await storage.backups()) await verifyBackup(folder, name);
    await storage.close();
  });
});
