import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { onStopAll, stopAll, tempFolder, waitFor } from '@murmur/testkit';
import type { ContainerRecord, ContainerSpec } from '../../src/containerizer/index.js';
import { runs } from '../../src/containerizer/processes.js';
import {
  cgroupsOf,
  harness,
  itUnless,
  processesWith,
  scalar,
  stdoutOf,
  whyNoCgroupsV1,
  type Harness,
} from './support.js';

afterAll(stopAll);

const reason = whyNoCgroupsV1();
const kinds = [
  ['without cgroups', ['posix/cpu']],
  ...(reason === null ? ([['with cgroup v1', ['cgroups/cpu', 'cgroups/mem']]] as const) : []),
] as const;
if (reason !== null) itUnless(reason)('recovery with cgroup v1', () => Promise.resolve());

/** An agent in a process of its own: launches what it is given, tells the record, waits to be killed. */
const AGENT = `
  import { createContainerizer, openIsolation } from '${new URL('../../src/containerizer/index.ts', import.meta.url).pathname}';
  const nothing = () => undefined;
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => log };
  const { spec, isolation, options } = JSON.parse(process.argv[2]);
  const containerizer = createContainerizer({
    ...options, log, now: Date.now, fetcher: { fetch: () => Promise.resolve() },
    isolation: openIsolation(isolation, options.cgroupsRoot, log),
  });
  console.log(JSON.stringify(await containerizer.launch(spec)));
  setInterval(nothing, 1000);
`;

async function launchInAgent(
  { options, cgroupsRoot }: Harness,
  isolation: readonly string[],
  spec: ContainerSpec,
): Promise<{ readonly record: ContainerRecord; readonly kill: () => Promise<void> }> {
  const folder = await tempFolder('agent');
  const script = join(folder, 'agent.mjs');
  await build({
    stdin: { contents: AGENT, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: script,
    logLevel: 'error',
  });
  const {
    enableCfs,
    enforceDiskQuota,
    switchUser,
    diskWatchIntervalMs,
    logRotateIntervalMs,
    watchIntervalMs,
  } = options;
  const plain = { cgroupsRoot, enableCfs, enforceDiskQuota, switchUser };
  const intervals = { diskWatchIntervalMs, logRotateIntervalMs, watchIntervalMs };
  const input = { spec, isolation, options: { ...plain, ...intervals } };
  const agent = spawn(process.execPath, [script, JSON.stringify(input)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(agent, 'exit');
  onStopAll(async () => {
    agent.kill('SIGKILL');
    await exited;
  });
  const [line] = (await once(agent.stdout, 'data')) as [Buffer];
  return {
    record: JSON.parse(line.toString()) as ContainerRecord,
    kill: async () => {
      agent.kill('SIGKILL');
      await exited;
    },
  };
}

describe.each(kinds)('after the death of its agent a container %s', (_, isolation) => {
  it('lives on, is taken over, and tells its exit status to the next agent', async () => {
    const test = await harness(isolation);
    const spec = test.shell('until [ -e end ]; do sleep 0.02; done; echo ended; exit 5');
    const { record, kill } = await launchInAgent(test, isolation, spec);
    await kill();
    expect(runs(record.pid, record.pidStartTime)).toBe(true);
    await test.containerizer.recover([record]);
    expect((await test.containerizer.statistics(spec.containerId)).processes).toBeGreaterThan(0);
    const ended = test.containerizer.wait(spec.containerId);
    writeFileSync(join(spec.sandbox, 'end'), '');
    expect(await ended).toEqual({ status: 5 << 8, limitation: null });
    expect(stdoutOf(spec)).toBe('ended\n');
    expect(cgroupsOf(test.cgroupsRoot, spec.containerId)).toEqual([]);
  });

  it('that ended while there was no agent tells its exit status, and what it left behind goes', async () => {
    const test = await harness(isolation);
    const tag = `7${process.pid}.${isolation.length}`;
    const spec = test.shell(`setsid sleep ${tag} & until [ -e end ]; do sleep 0.02; done; kill -9 $$`);
    const { record, kill } = await launchInAgent(test, isolation, spec);
    await kill();
    writeFileSync(join(spec.sandbox, 'end'), '');
    await waitFor(() => existsSync(join(spec.metaFolder, 'exit')), { what: 'the recorded end' });
    expect(processesWith(`sleep\0${tag}`)).toHaveLength(1);
    await test.containerizer.recover([record]);
    expect(await test.containerizer.wait(spec.containerId)).toEqual({ status: 9, limitation: null });
    expect(processesWith(`sleep\0${tag}`)).toEqual([]);
  });

  it('can be destroyed by the next agent', async () => {
    const test = await harness(isolation);
    const spec = test.shell("trap '' TERM; while :; do sleep 0.1; done");
    const { record, kill } = await launchInAgent(test, isolation, spec);
    await kill();
    await test.containerizer.recover([record]);
    await test.containerizer.destroy(spec.containerId);
    expect(runs(record.pid, record.pidStartTime)).toBe(false);
    expect(await test.containerizer.wait(spec.containerId)).toEqual({ status: 9, limitation: null });
    expect(processesWith(spec.metaFolder)).toEqual([]);
  });

  it('that the next agent does not know is destroyed', async () => {
    const test = await harness(isolation);
    const spec = test.shell('sleep 1000');
    const { record, kill } = await launchInAgent(test, isolation, spec);
    await kill();
    await test.containerizer.recover([]);
    await test.containerizer.wait(spec.containerId);
    expect(runs(record.pid, record.pidStartTime)).toBe(false);
    expect(cgroupsOf(test.cgroupsRoot, spec.containerId)).toEqual([]);
  });

  it('whose pid belongs to another process now has ended, and that process is left alone', async () => {
    const test = await harness(isolation);
    const spec = test.shell('exit 6');
    const bystander = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
    onStopAll(async () => {
      bystander.kill('SIGKILL');
    });
    const { record, kill } = await launchInAgent(test, isolation, spec);
    await kill();
    await waitFor(() => existsSync(join(spec.metaFolder, 'exit')), { what: 'the recorded end' });
    rmSync(join(spec.metaFolder, 'supervisor'), { force: true });
    await test.containerizer.recover([{ ...record, pid: bystander.pid! }]);
    expect((await test.containerizer.wait(spec.containerId)).status).toBe(6 << 8);
    expect(bystander.exitCode).toBeNull();
    process.kill(bystander.pid!, 0);
  });
});

describe('recovery', () => {
  it('leaves the containers of another agent alone', async () => {
    const [one, other] = [await harness(['posix/cpu']), await harness(['posix/cpu'])];
    const spec = one.shell('sleep 1000');
    const { pid, pidStartTime } = await one.containerizer.launch(spec);
    await other.containerizer.recover([]);
    expect(runs(pid, pidStartTime)).toBe(true);
    await one.containerizer.destroy(spec.containerId);
  });

  itUnless(reason)('does not follow a marker that names a cgroup elsewhere', async () => {
    const test = await harness(['cgroups/mem']);
    const spec = test.shell('sleep 1000');
    const record = await test.containerizer.launch(spec);
    const other = await harness(['cgroups/mem']);
    const liar = spawn('sleep', ['1000'], {
      env: { MURMUR_CONTAINER: `${other.cgroupsRoot}/../${test.cgroupsRoot}/${spec.containerId}` },
      stdio: 'ignore',
    });
    onStopAll(async () => {
      liar.kill('SIGKILL');
    });
    await other.containerizer.recover([]);
    expect(await other.containerizer.wait(`../${test.cgroupsRoot}/${spec.containerId}`)).toEqual({
      ...{ status: null, limitation: null },
    });
    expect(runs(record.pid, record.pidStartTime)).toBe(true);
    liar.kill('SIGKILL');
    await once(liar, 'exit');
    await test.containerizer.destroy(spec.containerId);
  });

  it('after a restart of the machine takes no process for a container', async () => {
    const test = await harness(['posix/cpu']);
    const spec = test.shell('sleep 1000.75');
    const record = await test.containerizer.launch(spec);
    await test.containerizer.detach();
    const file = join(spec.metaFolder, 'supervisor');
    const supervisor = readFileSync(file, 'utf8');
    writeFileSync(file, supervisor.replace(/\S+\n$/, 'another-boot\n'));
    const next = test.again();
    // Its marker is gone after a restart of the machine: here another container's name stands for that.
    const renamed = { ...record, containerId: 'another' };
    await next.recover([renamed, { ...record, containerId: spec.containerId, metaFolder: '/nonexistent' }]);
    expect(await next.wait('another')).toEqual({ status: null, limitation: null });
    expect(runs(record.pid, record.pidStartTime)).toBe(true);
    await next.destroy(spec.containerId);
    await next.detach();
  });

  itUnless(reason)('reports a container that ran out of memory while there was no agent', async () => {
    const test = await harness(['cgroups/mem']);
    const spec = test.shell(
      `until [ -e go ]; do sleep 0.02; done
       awk 'BEGIN { s = "0123456789abcdef"; while (length(s) < 2^28) s = s s }'; sleep 1000`,
      { resources: [scalar('mem', 48)] },
    );
    const record = await test.containerizer.launch(spec);
    await test.containerizer.detach();
    writeFileSync(join(spec.sandbox, 'go'), '');
    await waitFor(() => test.isolation.isolator.oomKills(spec.containerId) > 0, { what: 'the OOM killer' });
    const next = test.again();
    await next.recover([record]);
    expect((await next.wait(spec.containerId)).limitation?.kind).toBe('memory');
    await next.detach();
  });
});
