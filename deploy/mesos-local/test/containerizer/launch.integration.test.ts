import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stopAll, waitFor } from '@murmur/testkit';
import { ContainerLaunchError } from '../../src/containerizer/index.js';
import { processStat } from '../../src/containerizer/processes.js';
import {
  cgroupsOf,
  harness,
  itUnless,
  processesWith,
  stderrOf,
  stdoutOf,
  whyNoCgroupsV1,
} from './support.js';

afterAll(stopAll);

const reason = whyNoCgroupsV1();
const everywhere = [
  ['without cgroups', ['posix/cpu', 'posix/mem']],
  ...(reason === null ? ([['with cgroup v1', ['cgroups/cpu', 'cgroups/mem']]] as const) : []),
] as const;

if (reason !== null) {
  itUnless(reason)('a container with cgroup v1', () => Promise.resolve());
}

describe.each(everywhere)('a container %s', (_, isolation) => {
  it('runs its command in the sandbox with its own environment only, and tells its exit status', async () => {
    const { containerizer, shell } = await harness(isolation);
    const spec = shell('pwd; env | sort; cat; echo problem >&2; exit 7');
    await containerizer.launch(spec);
    expect(await containerizer.wait(spec.containerId)).toEqual({ status: 7 << 8, limitation: null });
    const lines = stdoutOf(spec).trimEnd().split('\n');
    expect(lines[0]).toBe(spec.sandbox);
    expect(lines.slice(1).map((line) => line.split('=')[0])).toEqual([
      ...['HELLO', 'MURMUR_CONTAINER', 'PATH', 'PWD'],
    ]);
    expect(stderrOf(spec)).toBe('problem\n');
  });

  it.each([
    ['exit 0', 0],
    ['exit 137', 137 << 8],
    ['kill -9 $$', 9],
    ['kill -TERM $$', 15],
    ['kill -INT $$', 2],
    ['kill -PIPE $$', 13],
  ])('whose command is `%s` has the wait status %i', async (script, status) => {
    const { containerizer, shell } = await harness(isolation);
    const spec = shell(script);
    await containerizer.launch(spec);
    expect((await containerizer.wait(spec.containerId)).status).toBe(status);
  });

  it('has the command itself as its pid, with the start time that names it', async () => {
    const { containerizer, spec } = await harness(isolation);
    const sleeper = spec(['sleep', '1000.125']);
    const record = await containerizer.launch(sleeper);
    const cmdline = (): string => readFileSync(`/proc/${record.pid}/cmdline`, 'latin1');
    await waitFor(() => cmdline().startsWith('sleep'), { what: 'the exec' });
    expect(processStat(record.pid)?.startTime).toBe(record.pidStartTime);
    expect(processStat(record.pid)?.session).toBe(record.pid);
    await containerizer.destroy(sleeper.containerId);
    expect(processStat(record.pid)).toBeNull();
    expect(await containerizer.wait(sleeper.containerId)).toEqual({ status: 9, limitation: null });
  });

  it('passes arguments and variables through unharmed', async () => {
    const { containerizer, spec } = await harness(isolation);
    const nasty = `a'b"c $(id) \`id\` \\ \n é *`;
    const env = { VALUE: nasty, 'odd.name': nasty, OPTIND: 'x', IFS: 'a' };
    const words = spec(['printf', '<%s>', nasty, '', '$HOME'], { env });
    const variables = spec(['env', '-0'], { env });
    for (const container of [words, variables]) {
      await containerizer.launch(container);
      expect((await containerizer.wait(container.containerId)).status).toBe(0);
    }
    expect(stdoutOf(words)).toBe(`<${nasty}><><$HOME>`);
    expect(stdoutOf(variables).split('\0')).toEqual(
      expect.arrayContaining(Object.entries(env).map(([name, value]) => `${name}=${value}`)),
    );
  });

  it('is destroyed with children that forked twice, took sessions of their own and ignore SIGTERM', async () => {
    const { containerizer, shell, cgroupsRoot } = await harness(isolation);
    const tag = `9${String(process.pid)}.${String(isolation.length)}5`;
    const spec = shell(`
      (trap '' TERM HUP; (setsid sh -c "trap '' TERM HUP; sleep ${tag}; sleep ${tag}" &) &)
      (setsid setsid sleep ${tag} >/dev/null 2>&1 &)
      env -i PATH="$PATH" sleep ${tag} &
      trap '' TERM
      echo up
      while :; do sleep ${tag}; done`);
    await containerizer.launch(spec);
    await waitFor(() => stdoutOf(spec) === 'up\n' && processesWith(`sleep\0${tag}`).length >= 4, {
      what: 'the children',
    });
    containerizer.signal(spec.containerId, 'SIGTERM');
    await containerizer.destroy(spec.containerId);
    expect(processesWith(`sleep\0${tag}`)).toEqual([]);
    expect(processesWith(spec.metaFolder)).toEqual([]);
    expect(cgroupsOf(cgroupsRoot, spec.containerId)).toEqual([]);
    await containerizer.destroy(spec.containerId);
  });

  it('ends with its first process: what that left behind goes too', async () => {
    const { containerizer, shell } = await harness(isolation);
    const tag = `8${String(process.pid)}.${String(isolation.length)}5`;
    const spec = shell(`setsid sleep ${tag} & env -i sleep ${tag} & exit 3`);
    await containerizer.launch(spec);
    expect((await containerizer.wait(spec.containerId)).status).toBe(3 << 8);
    expect(processesWith(`sleep\0${tag}`)).toEqual([]);
  });

  it('gets a signal in each of its processes', async () => {
    const { containerizer, shell } = await harness(isolation);
    const spec = shell(`trap 'echo parent; exit 4' TERM
      sh -c 'trap "echo child; exit 0" TERM; echo ready; while :; do sleep 0.05; done' &
      while :; do sleep 0.05; done`);
    await containerizer.launch(spec);
    await waitFor(() => stdoutOf(spec).includes('ready'), { what: 'both traps' });
    containerizer.signal(spec.containerId, 'SIGTERM');
    expect((await containerizer.wait(spec.containerId)).status).toBe(4 << 8);
    expect(stdoutOf(spec)).toContain('parent');
  });

  it('whose program does not exist ends with status 127 and says so on its stderr', async () => {
    const { containerizer, spec } = await harness(isolation);
    const container = spec(['/no/such/program']);
    await containerizer.launch(container);
    expect((await containerizer.wait(container.containerId)).status).toBe(127 << 8);
    expect(stderrOf(container)).toContain('/no/such/program');
  });

  it('that cannot be launched leaves nothing, and the error names what was wrong', async () => {
    const { containerizer, shell, cgroupsRoot } = await harness(isolation);
    const cases = [
      [shell('true', { user: 'no-such-user-here' }), /no-such-user-here/],
      [shell('true', { env: { 'A=B': '1' } }), /A=B/],
      [shell('true', { containerId: '../x' }), /containerId/],
      [shell('true', { argv: [] }), /no program/],
      [shell('true', { sandbox: '/no/such/sandbox' }), /sandbox.*stdout/],
    ] as const;
    for (const [spec, message] of cases) {
      const failure = await containerizer.launch(spec).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ContainerLaunchError);
      expect((failure as Error).message).toMatch(message);
      expect(cgroupsOf(cgroupsRoot, spec.containerId)).toEqual([]);
    }
  });

  it('that nobody knows is no error', async () => {
    const { containerizer } = await harness(isolation);
    await containerizer.destroy('nobody');
    containerizer.signal('nobody', 'SIGTERM');
    await containerizer.update('nobody', [], {});
    expect(await containerizer.wait('nobody')).toEqual({ status: null, limitation: null });
    expect(Object.keys(await containerizer.statistics('nobody'))).toEqual(['timestamp']);
  });

  it('follows no link that a task put in place of its stdout', async () => {
    const { containerizer, shell, folder } = await harness(isolation);
    const spec = shell('echo overwritten');
    const { symlinkSync, writeFileSync } = await import('node:fs');
    writeFileSync(join(folder, 'precious'), 'precious');
    symlinkSync(join(folder, 'precious'), join(spec.sandbox, 'stdout'));
    await expect(containerizer.launch(spec)).rejects.toBeInstanceOf(ContainerLaunchError);
    expect(readFileSync(join(folder, 'precious'), 'utf8')).toBe('precious');
  });
});
