/** The snapshot of Python in the cache folder. Needs the built package. */
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLoader } from '@murmur/job-config';
import { defaultCacheFolder } from '../../src/loader/snapshot.js';
import { READY } from './support.js';

let folder: string;
let cacheFolder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'murmur-config-'));
  cacheFolder = join(folder, 'cache', 'murmur');
  writeFileSync(join(folder, 'jobs.aurora'), `${READY}jobs = [J()]`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function load(cache: string | null): Promise<boolean> {
  const loader = createLoader({ cacheFolder: cache });
  try {
    return (await loader.load({ file: join(folder, 'jobs.aurora') })).ok;
  } finally {
    await loader.close();
  }
}

const snapshots = (): readonly string[] => readdirSync(cacheFolder);
const identity = (): string => {
  const { ino, mtimeMs, size } = statSync(join(cacheFolder, snapshots()[0] ?? ''));
  return `${ino} ${mtimeMs} ${size}`;
};

describe('the snapshot', () => {
  it('is made by the first load, readable by its owner alone, and used by the next', async () => {
    expect(await load(cacheFolder)).toBe(true);
    expect(snapshots()).toEqual([expect.stringMatching(/^aurora-config-[\d.]+-[0-9a-f]{16}\.snapshot$/)]);
    expect(statSync(join(cacheFolder, snapshots()[0] ?? '')).mode & 0o077).toBe(0);
    const first = identity();
    expect(await load(cacheFolder)).toBe(true);
    expect(identity()).toBe(first);
  });

  it.each([
    ['cut off', (file: string) => truncateSync(file, 1_000_000)],
    ['empty', (file: string) => truncateSync(file, 0)],
    [
      'changed',
      (file: string) => {
        const bytes = readFileSync(file);
        bytes.writeUInt8(bytes.readUInt8(5_000_000) ^ 1, 5_000_000);
        writeFileSync(file, bytes);
      },
    ],
  ])('is made anew when it is %s', async (_what, damage) => {
    damage(join(cacheFolder, snapshots()[0] ?? ''));
    const damaged = identity();
    expect(await load(cacheFolder)).toBe(true);
    expect(identity()).not.toBe(damaged);
    expect(snapshots()).toHaveLength(1);
  });

  it('takes the place of those of other versions', async () => {
    rmSync(join(cacheFolder, snapshots()[0] ?? ''));
    writeFileSync(join(cacheFolder, 'aurora-config-1.0-0123456789abcdef.snapshot'), 'old');
    writeFileSync(join(cacheFolder, 'something-else'), 'kept');
    expect(await load(cacheFolder)).toBe(true);
    expect(snapshots()).toEqual([
      expect.stringMatching(/^aurora-config-[\d.]+-[0-9a-f]{16}\.snapshot$/),
      'something-else',
    ]);
  });

  it('is done without where none can be written', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    expect(await load(join(file, 'below'))).toBe(true);
    expect(await load(null)).toBe(true);
  });

  it('is kept in the cache folder of the user', () => {
    expect(defaultCacheFolder({ XDG_CACHE_HOME: '/var/cache/ann' })).toBe('/var/cache/ann/murmur');
    expect(defaultCacheFolder({})).toMatch(/\/\.cache\/murmur$/);
  });
});
