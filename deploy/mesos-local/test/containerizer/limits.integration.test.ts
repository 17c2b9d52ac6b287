import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onStopAll, stopAll, waitFor } from '@murmur/testkit';
import { childCgroups } from '../../src/containerizer/cgroup-files.js';
import {
  cgroupsOf,
  harness,
  isRoot,
  itUnless,
  processesWith,
  scalar,
  stdoutOf,
  v1,
  whyNoCgroupsV1,
} from './support.js';

afterAll(stopAll);

const itV1 = itUnless(whyNoCgroupsV1());
const itRoot = itUnless(isRoot ? null : 'not root');
const CGROUPS = ['cgroups/cpu', 'cgroups/mem', 'disk/du'];
const MIB = 1024 * 1024;

function control(root: string, id: string, controller: 'cpu' | 'memory', file: string): string {
  return readFileSync(join(v1[controller]!, root, id, file), 'utf8').trim();
}

/** A shell that takes that much memory and keeps it: awk holds one long string. */
function eat(mebibytes: number): string {
  return `awk 'BEGIN { s = "0123456789abcdef"; while (length(s) < ${mebibytes * MIB}) s = s s; print length(s); system("sleep 1000") }'`;
}

describe('limits with cgroup v1', () => {
  itV1('are written as Mesos writes them, before the command starts', async () => {
    const { containerizer, shell, cgroupsRoot } = await harness(CGROUPS);
    const spec = shell('cat /proc/self/cgroup; sleep 1000', {
      resources: [scalar('cpus', 0.5), scalar('mem', 96), scalar('cpus', 1)],
    });
    await containerizer.launch(spec);
    await waitFor(() => stdoutOf(spec).includes('memory'), { what: 'its output' });
    const id = spec.containerId;
    expect(stdoutOf(spec)).toContain(`memory:/${cgroupsRoot}/${id}`);
    expect(control(cgroupsRoot, id, 'cpu', 'cpu.shares')).toBe('1536');
    expect(control(cgroupsRoot, id, 'cpu', 'cpu.cfs_quota_us')).toBe('-1');
    expect(control(cgroupsRoot, id, 'memory', 'memory.limit_in_bytes')).toBe(String(96 * MIB));
    expect(control(cgroupsRoot, id, 'memory', 'memory.soft_limit_in_bytes')).toBe(String(96 * MIB));
    await containerizer.destroy(id);
  });

  itV1('follow the resources, but for the hard memory limit, which is never lowered', async () => {
    const { containerizer, shell, cgroupsRoot } = await harness(CGROUPS, { enableCfs: true });
    const spec = shell('sleep 1000');
    const id = spec.containerId;
    await containerizer.launch(spec);
    expect(control(cgroupsRoot, id, 'cpu', 'cpu.cfs_quota_us')).toBe('50000');
    await containerizer.update(id, [scalar('cpus', 2), scalar('mem', 128)], { cpus: { value: Infinity } });
    expect(control(cgroupsRoot, id, 'cpu', 'cpu.shares')).toBe('2048');
    expect(control(cgroupsRoot, id, 'cpu', 'cpu.cfs_quota_us')).toBe('-1');
    expect(control(cgroupsRoot, id, 'memory', 'memory.limit_in_bytes')).toBe(String(128 * MIB));
    const seldom = { cpus: { value: 0.0001 } };
    await containerizer.update(id, [scalar('cpus', 0.001), scalar('mem', 1)], seldom);
    expect(control(cgroupsRoot, id, 'cpu', 'cpu.cfs_quota_us')).toBe('1000');
    expect(control(cgroupsRoot, id, 'cpu', 'cpu.shares')).toBe('2');
    expect(control(cgroupsRoot, id, 'memory', 'memory.soft_limit_in_bytes')).toBe(String(32 * MIB));
    expect(control(cgroupsRoot, id, 'memory', 'memory.limit_in_bytes')).toBe(String(128 * MIB));
    await containerizer.destroy(id);
  });

  itV1('of memory: what goes over is killed whole and reported with numbers', async () => {
    const { containerizer, shell, cgroupsRoot } = await harness(CGROUPS);
    const spec = shell(`sleep 1000.375 & exec ${eat(256)}`, { resources: [scalar('mem', 64)] });
    await containerizer.launch(spec);
    const { limitation, status } = await containerizer.wait(spec.containerId);
    expect(limitation?.kind).toBe('memory');
    expect(limitation?.message).toMatch(
      /^Memory limit exceeded: Requested: 64MB Maximum Used: \d+(B|KB|MB)\n\nMEMORY STATISTICS: \ncache \d+\nrss \d+\n(.+\n)+\n$/,
    );
    expect(limitation?.resources[0]?.name).toBe('mem');
    expect(limitation?.resources[0]?.scalar?.value).toBeCloseTo(64, 0);
    expect(status).toBe(9);
    expect(processesWith('sleep\x001000.375')).toEqual([]);
    expect(cgroupsOf(cgroupsRoot, spec.containerId)).toEqual([]);
  });

  itV1('of memory: a container ends when only a child of it was killed', async () => {
    const { containerizer, shell } = await harness(CGROUPS);
    const spec = shell(`(${eat(256)}); echo "the child has ended"; sleep 1000`, {
      resources: [scalar('mem', 48)],
    });
    await containerizer.launch(spec);
    expect((await containerizer.wait(spec.containerId)).limitation?.kind).toBe('memory');
  });

  itV1('show in the statistics', async () => {
    const { containerizer, shell } = await harness(CGROUPS);
    const spec = shell('sleep 1000 & sleep 1000', {
      resources: [scalar('cpus', 0.5), scalar('mem', 64), scalar('disk', 10)],
      limits: { cpus: { value: 1 } },
    });
    await containerizer.launch(spec);
    const statistics = await waitFor(
      async () => {
        const now = await containerizer.statistics(spec.containerId);
        return now.processes === 3 && now.disk_used_bytes !== undefined ? now : null;
      },
      { what: 'three processes and a measured disk' },
    );
    expect(statistics).toMatchObject({
      processes: 3,
      threads: 3,
      cpus_limit: 1,
      cpus_soft_limit: 0.5,
      mem_limit_bytes: 64 * MIB,
      mem_soft_limit_bytes: 64 * MIB,
      mem_swap_bytes: 0,
      disk_limit_bytes: 10 * MIB,
    });
    const names = ['timestamp', 'cpus_user_time_secs', 'cpus_system_time_secs', 'cpus_nr_periods'];
    const more = ['mem_rss_bytes', 'mem_total_bytes', 'mem_cache_bytes', 'mem_anon_bytes', 'mem_file_bytes'];
    expect(Object.keys(statistics)).toEqual(expect.arrayContaining([...names, ...more]));
    expect(statistics.mem_total_bytes).toBeGreaterThan(0);
    await containerizer.destroy(spec.containerId);
  });

  itV1('cannot be set: nothing is launched, and the error names the file', async () => {
    const { containerizer, shell, cgroupsRoot, isolation } = await harness(CGROUPS);
    // A child of a memory cgroup with a small limit in a hierarchy whose parent says less: the write is refused by name.
    const spec = shell('true', { resources: [scalar('cpus', 1e15), scalar('mem', 64)] });
    await containerizer.launch(spec).then(
      () => containerizer.destroy(spec.containerId),
      (error: unknown) => expect(String(error)).toContain('cpu.shares'),
    );
    expect(cgroupsOf(cgroupsRoot, spec.containerId)).toEqual([]);
    expect(isolation.isolator.list()).toEqual([]);
  });

  itV1('apply to cgroups that a task makes below its own, and these are removed too', async () => {
    const { containerizer, shell, cgroupsRoot } = await harness(CGROUPS);
    const spec = shell(`
      own=${v1.memory!}/$(sed -n 's/.*:memory:.//p' /proc/self/cgroup)
      mkdir $own/inner && sh -c 'echo 0 > '$own'/inner/cgroup.procs; exec sleep 1000.625' &
      echo ready; sleep 1000`);
    await containerizer.launch(spec);
    const folder = join(v1.memory!, cgroupsRoot, spec.containerId);
    await waitFor(() => childCgroups(folder).includes('inner'), { what: 'the inner cgroup' });
    await containerizer.destroy(spec.containerId);
    expect(cgroupsOf(cgroupsRoot, spec.containerId)).toEqual([]);
    expect(processesWith('sleep\x001000.625')).toEqual([]);
  });

  itV1('do not hold a process that moved itself out of the cgroup, but destroy finds it', async () => {
    const { containerizer, shell } = await harness(CGROUPS);
    const spec = shell(`
      (for c in ${Object.values(v1).join(' ')}; do sh -c "echo \\$PPID > $c/cgroup.procs"; done; sleep 1000.875) &
      echo ready; sleep 1000`);
    await containerizer.launch(spec);
    await waitFor(() => processesWith('sleep\x001000.875').length > 0, { what: 'the escape' });
    await containerizer.destroy(spec.containerId);
    expect(processesWith('sleep\x001000.875')).toEqual([]);
  });
});

describe('the sandbox', () => {
  it('over its disk quota ends the container, which says how much was used', async () => {
    const { containerizer, shell } = await harness(['posix/cpu', 'disk/du']);
    const spec = shell('dd if=/dev/zero of=big bs=65536 count=64 2>/dev/null; sleep 1000', {
      resources: [scalar('disk', 2)],
    });
    await containerizer.launch(spec);
    const { limitation } = await containerizer.wait(spec.containerId);
    expect(limitation?.kind).toBe('disk');
    expect(limitation?.message).toMatch(/^Disk usage \(\d+(B|KB|MB)\) exceeds quota \(2MB\)$/);
    expect(limitation?.resources).toEqual([scalar('disk', 2)]);
  });

  it('is only measured where the quota is not enforced', async () => {
    const { containerizer, shell } = await harness(['disk/du'], { enforceDiskQuota: false });
    const spec = shell('dd if=/dev/zero of=big bs=65536 count=64 2>/dev/null; sleep 1000', {
      resources: [scalar('disk', 2)],
    });
    await containerizer.launch(spec);
    await waitFor(
      async () => ((await containerizer.statistics(spec.containerId)).disk_used_bytes ?? 0) > 4 * MIB,
      { what: 'the measurement' },
    );
    await containerizer.destroy(spec.containerId);
    expect((await containerizer.wait(spec.containerId)).limitation).toBeNull();
  });

  it('has its logs rotated while the task writes on', async () => {
    const { containerizer, shell } = await harness(['posix/cpu']);
    const spec = shell('i=0; while :; do i=$((i+1)); echo "line $i of the log"; done', {
      logSizeMax: 64 * 1024,
      logFilesMax: 2,
    });
    await containerizer.launch(spec);
    const older = join(spec.sandbox, 'stdout.2');
    const size = (): number => readFileSync(older).length;
    await waitFor(() => size() > 0, { what: 'the second rotation' });
    await containerizer.destroy(spec.containerId);
    expect(readFileSync(join(spec.sandbox, 'stdout')).includes(0)).toBe(false);
    expect(readFileSync(join(spec.sandbox, 'stdout.1'), 'latin1')).toMatch(/^line \d+ of the log$/m);
    expect(size()).toBeLessThanOrEqual(8 * 64 * 1024 + 65536);
  });

  itRoot('belongs to the user the container runs as, and so do its outputs', async () => {
    const { containerizer, shell } = await harness(['posix/cpu']);
    const spec = shell(
      'id -un; id -Gn; ls -l stdout | cut -d" " -f3; ls -l /proc/self/fd | grep -c -e socket: -e /meta/',
      {
        user: 'nobody',
      },
    );
    // Test folders are closed to other users.
    const sandbox = `/tmp/${spec.containerId}`;
    onStopAll(async () => (await import('node:fs/promises')).rm(sandbox, { recursive: true, force: true }));
    mkdirSync(sandbox, { mode: 0o755 });
    const { chownSync } = await import('node:fs');
    chownSync(sandbox, 65534, 65534);
    await containerizer.launch({ ...spec, sandbox });
    expect(await containerizer.wait(spec.containerId)).toEqual({ status: 1 << 8, limitation: null });
    // The last: none of the launch's own files is open any more.
    expect(readFileSync(join(sandbox, 'stdout'), 'utf8')).toBe('nobody\nnogroup\nnobody\n0\n');
  });

  itRoot('cannot make the agent run a library of its own as root', async () => {
    const { containerizer, shell, folder } = await harness(['posix/cpu']);
    const library = join(folder, 'evil.so');
    writeFileSync(library, 'not even a library');
    const spec = shell('true', { env: { LD_PRELOAD: library } });
    await containerizer.launch(spec);
    await containerizer.wait(spec.containerId);
    // The loader complains once for each program that it would have been loaded into: only the command itself.
    const complaints = readFileSync(join(spec.sandbox, 'stderr'), 'utf8').match(/evil\.so/g) ?? [];
    expect(complaints).toHaveLength(1);
  });
});
