import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { bundle, BUNDLER } from './bundle.js';
import {
  archiveOf,
  COMPANIONS,
  EXECUTOR_FILE,
  HOUSE,
  mainOf,
  PACKAGES,
  type PackageName,
} from './catalogue.js';
import { digestOf, filesBelow } from './digest.js';

const run = promisify(execFile);
/** What the executor is made of, as far as it is ours; of the libraries the lock file speaks. */
const EXECUTOR_SOURCES = ['deploy/thermos/src', 'deploy/engine/src', 'deploy/job-config/src', 'shared'];
const EXECUTOR_FILES = ['deploy/thermos/bundle.mjs', 'package-lock.json'];
/** Changes when the archives are written in another way. */
const FORMAT = `1 ${BUNDLER}`;

/** What an archive was made of; kept beside it. */
interface Made {
  readonly inputs: readonly string[];
  readonly digest: string;
}

export interface Packaged {
  readonly name: string;
  readonly file: string;
  /** false: it was there already, made of the same sources. */
  readonly made: boolean;
}

/**
 * Writes `<name>.tar.gz` for every service and the executor's one file into the folder, but for those that are there and
 * whose sources are the same. The same sources give the same bytes. Throws where something cannot be bundled.
 */
export async function packageAll(folder: string): Promise<Packaged[]> {
  const out = resolve(folder);
  await mkdir(out, { recursive: true });
  const work = await mkdtemp(join(out, '.work-'));
  try {
    const names = Object.keys(PACKAGES) as PackageName[];
    const jobs = names.map((name) => () => packageOne(out, join(work, name), name));
    const done = [await packageExecutor(out, work)];
    for (const job of jobs) done.push(await job());
    return done;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function packageOne(out: string, work: string, name: PackageName): Promise<Packaged> {
  const file = archiveOf(out, name);
  if (await isCurrent(file)) return { name, file, made: false };
  const inputs = await bundle(PACKAGES[name], join(work, mainOf(name)));
  for (const { reader, folder, into } of COMPANIONS) {
    if (!inputs.includes(reader)) continue;
    await cp(join(HOUSE, folder), join(work, into), { recursive: true });
    inputs.push(...(await filesBelow(HOUSE, [folder], '')));
  }
  await pack(work, `${work}.tar.gz`);
  await keep(`${work}.tar.gz`, file, inputs);
  return { name, file, made: true };
}

async function packageExecutor(out: string, work: string): Promise<Packaged> {
  const file = join(out, EXECUTOR_FILE);
  const name = 'thermos';
  if (await isCurrent(file)) return { name, file, made: false };
  const sources = await filesBelow(HOUSE, EXECUTOR_SOURCES, '.ts');
  const ours = sources.filter((source) => source.includes('/src/') && !source.includes('node_modules'));
  await run(process.execPath, [join(HOUSE, 'deploy/thermos/bundle.mjs'), join(work, EXECUTOR_FILE)]);
  await keep(join(work, EXECUTOR_FILE), file, [...ours, ...EXECUTOR_FILES]);
  return { name, file, made: true };
}

/** GNU tar, with all that differs between two runs taken out. */
async function pack(folder: string, archive: string): Promise<void> {
  const same = [
    '--sort=name',
    '--mtime=@0',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=u=rwX,go=rX',
  ];
  await run('tar', [...same, '--use-compress-program=gzip -9n', '-C', folder, '-cf', archive, '.']);
}

/** The archive first: a description without its archive would pass for one. */
async function keep(made: string, file: string, inputs: readonly string[]): Promise<void> {
  const digest = await digestOf(HOUSE, inputs, FORMAT);
  const description: Made = { inputs, digest: digest ?? 'a source went while it was read' };
  await rm(`${file}.json`, { force: true });
  await rename(made, file);
  await writeFile(`${file}.json`, `${JSON.stringify(description)}\n`);
}

async function isCurrent(file: string): Promise<boolean> {
  try {
    const { inputs, digest } = JSON.parse(await readFile(`${file}.json`, 'utf8')) as Made;
    return (await digestOf(HOUSE, inputs, FORMAT)) === digest;
  } catch {
    return false;
  }
}
