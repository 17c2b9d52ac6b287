/** The archives that jobs fetch: whole, the same bytes for the same sources, and made again only when they must be. */
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stopAll, tempFolder } from '@murmur/testkit';
import { archiveOf, EXECUTOR_FILE, mainOf, PACKAGES, type PackageName } from '../src/package/catalogue.js';
import { packageAll } from '../src/package/package.js';

const run = promisify(execFile);
const names = Object.keys(PACKAGES) as PackageName[];
let folder = '';

beforeAll(async () => {
  folder = await tempFolder('packages');
  await packageAll(folder);
}, 240_000);
afterAll(stopAll);

/** An archive unpacked into an empty folder far from any node_modules. */
async function unpacked(name: PackageName): Promise<string> {
  const empty = await tempFolder(`unpacked-${name}`);
  await run('tar', ['-xzf', archiveOf(folder, name), '-C', empty]);
  return empty;
}

describe('a package', () => {
  it.each(names)('of %s runs from an empty folder, without node_modules', async (name) => {
    const cwd = await unpacked(name);
    const { stdout } = await run(process.execPath, [mainOf(name), '--help'], { cwd, env: {} });
    expect(stdout).toContain(`murmur-${name}`);
    expect(stdout).toContain('--log-level');
  });

  it('of a service that keeps to MySQL brings the migrations, where the code looks for them', async () => {
    const files = await readdir(join(await unpacked('ingest'), 'migrations'));
    expect(files.filter((file) => file.endsWith('.sql')).length).toBeGreaterThan(0);
    expect(await readdir(await unpacked('kestrel'))).toEqual(['bin']);
  });

  it('of the executor is one file', async () => {
    const cwd = await tempFolder();
    const { stdout } = await run(process.execPath, [join(folder, EXECUTOR_FILE), 'executor', '--help'], {
      cwd,
    });
    expect(stdout).toContain('--announcer-ensemble');
  });
});

describe('packaging', () => {
  it('makes nothing again while the sources are the same', async () => {
    expect((await packageAll(folder)).filter(({ made }) => made)).toEqual([]);
  });

  it('makes an archive again when what it was made of is not what is there now, with the same bytes for the same sources', async () => {
    const file = archiveOf(folder, 'edge');
    const before = await readFile(file);
    const description = JSON.parse(await readFile(`${file}.json`, 'utf8')) as object;
    await writeFile(`${file}.json`, JSON.stringify({ ...description, digest: 'of other sources' }));
    const made = (await packageAll(folder)).filter((one) => one.made).map((one) => one.name);
    expect(made).toEqual(['edge']);
    expect((await readFile(file)).equals(before)).toBe(true);
  }, 120_000);

  it('leaves nothing lying but the packages', async () => {
    const there = await readdir(folder);
    const wanted = [...names.map((name) => `${name}.tar.gz`), EXECUTOR_FILE];
    expect(there.sort()).toEqual([...wanted, ...wanted.map((name) => `${name}.json`)].sort());
  });

  it('rejects where the folder cannot be made', async () => {
    const file = join(await tempFolder(), 'file');
    await writeFile(file, '');
    await expect(packageAll(join(file, 'packages'))).rejects.toThrow('ENOTDIR');
  });
});
