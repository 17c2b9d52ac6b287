import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLog } from '@murmur/service';
import { onStopAll, stopAll, tempFolder, waitFor } from '@murmur/testkit';
import { cgroupsV1 } from '../../src/containerizer/cgroups-v1.js';
import { cgroupsV2 } from '../../src/containerizer/cgroups-v2.js';
import { openIsolation } from '../../src/containerizer/index.js';
import { canMakeCgroups } from '../../src/containerizer/isolation.js';
import { limitsOf, MIB } from '../../src/containerizer/limits-core.js';
import { diskUsage } from '../../src/containerizer/disk.js';
import { rotateLogs } from '../../src/containerizer/logs.js';
import { harness, itUnless, scalar, unified, whyNoCgroupsV1 } from './support.js';

afterAll(stopAll);

const name = (): string => `murmur-test-${process.pid}-${randomBytes(4).toString('hex')}`;
const noUnified = unified !== null && canMakeCgroups(unified.mount, name()) ? null : 'no writable cgroup2';
const CONTROLLERS = ['cpu', 'memory', 'pids'] as const;

/** A folder that stands for a cgroup2 mount: files appear when they are written. */
async function pretended() {
  const mount = await tempFolder('cgroup2');
  const isolator = cgroupsV2({ mount, controllers: CONTROLLERS }, 'mesos');
  isolator.create('C');
  const file = (path: string): string => join(mount, 'mesos', 'C', path);
  return { mount, isolator, file, read: (path: string) => readFileSync(file(path), 'utf8') };
}

describe('cgroup v2', () => {
  it('hands controllers down to the container, whose processes are in a leaf', async () => {
    const { mount, isolator, file } = await pretended();
    for (const folder of [mount, join(mount, 'mesos')]) {
      expect(readFileSync(join(folder, 'cgroup.subtree_control'), 'utf8')).toBe('+cpu +memory +pids');
    }
    expect(existsSync(file('cgroup.subtree_control'))).toBe(false);
    expect(isolator.joinFiles('C')).toEqual([file('leaf/cgroup.procs')]);
    expect(isolator.list()).toEqual(['C']);
  });

  it('has weights and bounds written as the kernel reads them', async () => {
    const { isolator, file, read } = await pretended();
    const apply = (mem: number, fresh: boolean, limits = {}): void => {
      isolator.apply('C', limitsOf([scalar('cpus', 0.5), scalar('mem', mem)], limits, false), fresh);
    };
    apply(64, true);
    expect([read('cpu.weight'), read('cpu.max')]).toEqual(['50', 'max 100000']);
    expect([read('memory.low'), read('memory.max')]).toEqual([String(64 * MIB), String(64 * MIB)]);
    apply(32, false, { cpus: { value: 2 } });
    expect(read('cpu.max')).toBe('200000 100000');
    expect([read('memory.low'), read('memory.max')]).toEqual([String(32 * MIB), String(64 * MIB)]);
    apply(32, false, { mem: { value: Infinity } });
    expect(read('memory.max')).toBe('max');
    apply(128, false);
    expect(read('memory.max')).toBe('max');
    writeFileSync(file('memory.events'), 'low 0\nhigh 0\nmax 4\noom 1\noom_kill 2\n');
    expect(isolator.oomKills('C')).toBe(2);
  });

  it('is read for statistics', async () => {
    const { isolator, file } = await pretended();
    const texts = {
      'cpu.stat':
        'usage_usec 30\nuser_usec 2000000\nsystem_usec 500000\nnr_periods 4\nnr_throttled 1\nthrottled_usec 250000\n',
      'memory.stat': 'anon 1\nfile 2\nkernel 3\nsock 4\nfile_mapped 5\nunevictable 6\n',
      'memory.current': '100\n',
      'memory.max': 'max\n',
      'memory.low': '50\n',
    };
    for (const [path, text] of Object.entries(texts)) writeFileSync(file(path), text);
    expect(isolator.statistics('C')).toEqual({
      ...{ cpus_user_time_secs: 2, cpus_system_time_secs: 0.5 },
      ...{ cpus_nr_periods: 4, cpus_nr_throttled: 1, cpus_throttled_time_secs: 0.25 },
      ...{
        mem_total_bytes: 100,
        mem_soft_limit_bytes: 50,
        mem_kmem_usage_bytes: 3,
        mem_kmem_tcp_usage_bytes: 4,
      },
      ...{
        mem_file_bytes: 2,
        mem_anon_bytes: 1,
        mem_cache_bytes: 2,
        mem_rss_bytes: 1,
        mem_mapped_file_bytes: 5,
      },
      ...{ mem_swap_bytes: 0, mem_unevictable_bytes: 6 },
    });
    expect(isolator.memory('C')).toEqual({
      ...{ limitBytes: Infinity, maximumBytes: 100, statistics: texts['memory.stat'] },
    });
  });

  itUnless(noUnified)('ends all processes of a container at once, and is removed', async () => {
    const root = name();
    const isolator = cgroupsV2({ mount: unified!.mount, controllers: [] }, root);
    onStopAll(async () => {
      isolator.kill('C');
      await waitFor(() => isolator.remove('C'), { what: 'the removal' });
    });
    isolator.create('C');
    const [join0] = isolator.joinFiles('C');
    const child = spawn('/bin/sh', [
      '-c',
      `echo 0 > ${join0!}; setsid sleep 1000 & trap '' TERM; sleep 1000`,
    ]);
    await waitFor(() => isolator.pids('C').length === 3, { what: 'three processes' });
    expect(isolator.remove('C')).toBe(false);
    isolator.kill('C');
    await waitFor(() => isolator.pids('C').length === 0, { what: 'their end' });
    expect(child.killed).toBe(false);
    await waitFor(() => isolator.remove('C'), { what: 'the removal' });
    expect(existsSync(join(unified!.mount, root))).toBe(false);
  });
});

describe('cgroup v1', () => {
  itUnless(whyNoCgroupsV1())('leaves nothing of an empty root, however deep it is', async () => {
    const root = `${name()}/deeper`;
    const { isolator, plan } = openIsolation(['cgroups/cpu', 'cgroups/mem'], root, silentLog());
    isolator.create('A');
    isolator.create('B');
    expect(isolator.remove('A')).toBe(true);
    expect(isolator.list()).toEqual(['B']);
    expect(isolator.remove('B')).toBe(true);
    for (const mount of Object.values(plan.hierarchies) as string[]) {
      expect(existsSync(join(mount, root.split('/')[0]!))).toBe(false);
    }
    expect(isolator.remove('B')).toBe(true);
  });

  it('of which nothing is there is empty, not an error', async () => {
    const isolator = cgroupsV1({ memory: await tempFolder('cgroup') }, 'mesos');
    expect(isolator.list()).toEqual([]);
    expect(isolator.pids('C')).toEqual([]);
    expect(isolator.oomKills('C')).toBe(0);
    expect(isolator.statistics('C')).toEqual({});
    expect(isolator.memory('C')).toEqual({ limitBytes: null, maximumBytes: null, statistics: null });
    isolator.kill('C');
  });
});

it.each(['', '/abs', '../up', 'a/../b', 'a//b', '.hidden', 'a b'])(
  'the cgroup root %j is refused',
  (root) => {
    expect(() => openIsolation(['posix/cpu'], root, silentLog())).toThrow(/cgroups_root/);
  },
);

describe('a launch', () => {
  it('that is destroyed while it fetches fails, and nothing is left', async () => {
    const fetching: AbortSignal[] = [];
    const fetcher = {
      fetch: ({ signal }: { readonly signal: AbortSignal }) =>
        new Promise<void>((_, reject) => {
          fetching.push(signal);
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    };
    const { containerizer, shell } = await harness(['auto'], { fetcher });
    const spec = shell('true');
    const fetches = waitFor(() => fetching.length > 0, { what: 'the fetch' });
    const failure = containerizer.launch(spec).catch((error: unknown) => error);
    const waited = containerizer.wait(spec.containerId);
    await fetches;
    await containerizer.destroy(spec.containerId);
    expect(String(await failure)).toMatch(/destroyed while it was launched/);
    expect(await waited).toEqual({ status: null, limitation: null });
    expect(existsSync(join(spec.sandbox, 'stdout'))).toBe(false);
  });

  it('that is destroyed before it has begun fails, too', async () => {
    const { containerizer, shell } = await harness(['auto']);
    const spec = shell('true');
    const failure = containerizer.launch(spec).catch((error: unknown) => error);
    await containerizer.destroy(spec.containerId);
    expect(String(await failure)).toMatch(/destroyed while it was launched/);
  });

  it('twice under one id is refused', async () => {
    const { containerizer, shell } = await harness(['auto']);
    const spec = shell('sleep 1000');
    await containerizer.launch(spec);
    await expect(containerizer.launch(spec)).rejects.toThrow(/launched already/);
    await containerizer.destroy(spec.containerId);
    await expect(containerizer.launch(spec)).rejects.toThrow(/launched already/);
  });

  it('of many containers at once is many containers', async () => {
    const { containerizer, shell, isolation } = await harness(['auto']);
    const specs = Array.from({ length: 20 }, (_, index) => shell(`exit ${index}`));
    await Promise.all(specs.map((spec) => containerizer.launch(spec)));
    const ends = await Promise.all(specs.map(({ containerId }) => containerizer.wait(containerId)));
    expect(ends.map(({ status }) => status)).toEqual(specs.map((_, index) => index << 8));
    expect(isolation.isolator.list()).toEqual([]);
  });
});

describe('a measurement', () => {
  it('counts blocks, holes and second names as du does, and follows no link', async () => {
    const folder = await tempFolder('disk');
    const { truncateSync, linkSync, symlinkSync } = await import('node:fs');
    const empty = (await diskUsage(folder)).bytes;
    writeFileSync(join(folder, 'hole'), '');
    truncateSync(join(folder, 'hole'), 64 * MIB);
    writeFileSync(join(folder, 'data'), Buffer.alloc(MIB, 1));
    linkSync(join(folder, 'data'), join(folder, 'again'));
    symlinkSync('/usr', join(folder, 'link'));
    let deep = folder;
    for (let level = 0; level < 200; level += 1) deep = join(deep, 'd');
    mkdirSync(deep, { recursive: true });
    const { bytes, complete } = await diskUsage(folder);
    expect(complete).toBe(true);
    expect(bytes - empty).toBeGreaterThanOrEqual(MIB);
    expect(bytes - empty).toBeLessThan(4 * MIB);
  });

  it('stops at its bound and says so; a folder that is not there holds nothing', async () => {
    const folder = await tempFolder('disk');
    for (const index of [1, 2, 3]) writeFileSync(join(folder, String(index)), 'x');
    expect((await diskUsage(folder, 2)).complete).toBe(false);
    expect(await diskUsage(join(folder, 'nothing'))).toEqual({ bytes: 0, complete: true });
  });
});

describe('a rotation', () => {
  it('moves files up and forgets the oldest', async () => {
    const sandbox = await tempFolder('logs');
    const stdout = join(sandbox, 'stdout');
    const read = (suffix: string): string => readFileSync(stdout + suffix, 'utf8');
    for (const text of ['first', 'second', 'third']) {
      writeFileSync(stdout, text, { flag: 'a' });
      await rotateLogs({ sandbox, logSizeMax: 4, logFilesMax: 2 });
    }
    expect([read(''), read('.1'), read('.2'), existsSync(`${stdout}.3`)]).toEqual([
      '',
      'third',
      'second',
      false,
    ]);
  });

  it('leaves what is small, what is a link, and what has another name alone', async () => {
    const sandbox = await tempFolder('logs');
    const { linkSync, symlinkSync } = await import('node:fs');
    writeFileSync(join(sandbox, 'precious'), 'precious');
    linkSync(join(sandbox, 'precious'), join(sandbox, 'stdout'));
    symlinkSync('precious', join(sandbox, 'stderr'));
    await rotateLogs({ sandbox, logSizeMax: 4, logFilesMax: 2 });
    expect(readFileSync(join(sandbox, 'precious'), 'utf8')).toBe('precious');
    await rotateLogs({ sandbox: join(sandbox, 'nothing'), logSizeMax: 4, logFilesMax: 2 });
    await rotateLogs({ sandbox, logSizeMax: 0, logFilesMax: 2 });
  });

  it('writes through no link in place of an older file', async () => {
    const sandbox = await tempFolder('logs');
    const { symlinkSync } = await import('node:fs');
    writeFileSync(join(sandbox, 'precious'), 'precious');
    writeFileSync(join(sandbox, 'stdout'), 'more than four');
    symlinkSync('precious', join(sandbox, 'stdout.1'));
    await rotateLogs({ sandbox, logSizeMax: 4, logFilesMax: 1 });
    expect(readFileSync(join(sandbox, 'precious'), 'utf8')).toBe('precious');
    expect(readFileSync(join(sandbox, 'stdout.1'), 'utf8')).toBe('more than four');
  });
});
